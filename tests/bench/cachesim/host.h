/* SPDX-License-Identifier: GPL-2.0 */
/* One mail host: its key pair's age and its cache (userspace/keys/keyring.c). */
#ifndef _CACHESIM_HOST_H
#define _CACHESIM_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "lru.h"

/**
 * struct host - whose sessions are counted
 * @lifetime:	of its key pair, seconds
 * @on_the_clock: a new pair every @lifetime, as the paper reckons; else, as xcryptd does it,
 *		at the first session after the old one's time
 * @expires:	when the pair's time is over
 * @sessions, @computations: so far
 */
struct host {
	struct lru *cache;
	double lifetime;
	bool on_the_clock;
	double expires;
	uint64_t sessions;
	uint64_t computations;
};

/* A session at @now, not before the last, with the peer's public value @key from @site. */
static inline void host_session(struct host *host, double now, uint64_t key, unsigned int site)
{
	if (now >= host->expires) {
		lru_clear(host->cache);
		if (!host->on_the_clock)
			host->expires = now;
		while (host->expires <= now)
			host->expires += host->lifetime;
	}
	host->sessions++;
	host->computations += !lru_use(host->cache, key, site);
}

#endif /* _CACHESIM_HOST_H */
