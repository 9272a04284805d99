// SPDX-License-Identifier: GPL-2.0
#include "base64.h"

#include <errno.h>
#include <string.h>

/*
 * Sixteen characters at a time: the lines of a hybrid key agreement have thousands of them, and
 * are encoded more often than sent. A comparison of lanes has no branch and no table; where a
 * processor has no vectors the compiler makes it of whole words.
 */
#define CHARS	16
#define OCTETS	12

typedef uint8_t lanes __attribute__((vector_size(CHARS)));

/* All ones in the lanes where lo <= v <= hi, else zero. */
static lanes between(lanes v, uint8_t lo, uint8_t hi)
{
	return (lanes)(v >= lo) & (lanes)(v <= hi);
}

static lanes to_chars(lanes v)
{
	return (between(v, 0, 25) & (v + 'A')) |
	       (between(v, 26, 51) & (v + ('a' - 26))) |
	       (between(v, 52, 61) & (v - (52 - '0'))) |
	       (between(v, 62, 62) & '+') |
	       (between(v, 63, 63) & '/');
}

/* The six bits that each stands for, or 255. */
static lanes from_chars(lanes c)
{
	return ((between(c, 'A', 'Z') & (c - ('A' - 1))) |
		(between(c, 'a', 'z') & (c - ('a' - 27))) |
		(between(c, '0', '9') & (c + (53 - '0'))) |
		(between(c, '+', '+') & 63) |
		(between(c, '/', '/') & 64)) - 1;
}

static void encode_block(char text[CHARS], const uint8_t in[OCTETS])
{
	uint8_t six[CHARS];
	lanes v;
	int i;

	for (i = 0; i < CHARS / 4; i++) {
		unsigned int group = in[3 * i] << 16 | in[3 * i + 1] << 8 | in[3 * i + 2];

		six[4 * i] = group >> 18;
		six[4 * i + 1] = group >> 12 & 63;
		six[4 * i + 2] = group >> 6 & 63;
		six[4 * i + 3] = group & 63;
	}
	memcpy(&v, six, sizeof(v));
	v = to_chars(v);
	memcpy(text, &v, sizeof(v));
}

/* How many '=' end the text of len octets. */
static size_t padding(size_t len)
{
	return (3 - len % 3) % 3;
}

void xc_base64_encode(char *dst, const uint8_t *src, size_t len)
{
	size_t equals = padding(len), n;
	uint8_t in[OCTETS] = { 0 };
	char text[CHARS];

	for (; len >= OCTETS; len -= OCTETS) {
		encode_block(dst, src);
		dst += CHARS;
		src += OCTETS;
	}
	n = XC_BASE64_LEN(len);
	memcpy(in, src, len);
	encode_block(text, in);
	memset(text + n - equals, '=', equals);
	memcpy(dst, text, n);
	dst[n] = '\0';
	explicit_bzero(in, sizeof(in));
	explicit_bzero(text, sizeof(text));
}

/* @bad: gets a high bit for what is no character of the alphabet. */
static void decode_block(uint8_t out[OCTETS], const char text[CHARS], lanes *bad)
{
	uint8_t six[CHARS];
	lanes v;
	int i;

	memcpy(&v, text, sizeof(v));
	v = from_chars(v);
	*bad |= v;
	memcpy(six, &v, sizeof(v));
	for (i = 0; i < CHARS / 4; i++) {
		unsigned int group = (six[4 * i] & 63) << 18 | (six[4 * i + 1] & 63) << 12 |
				     (six[4 * i + 2] & 63) << 6 | (six[4 * i + 3] & 63);

		out[3 * i] = group >> 16;
		out[3 * i + 1] = group >> 8 & 0xff;
		out[3 * i + 2] = group & 0xff;
	}
}

/* The last len octets, fewer than a block. Not zero if the text is not canonical. */
static int decode_rest(uint8_t *dst, size_t len, const char *src, lanes *bad)
{
	size_t n = XC_BASE64_LEN(len), equals = padding(len), i;
	uint8_t out[OCTETS];
	char text[CHARS];
	int wrong = 0;

	memset(text, 'A', sizeof(text));
	memcpy(text, src, n - equals);
	for (i = n - equals; i < n; i++)
		wrong |= src[i] ^ '=';
	decode_block(out, text, bad);
	memcpy(dst, out, len);
	for (i = len; i < OCTETS; i++)
		wrong |= out[i];
	explicit_bzero(text, sizeof(text));
	explicit_bzero(out, sizeof(out));
	return wrong;
}

int xc_base64_decode(uint8_t *dst, size_t len, const char *text, size_t text_len)
{
	lanes bad = { 0 };
	int wrong, i;

	if (text_len != XC_BASE64_LEN(len))
		return -EINVAL;
	for (; len >= OCTETS; len -= OCTETS) {
		decode_block(dst, text, &bad);
		dst += OCTETS;
		text += CHARS;
	}
	wrong = decode_rest(dst, len, text, &bad);
	for (i = 0; i < CHARS; i++)
		wrong |= bad[i] & 0x80;
	return wrong ? -EINVAL : 0;
}
