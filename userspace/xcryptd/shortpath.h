/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Peers to which the path may not carry lines of more than 512 octets, as some firewalls do: an
 * exchange with long lines broke off before anything came back. The next ones take a suite with
 * short lines, for a while: better without ML-KEM than in the clear.
 */
#ifndef XCRYPTD_SHORTPATH_H
#define XCRYPTD_SHORTPATH_H

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>

#define XC_SHORTPATH_MAX	256		/* peers; the one learned first goes */
#define XC_SHORTPATH_TIME	3600000		/* milliseconds */

/**
 * struct xc_shortpath - the peers
 * @count:	learned since the start
 * @used:	exchanges that kept to short lines
 * @one:	the latest
 */
struct xc_shortpath {
	uint64_t count;
	uint64_t used;
	struct {
		struct in6_addr addr;
		uint64_t until;		/* xc_loop_now() */
	} one[XC_SHORTPATH_MAX];
};

void xc_shortpath_add(struct xc_shortpath *paths, const struct in6_addr *addr, uint64_t now);

bool xc_shortpath_has(const struct xc_shortpath *paths, const struct in6_addr *addr,
		      uint64_t now);

#endif
