// SPDX-License-Identifier: GPL-2.0
#include "rc4.h"

static uint32_t step(uint32_t *s, uint8_t x, uint8_t *y)
{
	uint32_t a = s[x], b;

	*y += a;
	b = s[*y];
	s[*y] = a;
	s[x] = b;
	return a + b;
}

void rc4_key(struct rc4 *rc4, const uint8_t *key, size_t len)
{
	uint8_t y = 0;

	for (int i = 0; i < 256; i++)
		rc4->s[i] = i;
	for (size_t i = 0, k = 0; i < 256; i++, k = k + 1 == len ? 0 : k + 1) {
		y += key[k];
		step(rc4->s, i, &y);
	}
	rc4->x = 0;
	rc4->y = 0;
}

void rc4_crypt(struct rc4 *rc4, uint8_t *dst, const uint8_t *src, size_t len)
{
	uint8_t x = rc4->x, y = rc4->y;
	uint32_t *s = rc4->s;

	for (size_t i = 0; i < len; i++)
		dst[i] = src[i] ^ s[(uint8_t)step(s, ++x, &y)];
	rc4->x = x;
	rc4->y = y;
}
