/* SPDX-License-Identifier: GPL-2.0 */
/* How many sessions a site has, an IPv4 address or an IPv6 /64, without a look at all of them. */
#ifndef XCRYPT_GATEWAY_SITES_H
#define XCRYPT_GATEWAY_SITES_H

#include <netinet/in.h>

#define SITES_BUCKETS	4096

/* Part of a session; all zero at first. */
struct site {
	struct site *next;
	struct site **link;	/* what points to this one; NULL: it is in no bucket */
	struct in6_addr addr;
};

struct sites {
	struct site *bucket[SITES_BUCKETS];
};

/* Sessions of the site that has this address. */
unsigned int sites_count(const struct sites *sites, const struct in6_addr *addr);

void sites_add(struct sites *sites, struct site *site, const struct in6_addr *addr);
/* Nothing happens if it was not added. */
void sites_remove(struct site *site);

#endif
