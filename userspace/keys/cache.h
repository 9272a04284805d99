/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared secrets by the peer's public value, for one own key pair (protocol, section 6).
 *
 * Bounded: of a full cache the least recently used entry goes, and of a site (an IPv4
 * address, an IPv6 /64) that has its share, the least recently used of that site. Each call
 * takes the same time at any size and for any choice of keys, but xc_cache_clear().
 */
#ifndef XCRYPTD_CACHE_H
#define XCRYPTD_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>

#include "agreement/kex.h"

#define XC_CACHE_SIZE_MAX	(1u << 24)	/* entries */

struct xc_cache;

/* An entry as seen from outside. It is valid until the cache is changed. */
struct xc_cache_entry {
	struct in6_addr site;	/* who first brought it */
	bool bound;		/* we are b, and what we say tells the peer apart: for its site */
	uint16_t peer_len;
	const uint8_t *peer;	/* the peer's public value */
	const uint8_t *answer;	/* K_b where the key agreement encapsulates, else NULL */
	const struct xc_proof *proof;	/* I_b and S_b in version 3, else NULL */
	const uint8_t *shared;	/* S */
};

/* Whether entries of b's role are bound; else who was a may be b the next time. */
bool xc_cache_binds(const struct xc_kex *kex);

/*
 * Room for size entries (1 to XC_CACHE_SIZE_MAX), share of them a site. NULL: no memory. All
 * memory is taken at once: what is in use later cannot fail.
 */
struct xc_cache *xc_cache_new(const struct xc_kex *kex, unsigned int size, unsigned int share);
void xc_cache_free(struct xc_cache *cache);

/* Octets that a cache of size entries takes, locked in memory and in all. */
size_t xc_cache_memory_locked(const struct xc_kex *kex, unsigned int size);
size_t xc_cache_memory(const struct xc_kex *kex, unsigned int size);

/* Zero all entries. */
void xc_cache_clear(struct xc_cache *cache);

unsigned int xc_cache_count(const struct xc_cache *cache);

/*
 * Find by entry's peer, peer_len and bound, and if bound by its site, too; and fill in the rest.
 * 0 and now the latest used, or -ENOENT.
 */
int xc_cache_find(struct xc_cache *cache, struct xc_cache_entry *entry);

/*
 * Copy an entry in as the latest used, in the place of an older one if need be. Of one that
 * xc_cache_find() would find only the proof is replaced.
 */
void xc_cache_add(struct xc_cache *cache, const struct xc_cache_entry *entry);

/* The entry in place i, which runs from 0. False if the place is empty or there is none. */
bool xc_cache_at(const struct xc_cache *cache, unsigned int i, struct xc_cache_entry *entry);
unsigned int xc_cache_places(const struct xc_cache *cache);

/*
 * The entry that was used next after the one in place *at, which becomes its place; at first
 * *at is XC_CACHE_BEGIN, which gives the least recently used. False behind the last.
 */
#define XC_CACHE_BEGIN	UINT32_MAX
bool xc_cache_later(const struct xc_cache *cache, uint32_t *at, struct xc_cache_entry *entry);

/* The lengths of one entry's parts. */
size_t xc_cache_peer_max(const struct xc_kex *kex);
size_t xc_cache_answer_len(const struct xc_kex *kex);

#endif
