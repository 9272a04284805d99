// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "host.h"
#include "paper.h"

#define LIFETIME	7200.0
#define HUB		0
#define OTHERS		(PAPER_MESSAGES - PAPER_HUB)

/* What xcryptd.conf has. */
#define CACHE_SIZE	4096
#define CACHE_SHARE	64

static uint64_t hub_key(double now, bool peer_too)
{
	return peer_too ? (uint64_t)floor(now / LIFETIME + 0.5) : 0;
}

uint64_t paper_computations(bool on_the_clock, bool peer_too)
{
	struct host host = { .lifetime = LIFETIME, .on_the_clock = on_the_clock };
	unsigned int hub = 0, other = 0;

	host.cache = lru_new(CACHE_SIZE, CACHE_SHARE, 1 + OTHERS);
	for (unsigned int i = 0; i < PAPER_MESSAGES; i++) {
		double now = (i + 0.5) * PAPER_HOURS * 3600 / PAPER_MESSAGES;

		/* Spread evenly: whoever is behind its part of the messages. */
		if (hub * (uint64_t)PAPER_MESSAGES <= i * (uint64_t)PAPER_HUB && hub < PAPER_HUB) {
			host_session(&host, now, hub_key(now, peer_too), HUB);
			hub++;
		} else {
			other++;
			host_session(&host, now, (uint64_t)other << 32, other);
		}
	}
	lru_free(host.cache);
	return host.computations;
}
