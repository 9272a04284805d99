// SPDX-License-Identifier: GPL-2.0
/*
 * What known peers cost: a lookup at any size, memory of a name, the file. TAP; the figures as
 * comments. What is compared are ratios, which hold on any machine.
 */
#include <malloc.h>
#include <stdlib.h>
#include <time.h>

#include "peers/form.h"
#include "tap.h"

#define SMALL	4096u
#define LARGE	65536u
#define ROUNDS	15
#define BATCH	2000u
#define TODAY	20783

static void name_of(char dst[XC_PEER_NAME], uint32_t n)
{
	snprintf(dst, XC_PEER_NAME, "mx%u.mail.example%u.org", n % 8, n);
}

static void key_of(uint8_t key[XC_IDENTITY_LEN], uint32_t n)
{
	memset(key, 2, XC_IDENTITY_LEN);
	memcpy(key, &n, sizeof(n));
}

/* Our own processor time, ns. */
static uint64_t cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Each with its own domain, as most are. */
static void meet(struct xc_peers *p, uint32_t n)
{
	uint8_t key[XC_IDENTITY_LEN];
	char name[XC_PEER_NAME];

	name_of(name, n);
	key_of(key, n);
	xc_peers_met(p, name, key, 0x301, true, TODAY);
	xc_domains_served(&p->domains, name + 4, name, true, TODAY);
}

static struct xc_peers *filled(uint32_t size)
{
	struct xc_peers *p = xc_peers_new(size, 30);
	uint32_t n;

	for (n = 0; n < size; n++)
		meet(p, n);
	return p;
}

/* A look for an exchange, with a domain: ns, the least of some rounds. */
static double look(struct xc_peers *p, uint32_t size)
{
	double least = 0;
	uint32_t round, i, n;

	for (round = 0; round < ROUNDS; round++) {
		uint64_t began = cpu(), took;

		for (i = 0; i < BATCH; i++) {
			struct xc_meeting m = { 0 };
			uint8_t key[XC_IDENTITY_LEN];
			char name[XC_PEER_NAME];

			n = (i + round * BATCH) * 7919u % size;
			name_of(name, n);
			key_of(key, n);
			xc_peers_look(p, name, name + 4, key, TODAY, &m);
			if (m.met != XC_PEER_FIRST || m.new_name)
				exit(1);
		}
		took = cpu() - began;
		if (!round || (double)took / BATCH < least)
			least = (double)took / BATCH;
	}
	return least;
}

static void must_read(void *ctx, const char *message)
{
	(void)ctx;
	printf("# %s\n", message);
}

static void measure_file(struct xc_peers *p, uint32_t size)
{
	struct xc_peers *q = xc_peers_new(size, 30);
	uint64_t began = cpu(), wrote, read;
	size_t len;
	char *text = xc_peers_write(p, &len);

	wrote = cpu() - began;
	began = cpu();
	is(text && !xc_peers_read(q, "peers", text, len, must_read, NULL) &&
	   q->names.count == size && q->domains.table.count == size, "%u names and domains, written and read",
	   size);
	read = cpu() - began;
	printf("# %u names and domains: %zu octets of text, %.1f ms to write, %.1f ms to read\n", size,
	       len, wrote / 1e6, read / 1e6);
	free(text);
	xc_peers_free(q);
}

int main(void)
{
	size_t before = mallinfo2().uordblks;
	struct xc_peers *large = filled(LARGE), *small;
	size_t taken = mallinfo2().uordblks + mallinfo2().hblkhd - before;
	double at_small, at_large;
	uint64_t began;

	printf("# %u names of 28 octets, each with a domain: %.0f octets a name and its domain\n", LARGE,
	       (double)taken / LARGE);
	small = filled(SMALL);
	at_small = look(small, SMALL);
	at_large = look(large, LARGE);
	printf("# look: %.0f ns of %u, %.0f ns of %u (making name and key included)\n", at_small, SMALL,
	       at_large, LARGE);
	is(at_large < 8 * at_small, "sixteen times the names make a look no eight times as long");
	began = cpu();
	xc_peers_expire(large, TODAY + 1);
	printf("# a look at everything, once a day: %.1f ms\n", (cpu() - began) / 1e6);
	measure_file(large, LARGE);
	xc_peers_free(small);
	xc_peers_free(large);
	return tap_done();
}
