// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "pattern.h"

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

uint64_t random_next(struct random *r)
{
	r->state += 0x9e3779b97f4a7c15ULL;
	return mix(r->state);
}

size_t random_below(struct random *r, size_t limit)
{
	return random_next(r) % limit;
}

void pattern_fill(uint64_t id, uint64_t pos, void *dst, size_t len)
{
	while (len) {
		uint64_t word = mix(id + pos / sizeof(word) * 0x9e3779b97f4a7c15ULL);
		size_t skip = pos % sizeof(word), n = sizeof(word) - skip;

		if (n > len)
			n = len;
		memcpy(dst, (char *)&word + skip, n);
		dst = (char *)dst + n;
		pos += n;
		len -= n;
	}
}

uint64_t digest_add(uint64_t digest, const void *data, size_t len)
{
	const unsigned char *p = data;

	while (len--)
		digest = (digest ^ *p++) * 0x100000001b3ULL;
	return digest;
}
