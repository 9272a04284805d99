/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers that look random and are the same in every run. */
#ifndef _CACHESIM_RNG_H
#define _CACHESIM_RNG_H

#include <stdint.h>

/* A permutation of the 64-bit numbers that spreads neighbours (the finalizer of SplitMix64). */
static inline uint64_t rng_mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static inline uint64_t rng_next(uint64_t *state)
{
	return rng_mix(*state += UINT64_C(0x9e3779b97f4a7c15));
}

/* In [0, 1). */
static inline double rng_uniform(uint64_t *state)
{
	return (rng_next(state) >> 11) * 0x1p-53;
}

#endif /* _CACHESIM_RNG_H */
