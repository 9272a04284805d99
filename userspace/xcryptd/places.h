/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How many exchanges may be under way at once. No address takes what others need, and what
 * comes in does not take what goes out: a part of the places is kept for each direction, and a
 * site (IPv4 address, IPv6 /64) has a share of each. Whoever asks on this machine, with sockets
 * to as many addresses of his own as he likes, has no more than is then left for all others, as
 * with the kernel (docs/upcall.md); root may have all.
 */
#ifndef XCRYPTD_PLACES_H
#define XCRYPTD_PLACES_H

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>

#define XC_PLACE_BUCKETS	1024

/* In a bucket. @link points to what points to this one; NULL: it is in none. */
struct xc_place_link {
	struct xc_place *next;
	struct xc_place **link;
};

/**
 * struct xc_place - one exchange's; lives with it
 * @by_site:	in its site's bucket
 * @by_user:	in its user's
 * @site:	of the peer
 * @in:		we are b
 * @uid:	who asked for it
 */
struct xc_place {
	struct xc_place_link by_site;
	struct xc_place_link by_user;
	struct in6_addr site;
	bool in;
	uint32_t uid;
};

struct xc_places {
	struct xc_place *site[XC_PLACE_BUCKETS];
	struct xc_place *user[XC_PLACE_BUCKETS];
	unsigned int taken[2];		/* 0: as a, 1: as b */
};

/**
 * struct xc_place_limits - what is configured
 * @all:	exchanges at once, 2 or more
 * @share:	of them for one site in one direction
 */
struct xc_place_limits {
	unsigned int all;
	unsigned int share;
};

/* Of all places a quarter, and at least one, is kept for each direction. */
unsigned int xc_places_kept(unsigned int all);

/**
 * struct xc_place_wish - for whom
 * @addr:	the peer's address
 * @in:		we are b
 * @uid:	who asks
 */
struct xc_place_wish {
	const struct in6_addr *addr;
	bool in;
	uint32_t uid;
};

/*
 * 0; -EUSERS: this direction has none left; -EDQUOT: the site has its share; -EPERM: the user
 * has as many as are left.
 */
int xc_places_take(struct xc_places *places, const struct xc_place_limits *limits,
		   struct xc_place *place, const struct xc_place_wish *wish);

/* Give back what was taken; nothing happens if it was not. */
void xc_places_give(struct xc_places *places, struct xc_place *place);

#endif
