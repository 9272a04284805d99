// SPDX-License-Identifier: GPL-2.0
/* Time-stamp cycles an octet of SOBER-t32, in calls of several lengths. */
#include <linux/kernel.h>
#include <stdio.h>
#include <x86intrin.h>

#include "cipher/t32.h"

#define TOTAL	(1 << 20)	/* octets a round */
#define ROUNDS	21

static u8 buf[1 << 16];

static double round_of(struct t32 *t, unsigned int len)
{
	unsigned long long start = __rdtsc();
	unsigned int done;

	for (done = 0; done < TOTAL; done += len)
		t32_crypt(t, buf, buf, len);
	return (double)(__rdtsc() - start) / done;
}

/* The best of several rounds: what the code costs, without what disturbed it. */
static double best_of(struct t32 *t, unsigned int len)
{
	double best = round_of(t, len), now;
	int i;

	for (i = 1; i < ROUNDS; i++) {
		now = round_of(t, len);
		best = now < best ? now : best;
	}
	return best;
}

int main(void)
{
	static const unsigned int lens[] = { 1, 16, 64, 100, 512, 1400, 4096, 16384, 65536 };
	unsigned int i;
	struct t32 t;

	t32_key(&t, (const u8 *)"0123456789", 10);
	for (i = 0; i < ARRAY_SIZE(lens); i++)
		printf("%6u octets a call: %6.2f cycles an octet\n", lens[i], best_of(&t, lens[i]));
	return 0;
}
