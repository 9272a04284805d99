// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "common/base64.h"
#include "handshake_vectors.h"
#include "tap.h"

/* RFC 4648, section 10 */
static const char * const rfc[][2] = {
	{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
};

static void test_rfc(void)
{
	char text[16];
	uint8_t out[16];
	size_t i, n;

	for (i = 0; i < sizeof(rfc) / sizeof(rfc[0]); i++) {
		n = strlen(rfc[i][0]);
		xc_base64_encode(text, (const uint8_t *)rfc[i][0], n);
		is(!strcmp(text, rfc[i][1]), "encode \"%s\"", rfc[i][0]);
		is(!xc_base64_decode(out, n, rfc[i][1], strlen(rfc[i][1])) &&
		   !memcmp(out, rfc[i][0], n), "decode \"%s\"", rfc[i][1]);
	}
}

/* Every value of 1, 2 octets, and every length up to 100, comes back. */
static void test_round_trip(void)
{
	uint8_t in[100], out[100];
	char text[XC_BASE64_LEN(100) + 1];
	bool good = true;
	int v;
	size_t len, i;

	for (v = 0; v < 65536; v++) {
		in[0] = v >> 8;
		in[1] = v;
		xc_base64_encode(text, in, 2);
		good &= !xc_base64_decode(out, 2, text, strlen(text)) && !memcmp(in, out, 2);
	}
	is(good, "all pairs of octets come back");
	good = true;
	for (len = 0; len <= sizeof(in); len++) {
		for (i = 0; i < len; i++)
			in[i] = i * 37 + len * 101;
		xc_base64_encode(text, in, len);
		good &= strlen(text) == XC_BASE64_LEN(len) &&
			!xc_base64_decode(out, len, text, strlen(text)) && !memcmp(in, out, len);
	}
	is(good, "all lengths to 100 come back");
}

/* Of all texts of four characters that end in == or =, as many decode as there are octets. */
static void test_canonical(void)
{
	unsigned int a, b, one = 0, two = 0;
	char text[5] = "AA==";
	uint8_t out[3];

	for (a = 0; a < 256; a++) {
		for (b = 0; b < 256; b++) {
			text[0] = a;
			text[1] = b;
			text[2] = '=';
			one += !xc_base64_decode(out, 1, text, 4);
			text[0] = 'A';
			text[1] = a;
			text[2] = b;
			two += !xc_base64_decode(out, 2, text, 4);
		}
	}
	is(one == 256, "one octet has 256 texts: %u", one);
	is(two == 1024, "two octets that begin with six zero bits have 1024: %u", two);
}

static void test_refused(void)
{
	uint8_t out[16];
	size_t len;
	int i;

	for (i = 0; i < N_REFUSE; i++) {
		bool refused = true;

		if (!refuse_vectors[i].base64)
			continue;
		for (len = 0; len < sizeof(out); len++)
			refused &= xc_base64_decode(out, len, refuse_vectors[i].base64,
						    strlen(refuse_vectors[i].base64)) == -EINVAL;
		is(refused, "refused: %s", refuse_vectors[i].why);
	}
	is(xc_base64_decode(out, 1, "Zm9v", 4) == -EINVAL, "too many octets are refused");
	is(xc_base64_decode(out, 4, "Zm9v", 4) == -EINVAL, "too few octets are refused");
	is(xc_base64_decode(out, 3, "Zm9v\n", 5) == -EINVAL, "a line break is refused");
	is(xc_base64_decode(out, 1, "Z===", 4) == -EINVAL, "three paddings are refused");
	is(xc_base64_decode(out, 2, "Zm9=", 4) == -EINVAL, "trailing bits of two are refused");
	is(xc_base64_decode(out, 3, "Zm\0v", 4) == -EINVAL, "a NUL is refused");
	is(xc_base64_decode(out, 3, "Zm\xff" "v", 4) == -EINVAL, "an octet above 127 is refused");
}

/* Each character in each place of a text that is longer than what is done at a time. */
static void test_alphabet(void)
{
	static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char text[65], again[65];
	uint8_t out[48];
	bool good;
	int at, c;

	is(!xc_base64_decode(out, 48, all, 64) && out[0] == 0x00 && out[1] == 0x10 &&
	   out[2] == 0x83 && out[45] == 0xf3 && out[46] == 0xdf && out[47] == 0xbf,
	   "the alphabet has the values of RFC 4648");
	xc_base64_encode(text, out, 48);
	is(!strcmp(text, all), "and is what they are encoded to");
	good = true;
	for (at = 0; at < 64; at++) {
		for (c = 0; c < 256; c++) {
			bool known = c && strchr(all, c);

			memcpy(text, all, sizeof(text));
			text[at] = c;
			if (known != !xc_base64_decode(out, 48, text, 64))
				good = false;
			xc_base64_encode(again, out, 48);
			good &= !known || !memcmp(again, text, 64);
		}
	}
	is(good, "each character is taken or refused in each place");
}

int main(void)
{
	test_rfc();
	test_round_trip();
	test_alphabet();
	test_canonical();
	test_refused();
	return tap_done();
}
