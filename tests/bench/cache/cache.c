// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: cache [--figures]
 *
 * What the daemon's cache costs at any size, and whether a choice of keys makes it slow. TAP;
 * the figures as comments. What is compared are ratios, which hold on any machine and under
 * load; --figures compares nanoseconds as well, with the machine left alone.
 */
#include <stdlib.h>
#include <time.h>

#include "common/secret.h"
#include "keys/cache.h"
#include "keys/cacheimage.h"
#include "tap.h"

#define SMALL	4096u
#define MIDDLE	65536u
#define LARGE	1000000u
#define ROUNDS	15
#define BATCH	2000u

static const struct xc_kex * const kexes[] = { &xc_kex_dh768, &xc_kex_x25519 };

/* How the n-th key is made. */
struct choice {
	const char *name;
	void (*make)(uint8_t *key, size_t len, uint64_t n);
};

/* As a generator gives them (splitmix64). */
static void make_random(uint8_t *key, size_t len, uint64_t n)
{
	size_t at;

	for (at = 0; at < len; at += sizeof(uint64_t)) {
		uint64_t z = (n + 1) * 0x9e3779b97f4a7c15 + at;

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
		z = (z ^ z >> 27) * 0x94d049bb133111eb;
		z ^= z >> 31;
		memcpy(key + at, &z, sizeof(z));
	}
}

/* Equal but for the last octets, the first, those in the midst. */
static void make_last(uint8_t *key, size_t len, uint64_t n)
{
	memset(key, 0xa5, len);
	memcpy(key + len - sizeof(n), &n, sizeof(n));
}

static void make_first(uint8_t *key, size_t len, uint64_t n)
{
	memset(key, 0, len);
	memcpy(key, &n, sizeof(n));
}

static void make_middle(uint8_t *key, size_t len, uint64_t n)
{
	memset(key, 0xff, len);
	memcpy(key + len / 2, &n, sizeof(n));
}

/* Equal low bits of each word, which a table that takes those for its buckets would meet. */
static void make_multiples(uint8_t *key, size_t len, uint64_t n)
{
	uint64_t word = n << 32;
	size_t at;

	for (at = 0; at < len; at += sizeof(word))
		memcpy(key + at, &word, sizeof(word));
}

/* Equal sums of words, equal XORs of pairs: what simple hashes mix. */
static void make_sums(uint8_t *key, size_t len, uint64_t n)
{
	uint64_t minus = -n;
	size_t at;

	memset(key, 0, len);
	for (at = 0; at + 4 * sizeof(n) <= len; at += 4 * sizeof(n)) {
		memcpy(key + at, &n, sizeof(n));
		memcpy(key + at + sizeof(n), &minus, sizeof(n));
		memcpy(key + at + 2 * sizeof(n), &n, sizeof(n));
		memcpy(key + at + 3 * sizeof(n), &minus, sizeof(n));
	}
}

static const struct choice choices[] = {
	{ "random", make_random },
	{ "equal but for the end", make_last },
	{ "equal but for the beginning", make_first },
	{ "equal but for the midst", make_middle },
	{ "multiples of 2^32", make_multiples },
	{ "equal sums", make_sums },
};

#define N_CHOICES	((int)(sizeof(choices) / sizeof(choices[0])))

/* Our own processor time, ns. */
static uint64_t cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Sixteen entries a site, or all of one. */
static void add(struct xc_cache *cache, const struct xc_kex *kex, const struct choice *choice,
		uint64_t n, bool one_site)
{
	uint8_t key[XC_PUBLIC_MAX] = { 0 }, shared[XC_SHARED_MAX] = { 0 };
	struct xc_cache_entry entry = { .bound = xc_cache_binds(kex),
					.peer_len = kex->public_a_len, .peer = key,
					.shared = shared };
	uint64_t site = one_site ? 0 : n / 16;

	choice->make(key, kex->public_a_len, n);
	memcpy(&entry.site, &site, sizeof(site));
	xc_cache_add(cache, &entry);
}

static bool find(struct xc_cache *cache, const struct xc_kex *kex, const struct choice *choice,
		 uint64_t n)
{
	uint8_t key[XC_PUBLIC_MAX] = { 0 };
	struct xc_cache_entry entry = { .bound = xc_cache_binds(kex),
					.peer_len = kex->public_a_len, .peer = key };
	uint64_t site = n / 16;

	choice->make(key, kex->public_a_len, n);
	memcpy(&entry.site, &site, sizeof(site));
	return xc_cache_find(cache, &entry) == 0;
}

enum what { HIT, MISS, ADD, N_WHAT };

/* The least of some rounds, ns: what disturbs makes a round longer, never shorter. */
static double least[N_WHAT];

static void round_of(struct xc_cache *cache, const struct xc_kex *kex,
		     const struct choice *choice, unsigned int size, unsigned int round)
{
	uint64_t took[N_WHAT], began, first = (uint64_t)size + round * BATCH;
	unsigned int i, wrong = 0;
	int what;

	began = cpu();
	for (i = 0; i < BATCH; i++)
		wrong += find(cache, kex, choice, first + i);
	took[MISS] = cpu() - began;
	began = cpu();
	for (i = 0; i < BATCH; i++)
		add(cache, kex, choice, first + i, false);
	took[ADD] = cpu() - began;
	began = cpu();
	/* In no order that a processor could foresee. */
	for (i = 0; i < BATCH; i++)
		wrong += !find(cache, kex, choice, first + BATCH - 1 - i * 7919ull % size % (size / 2));
	took[HIT] = cpu() - began;
	if (wrong) {
		printf("# %u of %u lookups are wrong\n", wrong, 2 * BATCH);
		exit(1);
	}
	for (what = 0; what < N_WHAT; what++) {
		if (!round || (double)took[what] / BATCH < least[what])
			least[what] = (double)took[what] / BATCH;
	}
}

/* A full cache, of which each round pushes out a part. */
static void measure(const struct xc_kex *kex, const struct choice *choice, unsigned int size)
{
	struct xc_cache *cache = xc_cache_new(kex, size, size);
	unsigned int i;

	if (!cache) {
		printf("# no memory for %u entries\n", size);
		exit(1);
	}
	for (i = 0; i < size; i++)
		add(cache, kex, choice, i, false);
	for (i = 0; i < ROUNDS; i++)
		round_of(cache, kex, choice, size, i);
	xc_cache_free(cache);
	printf("# %s, %7u entries, keys %s: miss %.0f ns, hit %.0f ns, add %.0f ns\n",
	       kex->version, size, choice->name, least[MISS], least[HIT], least[ADD]);
}

/* --- what must hold --- */

static void test_size(const struct xc_kex *kex, bool figures)
{
	double small[N_WHAT], large[N_WHAT];

	measure(kex, &choices[0], SMALL);
	memcpy(small, least, sizeof(small));
	measure(kex, &choices[0], MIDDLE);
	measure(kex, &choices[0], LARGE);
	memcpy(large, least, sizeof(large));
	is(large[MISS] < 25 * small[MISS], "%s: a miss at %u costs %.1f times one at %u",
	   kex->version, LARGE, large[MISS] / small[MISS], SMALL);
	is(large[HIT] < 25 * small[HIT], "%s: a hit %.1f times", kex->version,
	   large[HIT] / small[HIT]);
	is(large[ADD] < 25 * small[ADD], "%s: an entry more %.1f times", kex->version,
	   large[ADD] / small[ADD]);
	if (!figures)
		return;
	is(small[MISS] < 1000, "%s: a miss at %u takes %.0f ns, less than 1000", kex->version,
	   SMALL, small[MISS]);
	is(large[MISS] < 2000, "%s: a miss at %u takes %.0f ns, less than 2000", kex->version,
	   LARGE, large[MISS]);
}

static void test_choices(const struct xc_kex *kex)
{
	double random;
	int i;

	measure(kex, &choices[0], MIDDLE);
	random = least[MISS] + least[HIT] + least[ADD];
	for (i = 1; i < N_CHOICES; i++) {
		double took;

		measure(kex, &choices[i], MIDDLE);
		took = least[MISS] + least[HIT] + least[ADD];
		is(took < 5 * random, "%s: keys %s cost %.2f times random ones", kex->version,
		   choices[i].name, took / random);
	}
}

/* What one site fills, the whole of its share, is no slower than what many fill. */
static void test_site(const struct xc_kex *kex)
{
	struct xc_cache *cache = xc_cache_new(kex, MIDDLE, MIDDLE / 2);
	uint64_t took[2], began;
	uint64_t n;
	int one;

	for (one = 0; one < 2; one++) {
		began = cpu();
		for (n = 0; n < 4 * MIDDLE; n++)
			add(cache, kex, &choices[0], n, one);
		took[one] = cpu() - began;
		xc_cache_clear(cache);
	}
	xc_cache_free(cache);
	is(took[1] < 5 * took[0], "%s: entries of one site cost %.2f times those of many",
	   kex->version, (double)took[1] / took[0]);
}

/* --- loading --- */

static struct xc_time now = { .wall = 1000, .boot = 500, .boot_id = { 1 } };

/* ns to write, seal and read an image of so many entries. */
static void load(const struct xc_kex *kex, unsigned int size, double *written, double *sealed,
		 double *read)
{
	struct xc_cache *cache = xc_cache_new(kex, size, size);
	struct xc_keypair *pair = xc_keypair_new(kex, &now, 7200), *again = NULL;
	uint8_t *image = malloc(xc_cacheimage_max(kex, size));
	uint64_t began, n;
	size_t len;

	for (n = 0; n < size; n++)
		add(cache, kex, &choices[0], n, false);
	began = cpu();
	len = xc_cacheimage_write(image, pair, cache, &now);
	*written = cpu() - began;
	began = cpu();
	xc_cacheimage_seal(image, len);
	*sealed = cpu() - began;
	xc_cache_clear(cache);
	began = cpu();
	if (xc_cacheimage_read(image, len, kex, &now, 7200, &again, cache) ||
	    xc_cache_count(cache) != size)
		exit(1);
	*read = cpu() - began;
	xc_keypair_put(again);
	xc_keypair_put(pair);
	xc_cache_free(cache);
	free(image);
	printf("# %s, %7u entries: picture %.1f ms, hash %.1f ms, load %.1f ms\n", kex->version,
	       size, *written / 1e6, *sealed / 1e6, *read / 1e6);
}

static void test_load(const struct xc_kex *kex, bool figures)
{
	double written, sealed, small = 0, large = 0, read;
	int i;

	for (i = 0; i < 3; i++) {
		load(kex, SMALL, &written, &sealed, &read);
		small = !i || read < small ? read : small;
		load(kex, MIDDLE, &written, &sealed, &read);
		large = !i || read < large ? read : large;
	}
	is(large / MIDDLE < 8 * small / SMALL, "%s: an entry of %u loads in %.2f times one of %u",
	   kex->version, MIDDLE, large / MIDDLE / (small / SMALL), SMALL);
	if (figures)
		is(large < 100e6, "%s: %u entries load in %.1f ms, less than 100", kex->version,
		   MIDDLE, large / 1e6);
}

static void report_memory(const struct xc_kex *kex)
{
	printf("# %s: %.0f octets an entry, %zu of them secret; %u entries take %.1f MiB\n",
	       kex->version, (double)xc_cache_memory(kex, MIDDLE) / MIDDLE,
	       xc_cache_memory_locked(kex, 1), LARGE, xc_cache_memory(kex, LARGE) / 1048576.0);
}

int main(int argc, char **argv)
{
	bool figures = argc > 1 && !strcmp(argv[1], "--figures");
	size_t i;

	for (i = 0; i < sizeof(kexes) / sizeof(kexes[0]); i++) {
		report_memory(kexes[i]);
		test_size(kexes[i], figures);
		test_choices(kexes[i]);
		test_site(kexes[i]);
		test_load(kexes[i], figures);
	}
	/* A million of these would take 2.4 GB. */
	report_memory(&xc_kex_x25519mlkem768);
	measure(&xc_kex_x25519mlkem768, &choices[0], SMALL);
	if (figures)
		is(least[MISS] < 1000, "2.1: a miss at %u takes %.0f ns, less than 1000", SMALL,
		   least[MISS]);
	return tap_done();
}
