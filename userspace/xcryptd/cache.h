/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared secrets by the peer's public value, for one own key pair (protocol, section 6).
 *
 * Bounded: of a full cache the least recently used entry goes, and of a site (an IPv4
 * address, an IPv6 /64) that has its share, the least recently used of that site.
 */
#ifndef XCRYPTD_CACHE_H
#define XCRYPTD_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>

#include "kex.h"

struct xc_cache;

/* An entry as seen from outside. It is valid until the cache is changed. */
struct xc_cache_entry {
	struct in6_addr site;	/* who first brought it */
	uint64_t used;		/* the greater, the later; 0 is never */
	uint16_t peer_len;
	const uint8_t *peer;	/* the peer's public value */
	const uint8_t *answer;	/* K_b where the key agreement encapsulates, else NULL */
	const uint8_t *shared;	/* S */
};

/* Room for size entries, share of them a site. NULL: no memory. */
struct xc_cache *xc_cache_new(const struct xc_kex *kex, unsigned int size, unsigned int share);
void xc_cache_free(struct xc_cache *cache);

/* Zero all entries. */
void xc_cache_clear(struct xc_cache *cache);

unsigned int xc_cache_count(const struct xc_cache *cache);

/* Find by entry's peer and peer_len and fill in the rest. 0 and now the latest used, or -ENOENT. */
int xc_cache_find(struct xc_cache *cache, struct xc_cache_entry *entry);

/*
 * Copy an entry in, in the place of an older one if need be. used orders it among the others;
 * 0 makes it the latest. No effect if the peer is there.
 */
void xc_cache_add(struct xc_cache *cache, const struct xc_cache_entry *entry);

/* The entry in place i, which runs from 0. False if the place is empty or there is none. */
bool xc_cache_at(const struct xc_cache *cache, unsigned int i, struct xc_cache_entry *entry);
unsigned int xc_cache_places(const struct xc_cache *cache);

/* The lengths of one entry's parts. */
size_t xc_cache_peer_max(const struct xc_kex *kex);
size_t xc_cache_answer_len(const struct xc_kex *kex);

#endif
