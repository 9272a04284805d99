// SPDX-License-Identifier: GPL-2.0
/*
 * Entries lie in places 0 to count - 1. Beside them, by the place's number: an index by the
 * hash of the key, the order of all, the order of each site's own. Sites have numbers of
 * their own and an index; there is never one without an entry.
 */
#include "cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "index.h"
#include "keyhash.h"
#include "order.h"

/* Who has entries. Numbers that are free are chained by own.first. */
struct site {
	struct in6_addr addr;
	uint32_t count;
	struct xc_order own;
};

struct xc_cache {
	const struct xc_kex *kex;
	unsigned int size;
	unsigned int share;
	unsigned int count;
	size_t body_len;	/* octets of one body */
	uint8_t *body;		/* bound, peer_len, peer, answer, proof, shared */
	struct xc_keyhash *keyhash;

	struct xc_index index;	/* of places */
	struct xc_order all;
	struct xc_link *all_link;
	struct xc_link *own_link;
	uint32_t *site_of;

	struct site *site;
	struct xc_index site_index;
	uint32_t site_free;
};

size_t xc_cache_peer_max(const struct xc_kex *kex)
{
	return kex->public_a_len > kex->public_b_len ? kex->public_a_len : kex->public_b_len;
}

size_t xc_cache_answer_len(const struct xc_kex *kex)
{
	return kex->encapsulates ? kex->public_b_len : 0;
}

bool xc_cache_binds(const struct xc_kex *kex)
{
	return kex->encapsulates || kex->identity;
}

static size_t proof_len(const struct xc_kex *kex)
{
	return kex->identity ? sizeof(struct xc_proof) : 0;
}

#define BODY_HEAD	(1 + sizeof(uint16_t))

/* Where its parts begin behind the head; the rest is S. */
static size_t proof_at(const struct xc_kex *kex)
{
	return BODY_HEAD + xc_cache_peer_max(kex) + xc_cache_answer_len(kex);
}

static size_t body_len(const struct xc_kex *kex)
{
	return proof_at(kex) + proof_len(kex) + kex->shared_len;
}

size_t xc_cache_memory_locked(const struct xc_kex *kex, unsigned int size)
{
	return size * body_len(kex);
}

size_t xc_cache_memory(const struct xc_kex *kex, unsigned int size)
{
	return xc_cache_memory_locked(kex, size) + 2 * xc_index_memory(size) +
	       size * (2 * sizeof(struct xc_link) + sizeof(uint32_t) + sizeof(struct site));
}

/* --- life --- */

static void forget_all(struct xc_cache *cache)
{
	uint32_t i;

	cache->count = 0;
	cache->all = XC_ORDER_EMPTY;
	xc_index_clear(&cache->index);
	xc_index_clear(&cache->site_index);
	for (i = 0; i < cache->size; i++)
		cache->site[i].own.first = i + 1 < cache->size ? i + 1 : XC_NO;
	cache->site_free = 0;
}

static bool take_memory(struct xc_cache *cache, unsigned int size)
{
	bool indexed = xc_index_init(&cache->index, size) &&
		       xc_index_init(&cache->site_index, size);

	cache->keyhash = xc_keyhash_new();
	cache->all_link = calloc(size, sizeof(*cache->all_link));
	cache->own_link = calloc(size, sizeof(*cache->own_link));
	cache->site_of = calloc(size, sizeof(*cache->site_of));
	cache->site = calloc(size, sizeof(*cache->site));
	cache->body = xc_secret_alloc(size * cache->body_len);
	return indexed && cache->keyhash && cache->all_link && cache->own_link &&
	       cache->site_of && cache->site && cache->body;
}

struct xc_cache *xc_cache_new(const struct xc_kex *kex, unsigned int size, unsigned int share)
{
	struct xc_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	cache->kex = kex;
	cache->size = size;
	cache->share = share;
	cache->body_len = body_len(kex);
	if (!take_memory(cache, size)) {
		xc_cache_free(cache);
		return NULL;
	}
	forget_all(cache);
	return cache;
}

void xc_cache_free(struct xc_cache *cache)
{
	if (!cache)
		return;
	xc_secret_free(cache->body, cache->size * cache->body_len);
	xc_keyhash_free(cache->keyhash);
	xc_index_free(&cache->index);
	xc_index_free(&cache->site_index);
	free(cache->all_link);
	free(cache->own_link);
	free(cache->site_of);
	free(cache->site);
	free(cache);
}

void xc_cache_clear(struct xc_cache *cache)
{
	xc_secret_wipe(cache->body, cache->count * cache->body_len);
	memset(cache->site, 0, cache->size * sizeof(*cache->site));
	forget_all(cache);
}

/* --- looking --- */

unsigned int xc_cache_count(const struct xc_cache *cache)
{
	return cache->count;
}

unsigned int xc_cache_places(const struct xc_cache *cache)
{
	return cache->size;
}

bool xc_cache_at(const struct xc_cache *cache, unsigned int i, struct xc_cache_entry *entry)
{
	const struct xc_kex *kex = cache->kex;
	const uint8_t *body;

	if (i >= cache->count)
		return false;
	body = cache->body + i * cache->body_len;
	entry->site = cache->site[cache->site_of[i]].addr;
	entry->bound = body[0];
	memcpy(&entry->peer_len, body + 1, sizeof(uint16_t));
	entry->peer = body + BODY_HEAD;
	entry->answer = xc_cache_answer_len(kex) ? entry->peer + xc_cache_peer_max(kex) : NULL;
	/* Octets throughout. */
	entry->proof = proof_len(kex) ? (const void *)(body + proof_at(kex)) : NULL;
	entry->shared = body + cache->body_len - kex->shared_len;
	return true;
}

bool xc_cache_later(const struct xc_cache *cache, uint32_t *at, struct xc_cache_entry *entry)
{
	*at = *at == XC_CACHE_BEGIN ? cache->all.first : cache->all_link[*at].next;
	return *at != XC_NO && xc_cache_at(cache, *at, entry);
}

static bool hash_of(const struct xc_cache *cache, const struct xc_cache_entry *entry,
		    uint32_t *hash)
{
	return xc_keyhash(cache->keyhash, entry->peer, entry->peer_len, &entry->site,
			  entry->bound ? sizeof(entry->site) : 0, hash);
}

static bool same_site(const struct in6_addr *a, const struct in6_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static bool same_key(const struct xc_cache_entry *a, const struct xc_cache_entry *b)
{
	return a->bound == b->bound && a->peer_len == b->peer_len &&
	       !memcmp(a->peer, b->peer, a->peer_len) &&
	       (!a->bound || same_site(&a->site, &b->site));
}

/* The place of the entry that has a key, XC_NO if none has. */
static uint32_t cache_place(const struct xc_cache *cache, const struct xc_cache_entry *entry,
			    uint32_t hash)
{
	struct xc_cache_entry there;
	uint32_t i;

	for (i = xc_index_first(&cache->index, hash); i != XC_NO;
	     i = xc_index_next(&cache->index, i)) {
		if (xc_cache_at(cache, i, &there) && same_key(&there, entry))
			return i;
	}
	return XC_NO;
}

static void use(struct xc_cache *cache, uint32_t i)
{
	xc_order_use(&cache->all, cache->all_link, i);
	xc_order_use(&cache->site[cache->site_of[i]].own, cache->own_link, i);
}

int xc_cache_find(struct xc_cache *cache, struct xc_cache_entry *entry)
{
	uint32_t hash, i;

	if (!hash_of(cache, entry, &hash))
		return -ENOENT;
	i = cache_place(cache, entry, hash);
	if (i == XC_NO)
		return -ENOENT;
	use(cache, i);
	xc_cache_at(cache, i, entry);
	return 0;
}

/* --- sites --- */

static uint32_t find_site(const struct xc_cache *cache, const struct in6_addr *addr, uint32_t hash)
{
	uint32_t i = xc_index_first(&cache->site_index, hash);

	while (i != XC_NO && !same_site(&cache->site[i].addr, addr))
		i = xc_index_next(&cache->site_index, i);
	return i;
}

/* There are as many numbers as places: one is free. */
static uint32_t new_site(struct xc_cache *cache, const struct in6_addr *addr, uint32_t hash)
{
	uint32_t i = cache->site_free;
	struct site *site = &cache->site[i];

	cache->site_free = site->own.first;
	*site = (struct site){ .addr = *addr, .own = XC_ORDER_EMPTY };
	xc_index_add(&cache->site_index, i, hash);
	return i;
}

static void leave_site(struct xc_cache *cache, uint32_t place)
{
	uint32_t i = cache->site_of[place];
	struct site *site = &cache->site[i];

	xc_order_remove(&site->own, cache->own_link, place);
	if (--site->count)
		return;
	xc_index_remove(&cache->site_index, i);
	site->own.first = cache->site_free;
	cache->site_free = i;
}

static void join_site(struct xc_cache *cache, uint32_t place, const struct in6_addr *addr,
		      uint32_t hash)
{
	uint32_t i = find_site(cache, addr, hash);

	if (i == XC_NO)
		i = new_site(cache, addr, hash);
	cache->site_of[place] = i;
	cache->site[i].count++;
	xc_order_add(&cache->site[i].own, cache->own_link, place);
}

/* --- adding --- */

static void remove_entry(struct xc_cache *cache, uint32_t place)
{
	xc_index_remove(&cache->index, place);
	xc_order_remove(&cache->all, cache->all_link, place);
	leave_site(cache, place);
}

/* An empty place for an entry of a site, by the rule of cache.h. */
static uint32_t make_room(struct xc_cache *cache, const struct in6_addr *addr, uint32_t hash)
{
	uint32_t site = find_site(cache, addr, hash), place;

	if (site != XC_NO && cache->site[site].count >= cache->share)
		place = cache->site[site].own.first;
	else if (cache->count < cache->size)
		return cache->count++;
	else
		place = cache->all.first;
	remove_entry(cache, place);
	return place;
}

static void write_proof(struct xc_cache *cache, uint32_t i, const struct xc_cache_entry *entry)
{
	if (entry->proof && proof_len(cache->kex))
		memcpy(cache->body + i * cache->body_len + proof_at(cache->kex), entry->proof,
		       proof_len(cache->kex));
}

static void write_body(struct xc_cache *cache, uint32_t i, const struct xc_cache_entry *entry)
{
	size_t peer_max = xc_cache_peer_max(cache->kex);
	size_t answer_len = xc_cache_answer_len(cache->kex);
	uint8_t *body = cache->body + i * cache->body_len;

	memset(body, 0, cache->body_len);
	body[0] = entry->bound;
	memcpy(body + 1, &entry->peer_len, sizeof(uint16_t));
	memcpy(body + BODY_HEAD, entry->peer, entry->peer_len);
	if (entry->answer && answer_len)
		memcpy(body + BODY_HEAD + peer_max, entry->answer, answer_len);
	write_proof(cache, i, entry);
	memcpy(body + cache->body_len - cache->kex->shared_len, entry->shared,
	       cache->kex->shared_len);
}

void xc_cache_add(struct xc_cache *cache, const struct xc_cache_entry *entry)
{
	uint32_t hash, site_hash, place;

	if (!hash_of(cache, entry, &hash) ||
	    !xc_keyhash(cache->keyhash, &entry->site, sizeof(entry->site), NULL, 0, &site_hash))
		return;
	place = cache_place(cache, entry, hash);
	if (place != XC_NO) {
		use(cache, place);
		write_proof(cache, place, entry);
		return;
	}
	place = make_room(cache, &entry->site, site_hash);
	write_body(cache, place, entry);
	xc_index_add(&cache->index, place, hash);
	xc_order_add(&cache->all, cache->all_link, place);
	join_site(cache, place, &entry->site, site_hash);
}
