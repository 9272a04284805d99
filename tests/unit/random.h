/* SPDX-License-Identifier: GPL-2.0 */
/* Repeatable random numbers. SEED in the environment gives another series. */
#ifndef _TESTS_RANDOM_H
#define _TESTS_RANDOM_H

#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>

static u64 random_state;

static inline void random_start(void)
{
	const char *seed = getenv("SEED");

	random_state = seed ? strtoull(seed, NULL, 0) : 1;
	printf("# SEED=%llu\n", (unsigned long long)random_state);
}

static inline u64 random_u64(void)
{
	u64 x = random_state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* 0 to @end - 1 */
static inline u64 random_below(u64 end)
{
	return random_u64() % end;
}

static inline void random_octets(u8 *p, size_t len)
{
	while (len--)
		*p++ = random_u64();
}

#endif /* _TESTS_RANDOM_H */
