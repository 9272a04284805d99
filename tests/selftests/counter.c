// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "counter.h"
#include "sock.h"

long counter(const char *name)
{
	FILE *f = fopen("/proc/thread-self/net/xcrypt_stat", "r");
	long value = -1, n;
	char word[64];

	while (f && fscanf(f, "%63s %ld", word, &n) == 2) {
		if (!strcmp(word, name))
			value = n;
	}
	if (f)
		fclose(f);
	return value;
}

bool counter_becomes(const char *name, long want)
{
	for (int ms = 0; ms < 10000 && counter(name) != want; ms += 20)
		pause_ms(20);
	return counter(name) == want;
}
