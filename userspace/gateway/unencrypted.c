// SPDX-License-Identifier: GPL-2.0
#include "unencrypted.h"

static bool is_peer(const struct unencrypted_peer *peer, const struct in6_addr *addr, bool in)
{
	return peer->sessions && peer->in == in && IN6_ARE_ADDR_EQUAL(&peer->addr, addr);
}

/* Its place, else a free one, else the oldest one's. */
static struct unencrypted_peer *place(struct unencrypted *list, const struct in6_addr *addr,
				      bool in)
{
	struct unencrypted_peer *peer, *oldest = &list->peer[0];

	for (peer = list->peer; peer < list->peer + UNENCRYPTED_MAX; peer++) {
		if (is_peer(peer, addr, in))
			return peer;
		/* A free one is the oldest of all. */
		if (oldest->sessions && (!peer->sessions || peer->last < oldest->last))
			oldest = peer;
	}
	*oldest = (struct unencrypted_peer){ .addr = *addr, .in = in };
	return oldest;
}

void unencrypted_add(struct unencrypted *list, const struct in6_addr *addr, bool in, int why,
		     uint64_t now)
{
	struct unencrypted_peer *peer = place(list, addr, in);

	peer->why = why;
	peer->sessions++;
	peer->last = now;
}

void unencrypted_remove(struct unencrypted *list, const struct in6_addr *addr, bool in)
{
	struct unencrypted_peer *peer;

	for (peer = list->peer; peer < list->peer + UNENCRYPTED_MAX; peer++) {
		if (is_peer(peer, addr, in))
			peer->sessions = 0;
	}
}
