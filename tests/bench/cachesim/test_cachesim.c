// SPDX-License-Identifier: GPL-2.0
/* The simulation says what the paper says, and caches as xcryptd caches. */
#include <math.h>
#include <string.h>

#include "keys/cache.h"
#include "crowd.h"
#include "lru.h"
#include "paper.h"
#include "rng.h"
#include "tap.h"

static void test_paper(void)
{
	uint64_t n = paper_computations(true, false);

	is(n == 515, "the paper's mail takes 515 computations, here %llu", (unsigned long long)n);
	is(PAPER_MESSAGES - n == 807, "and 807 messages take none");
	is(1 - (double)n / PAPER_MESSAGES > 0.60, "which saves over 60 percent");
	is(paper_computations(false, false) < n,
	   "a pair that is replaced when it is needed takes fewer");
	is(paper_computations(true, true) > n, "a hub that replaces its pair, too, takes more");
}

#define KEY_LEN	32

static const struct xc_kex kex = {
	.public_a_len = KEY_LEN, .public_b_len = KEY_LEN, .shared_len = KEY_LEN,
};

/* A session as keyring.c does it. */
static bool original_use(struct xc_cache *cache, uint64_t key, unsigned int site)
{
	uint8_t peer[KEY_LEN] = { 0 }, shared[KEY_LEN] = { 0 };
	struct xc_cache_entry entry = { .peer = peer, .peer_len = KEY_LEN, .shared = shared };

	memcpy(peer, &key, sizeof(key));
	memcpy(&entry.site, &site, sizeof(site));
	if (!xc_cache_find(cache, &entry))
		return true;
	xc_cache_add(cache, &entry);
	return false;
}

static void test_like_original(unsigned int size, unsigned int share, unsigned int keys)
{
	enum { SITES = 7, SESSIONS = 20000 };
	struct xc_cache *original = xc_cache_new(&kex, size, share);
	struct lru *lru = lru_new(size, share, SITES);
	unsigned int hits = 0, wrong = 0;
	uint64_t seed = size * 1000 + share;

	for (int i = 0; i < SESSIONS; i++) {
		/* The square makes some keys frequent. A key may come from another site. */
		uint64_t key = pow(rng_uniform(&seed), 2) * keys;
		unsigned int site = rng_next(&seed) % 10 ? key % SITES :
							   rng_next(&seed) % SITES;
		bool hit = original_use(original, key, site);

		if (rng_next(&seed) % 5000 == 0) {
			xc_cache_clear(original);
			lru_clear(lru);
			continue;
		}
		hits += hit;
		wrong += lru_use(lru, key, site) != hit;
	}
	is(!wrong && hits && hits < SESSIONS,
	   "size %u, share %u, %u keys: as xcryptd's own cache, %u hits", size, share, keys, hits);
	is(lru_count(lru) == xc_cache_count(original), "and as many entries at the end");
	xc_cache_free(original);
	lru_free(lru);
}

static double hits(const struct crowd *crowd)
{
	struct crowd_result r = crowd_run(crowd);

	return 1 - (double)r.computations / r.sessions;
}

/* Loads whose hit rate can be told without a simulation. */
static void test_known(void)
{
	struct crowd c = { .peers = 1, .hosts = 1, .farm = 1, .rate = 100000, .lifetime = 7200,
			   .size = 64, .share = 64, .lifetimes = 10, .seed = 1 };
	double one = hits(&c);

	is(one > 0.9999 && one < 1, "one peer: all but two a lifetime hit");
	is(hits(&c) == one, "the same again");
	c.peers = 6400;
	is(fabs(hits(&c) - 0.01) < 0.001, "a hundred times as many equal peers as entries: 1 percent");
	c.size = c.peers;
	c.share = 1;
	/* Each peer's 31 sessions a lifetime take one for our pair and one for the peer's. */
	is(fabs(hits(&c) - (1 - 2 / 31.25)) < 0.005, "room for all: all but two of each peer hit");
	c.peers = 1;
	c.hosts = 100;
	c.size = 1000;
	c.share = 50;
	c.one_address = true;
	is(fabs(hits(&c) - 0.5) < 0.01, "a hundred hosts of one address with a share of fifty: half");
}

int main(void)
{
	test_paper();
	test_like_original(16, 16, 40);
	test_like_original(16, 3, 40);
	test_like_original(200, 20, 1000);
	test_like_original(64, 64, 50);
	test_known();
	return tap_done();
}
