// SPDX-License-Identifier: GPL-2.0
#include "base64.h"

#include <errno.h>

/* All ones if lo <= v <= hi, else zero, without a branch. */
static int between(int v, int lo, int hi)
{
	unsigned int outside = (unsigned int)((v - lo) | (hi - v)) >> 31;

	return (int)outside - 1;
}

static char to_char(int v)
{
	return (between(v, 0, 25) & (v + 'A')) |
	       (between(v, 26, 51) & (v - 26 + 'a')) |
	       (between(v, 52, 61) & (v - 52 + '0')) |
	       (between(v, 62, 62) & '+') |
	       (between(v, 63, 63) & '/');
}

/* The six bits that c stands for, or -1. */
static int from_char(char ch)
{
	int c = (unsigned char)ch;

	return ((between(c, 'A', 'Z') & (c - 'A' + 1)) |
		(between(c, 'a', 'z') & (c - 'a' + 27)) |
		(between(c, '0', '9') & (c - '0' + 53)) |
		(between(c, '+', '+') & 63) |
		(between(c, '/', '/') & 64)) - 1;
}

static void encode_group(char *dst, const uint8_t *src, size_t len)
{
	unsigned int v = src[0] << 16;

	if (len > 1)
		v |= src[1] << 8;
	if (len > 2)
		v |= src[2];
	dst[0] = to_char(v >> 18);
	dst[1] = to_char(v >> 12 & 63);
	dst[2] = len > 1 ? to_char(v >> 6 & 63) : '=';
	dst[3] = len > 2 ? to_char(v & 63) : '=';
}

void xc_base64_encode(char *dst, const uint8_t *src, size_t len)
{
	for (; len; dst += 4) {
		size_t n = len < 3 ? len : 3;

		encode_group(dst, src, n);
		src += n;
		len -= n;
	}
	*dst = '\0';
}

/* Decode four characters to len (1 to 3) octets; negative if they are not canonical. */
static int decode_group(uint8_t *dst, size_t len, const char *text)
{
	int v = 0, bad = 0, d;
	size_t i;

	for (i = 0; i <= len; i++) {
		d = from_char(text[i]);
		bad |= d;
		v |= (d & 63) << (18 - 6 * i);
	}
	for (; i < 4; i++)
		bad |= -(text[i] != '=');
	for (i = 0; i < 3; i++) {
		int octet = v >> (16 - 8 * i) & 0xff;

		if (i < len)
			dst[i] = octet;
		else
			bad |= -octet;
	}
	return bad;
}

int xc_base64_decode(uint8_t *dst, size_t len, const char *text, size_t text_len)
{
	int bad = 0;

	if (text_len != XC_BASE64_LEN(len))
		return -EINVAL;
	for (; len; text += 4) {
		size_t n = len < 3 ? len : 3;

		bad |= decode_group(dst, n, text);
		dst += n;
		len -= n;
	}
	return bad < 0 ? -EINVAL : 0;
}
