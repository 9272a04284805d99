// SPDX-License-Identifier: GPL-2.0
/*
 * A table that is searched from end to end. At the default of 4096 places, all filled, that costs
 * some microseconds, against some forty of the computation that it saves, and no choice of
 * keys by an attacker can make it slower: what is searched are 32 octets a place.
 */
#include "cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "secret.h"

/* What is searched, of the first count of them. used is 0 in an empty place. */
struct place {
	uint64_t used;
	uint64_t tag;
	struct in6_addr site;
};

struct xc_cache {
	const struct xc_kex *kex;
	unsigned int size;
	unsigned int share;
	unsigned int count;
	uint64_t clock;		/* counts uses */
	size_t body_len;	/* octets of one body */
	struct place *place;
	uint8_t *body;		/* peer_len, peer, answer, shared */
};

size_t xc_cache_peer_max(const struct xc_kex *kex)
{
	return kex->public_a_len > kex->public_b_len ? kex->public_a_len : kex->public_b_len;
}

size_t xc_cache_answer_len(const struct xc_kex *kex)
{
	return kex->encapsulates ? kex->public_b_len : 0;
}

struct xc_cache *xc_cache_new(const struct xc_kex *kex, unsigned int size, unsigned int share)
{
	struct xc_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	cache->kex = kex;
	cache->size = size;
	cache->share = share;
	cache->body_len = sizeof(uint16_t) + xc_cache_peer_max(kex) + xc_cache_answer_len(kex) +
			  kex->shared_len;
	cache->place = calloc(size, sizeof(*cache->place));
	cache->body = xc_secret_alloc(size * cache->body_len);
	if (!cache->place || !cache->body) {
		xc_cache_free(cache);
		return NULL;
	}
	return cache;
}

void xc_cache_free(struct xc_cache *cache)
{
	if (!cache)
		return;
	xc_secret_free(cache->body, cache->size * cache->body_len);
	free(cache->place);
	free(cache);
}

void xc_cache_clear(struct xc_cache *cache)
{
	xc_secret_wipe(cache->body, cache->size * cache->body_len);
	memset(cache->place, 0, cache->size * sizeof(*cache->place));
	cache->count = 0;
}

unsigned int xc_cache_count(const struct xc_cache *cache)
{
	return cache->count;
}

unsigned int xc_cache_places(const struct xc_cache *cache)
{
	return cache->size;
}

static uint64_t tag_of(const uint8_t *peer)
{
	uint64_t tag;

	memcpy(&tag, peer, sizeof(tag));
	return tag;
}

bool xc_cache_at(const struct xc_cache *cache, unsigned int i, struct xc_cache_entry *entry)
{
	const uint8_t *body;
	size_t answer_len;

	if (i >= cache->size || !cache->place[i].used)
		return false;
	body = cache->body + i * cache->body_len;
	answer_len = xc_cache_answer_len(cache->kex);
	entry->site = cache->place[i].site;
	entry->used = cache->place[i].used;
	memcpy(&entry->peer_len, body, sizeof(uint16_t));
	entry->peer = body + sizeof(uint16_t);
	entry->answer = answer_len ? entry->peer + xc_cache_peer_max(cache->kex) : NULL;
	entry->shared = body + cache->body_len - cache->kex->shared_len;
	return true;
}

int xc_cache_find(struct xc_cache *cache, struct xc_cache_entry *entry)
{
	uint64_t tag = tag_of(entry->peer);
	struct xc_cache_entry there;
	unsigned int i;

	for (i = 0; i < cache->count; i++) {
		if (cache->place[i].tag != tag || !xc_cache_at(cache, i, &there))
			continue;
		if (there.peer_len == entry->peer_len &&
		    !memcmp(there.peer, entry->peer, there.peer_len)) {
			cache->place[i].used = ++cache->clock;
			*entry = there;
			return 0;
		}
	}
	return -ENOENT;
}

/* The less used of two places, -1 being none. */
static int older(const struct xc_cache *cache, int a, int b)
{
	return a < 0 || cache->place[b].used < cache->place[a].used ? b : a;
}

/* Where an entry of a site goes: the rule of cache.h. Places are filled in their order. */
static int choose_place(const struct xc_cache *cache, const struct in6_addr *site)
{
	int all = -1, own = -1;
	unsigned int n = 0, i;

	for (i = 0; i < cache->count; i++) {
		all = older(cache, all, i);
		if (!memcmp(&cache->place[i].site, site, sizeof(*site))) {
			own = older(cache, own, i);
			n++;
		}
	}
	if (n >= cache->share)
		return own;
	return cache->count < cache->size ? (int)cache->count : all;
}

static void write_body(struct xc_cache *cache, int i, const struct xc_cache_entry *entry)
{
	size_t peer_max = xc_cache_peer_max(cache->kex);
	size_t answer_len = xc_cache_answer_len(cache->kex);
	uint8_t *body = cache->body + i * cache->body_len;

	memcpy(body, &entry->peer_len, sizeof(uint16_t));
	body += sizeof(uint16_t);
	memset(body, 0, peer_max + answer_len);
	memcpy(body, entry->peer, entry->peer_len);
	if (entry->answer)
		memcpy(body + peer_max, entry->answer, answer_len);
	memcpy(body + peer_max + answer_len, entry->shared, cache->kex->shared_len);
}

void xc_cache_add(struct xc_cache *cache, const struct xc_cache_entry *entry)
{
	struct xc_cache_entry there = *entry;
	struct place *place;
	int i;

	if (xc_cache_find(cache, &there) == 0)
		return;
	i = choose_place(cache, &entry->site);
	place = &cache->place[i];
	if (i == (int)cache->count)
		cache->count++;
	place->used = entry->used ? entry->used : ++cache->clock;
	if (place->used > cache->clock)
		cache->clock = place->used;
	place->tag = tag_of(entry->peer);
	place->site = entry->site;
	write_body(cache, i, entry);
}
