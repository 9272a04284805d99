// SPDX-License-Identifier: GPL-2.0
/* SOBER-t32: its tables, the checkpoints of a known run, and a reference. */
#include <linux/kernel.h>
#include <openssl/sha.h>
#include <stdlib.h>

#include "cipher_vectors.h"
#include "random.h"
#include "ref_t32.h"
#include "cipher/t32.h"
#include "cipher/t32_tables.h"
#include "tap.h"

/* ciphers.md, sections 1.1 and 1.2 */
static const char alpha_digest[] =
	"bef79fa679b45bf80a3c0889c499347044f161b7ecc63cca4fa3e8f8c69673f6";
static const char sbox_digest[] =
	"0be44ee292708fab358b2e09324b79e13dfd6db3a8edc97c637cb3d5bb17766c";

static bool has_digest(const u32 *words, unsigned int count, const char *want)
{
	u8 raw[4 * 4 * 256], digest[SHA256_DIGEST_LENGTH];
	char hex[2 * sizeof(digest) + 1];
	unsigned int i;

	for (i = 0; i < 4 * count; i++)
		raw[i] = words[i / 4] >> (24 - 8 * (i % 4));
	SHA256(raw, 4 * count, digest);
	for (i = 0; i < sizeof(digest); i++)
		sprintf(hex + 2 * i, "%02x", digest[i]);
	return !strcmp(hex, want);
}

static bool alpha_is_product(void)
{
	unsigned int k, b;

	for (k = 0; k < 4; k++)
		for (b = 0; b < 256; b++)
			if (t32_alpha[k][b] != ref_t32_mul(0xc2db2aa3, (u32)b << 8 * k))
				return false;
	return true;
}

static void test_tables(void)
{
	is(has_digest(t32_sbox, 256, sbox_digest), "S-box has its digest");
	is(has_digest(&t32_alpha[0][0], 4 * 256, alpha_digest), "alpha tables have their digest");
	is(alpha_is_product(), "alpha tables are the field's products");
}

/* One octet takes the control word and the dibits up to the first that puts out. */
static void test_control_word(struct t32 t)
{
	u8 octet[1] = { 0 };
	unsigned int i, used;
	u32 scw = 0;

	t32_crypt(&t, octet, octet, 1);
	used = 16 - t.dibits;
	for (i = 0; i < 16; i++)
		scw |= trace_dibits[i] << 2 * i;
	is(scw == trace_scw[0], "dibits make the control word");
	is(t.scw == scw >> 2 * used, "control word after %u dibits", used);
	for (i = 0; i < used - 1; i++)
		is(!trace_dibits[i], "dibit %u puts nothing out", i);
}

static void test_trace(void)
{
	u8 octets[4 * ARRAY_SIZE(trace_words)] = { 0 };
	unsigned int i;
	struct t32 t;

	t32_key(&t, (const u8 *)"test key 128bits", 16);
	is_octets(t.r, trace_saved, sizeof(t.r), "register after the key");
	is_octets(t.r, trace_key + 1, sizeof(t.r) - 4, "register after the key's octets");
	is(t.konst == trace_konst[0], "konst");
	t32_nonce(&t, (const u8 *)"\0\0\0\1", 4);
	is_octets(t.r, trace_nonce, sizeof(t.r), "register after the nonce");
	is(t.konst == trace_konst[0], "konst after the nonce");
	test_control_word(t);
	t32_crypt(&t, octets, octets, sizeof(octets));
	for (i = 0; i < sizeof(octets); i++)
		if (octets[i] != (u8)(trace_words[i / 4] >> (24 - 8 * (i % 4))))
			break;
	is(i == sizeof(octets), "first words");
}

/* Key and nonce of any length, or no nonce, drawn in pieces, against the reference. */
static bool matches_reference(void)
{
	unsigned int key_len = random_below(40), nonce_len = random_below(12);
	unsigned int len = 1 + random_below(random_below(8) ? 300 : 20000), at, n;
	bool nonce = random_below(4);
	u8 key[40], iv[12];
	u8 *want = malloc(len), *got = calloc(1, len);
	struct t32 t;
	bool same;

	random_octets(key, sizeof(key));
	random_octets(iv, sizeof(iv));
	ref_t32(key, key_len, nonce ? iv : NULL, nonce_len, want, len);
	t32_key(&t, key, key_len);
	if (nonce)
		t32_nonce(&t, iv, nonce_len);
	for (at = 0; at < len; at += n) {
		n = random_below(2) ? random_below(10) : random_below(2000);
		n = min(n, len - at);
		t32_crypt(&t, got + at, got + at, n);
	}
	same = tap_same(got, want, len);
	free(got);
	free(want);
	return same;
}

static void test_reference(void)
{
	unsigned int i;

	for (i = 0; i < 300; i++)
		if (!matches_reference())
			break;
	is(i == 300, "random keys, nonces and pieces against a reference, %u of 300", i);
}

static void test_size(void)
{
	is(sizeof(struct t32) <= 88, "state has %zu octets", sizeof(struct t32));
}

int main(void)
{
	random_start();
	test_tables();
	test_trace();
	test_reference();
	test_size();
	return tap_done();
}
