// SPDX-License-Identifier: GPL-2.0
#include "places.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "common/addr.h"

unsigned int xc_places_kept(unsigned int all)
{
	return all < 4 ? 1 : all / 4;
}

/*
 * FNV-1a. Who chooses addresses that fall into one bucket gains nothing: there are never more
 * places than the kernel has requests, and each site brings only its share.
 */
static struct xc_place **site_bucket(struct xc_places *places, const struct in6_addr *site)
{
	uint32_t hash = 2166136261u;
	size_t i;

	for (i = 0; i < sizeof(site->s6_addr); i++)
		hash = (hash ^ site->s6_addr[i]) * 16777619u;
	return &places->site[hash % XC_PLACE_BUCKETS];
}

static struct xc_place **user_bucket(struct xc_places *places, uint32_t uid)
{
	return &places->user[uid % XC_PLACE_BUCKETS];
}

/* Both stop counting at what is too many: further they need not know. */
static bool site_has(const struct xc_place *at, const struct xc_place *of, unsigned int share)
{
	unsigned int count = 0;

	for (; at && count < share; at = at->by_site.next)
		count += at->in == of->in && !memcmp(&at->site, &of->site, sizeof(at->site));
	return count >= share;
}

static bool user_has(const struct xc_place *at, uint32_t uid, unsigned int share)
{
	unsigned int count = 0;

	for (; at && count < share; at = at->by_user.next)
		count += at->uid == uid;
	return count >= share;
}

static unsigned int places_left(const struct xc_places *places, unsigned int all)
{
	unsigned int taken = places->taken[0] + places->taken[1];

	/* A reload may have left more than there are now. */
	return taken < all ? all - taken : 0;
}

static bool is_full(const struct xc_places *places, unsigned int all, bool in)
{
	return !places_left(places, all) || places->taken[in] >= all - xc_places_kept(all);
}

/* 0 or why not. */
static int may_take(struct xc_places *places, const struct xc_place_limits *limits,
		    const struct xc_place *place)
{
	if (site_has(*site_bucket(places, &place->site), place, limits->share))
		return -EDQUOT;
	if (is_full(places, limits->all, place->in))
		return -EUSERS;
	if (place->uid && user_has(*user_bucket(places, place->uid), place->uid,
				   places_left(places, limits->all)))
		return -EPERM;
	return 0;
}

int xc_places_take(struct xc_places *places, const struct xc_place_limits *limits,
		   struct xc_place *place, const struct xc_place_wish *wish)
{
	struct xc_place **site, **user;
	int err;

	xc_addr_site(&place->site, wish->addr);
	place->in = wish->in;
	place->uid = wish->uid;
	err = may_take(places, limits, place);
	if (err)
		return err;
	places->taken[place->in]++;
	site = site_bucket(places, &place->site);
	user = user_bucket(places, place->uid);
	place->by_site = (struct xc_place_link){ *site, site };
	place->by_user = (struct xc_place_link){ *user, user };
	if (*site)
		(*site)->by_site.link = &place->by_site.next;
	if (*user)
		(*user)->by_user.link = &place->by_user.next;
	*site = place;
	*user = place;
	return 0;
}

void xc_places_give(struct xc_places *places, struct xc_place *place)
{
	if (!place->by_site.link)
		return;
	places->taken[place->in]--;
	*place->by_site.link = place->by_site.next;
	*place->by_user.link = place->by_user.next;
	if (place->by_site.next)
		place->by_site.next->by_site.link = place->by_site.link;
	if (place->by_user.next)
		place->by_user.next->by_user.link = place->by_user.link;
	place->by_site.link = NULL;
	place->by_user.link = NULL;
}
