/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How many lines one site may have in the log: what a peer does a thousand times is told a
 * few hundred times, and counted.
 */
#ifndef XCRYPTD_LOGRATE_H
#define XCRYPTD_LOGRATE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/log.h"
#include "keys/keyhash.h"

#define XC_LOGRATE_BURST	500	/* lines at once */
#define XC_LOGRATE_INTERVAL	50	/* milliseconds for one more */
#define XC_LOGRATE_SETS		256
#define XC_LOGRATE_WAYS		4

/**
 * struct xc_lograte_site - an IPv4 address or IPv6 /64
 * @free:	when all of its lines are allowed again; milliseconds as xc_loop_now()
 * @suppressed:	lines that nobody has told of yet
 */
struct xc_lograte_site {
	struct in6_addr site;
	uint64_t free;
	uint64_t suppressed;
};

/**
 * struct xc_lograte - the sites with lines of late; all zero but for @hash at first
 * @hash:	so that nobody chooses who shares a set with whom
 * @suppressed:	lines, since the start
 */
struct xc_lograte {
	struct xc_keyhash *hash;
	uint64_t suppressed;
	struct xc_lograte_site site[XC_LOGRATE_SETS][XC_LOGRATE_WAYS];
};

/* Whether a line about this address is to be written; if not it is counted. */
bool xc_lograte_allow(struct xc_lograte *rate, const struct xc_log *log,
		      const struct in6_addr *addr, uint64_t now);

/* Tell how many lines were suppressed, for each site once. To be called from a timer. */
void xc_lograte_tell(struct xc_lograte *rate, const struct xc_log *log);

#endif
