// SPDX-License-Identifier: GPL-2.0
#include "store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a row of the table has: a name without identities is none. */
struct entry {
	uint16_t version;
	uint8_t count;
	struct xc_met met[];
};

static size_t entry_size(unsigned int count)
{
	return sizeof(struct entry) + count * sizeof(struct xc_met);
}

static struct entry *entry_of(const struct xc_peers *peers, uint32_t number)
{
	return peers->names.row[number].data;
}

static bool has_pin(const struct entry *e)
{
	unsigned int i;

	for (i = 0; i < e->count; i++) {
		if (e->met[i].state == XC_PEER_PINNED)
			return true;
	}
	return false;
}

/* Where the identity is among a name's; NULL: it is not. */
static struct xc_met *met_of(struct entry *e, const uint8_t *identity)
{
	unsigned int i;

	for (i = 0; e && identity && i < e->count; i++) {
		if (!memcmp(e->met[i].identity, identity, XC_IDENTITY_LEN))
			return &e->met[i];
	}
	return NULL;
}

/* --- life --- */

struct xc_peers *xc_peers_new(unsigned int size, unsigned int days)
{
	struct xc_peers *peers = calloc(1, sizeof(*peers));

	if (!peers)
		return NULL;
	peers->days = days;
	if (!xc_table_init(&peers->names, size) || !xc_domains_init(&peers->domains, size)) {
		xc_peers_free(peers);
		return NULL;
	}
	return peers;
}

void xc_peers_free(struct xc_peers *peers)
{
	uint32_t i;

	if (!peers)
		return;
	for (i = 0; peers->names.row && i < peers->names.size; i++)
		free(peers->names.row[i].data);
	xc_table_free(&peers->names);
	xc_domains_free(&peers->domains);
	free(peers);
}

uint16_t xc_peers_since(const struct xc_peers *peers, uint16_t today)
{
	return today > peers->days ? today - peers->days : 0;
}

/* --- rows --- */

static void remove_row(struct xc_peers *peers, uint32_t number)
{
	struct entry *e = entry_of(peers, number);

	while (e->count)
		peers->stats.identities[e->met[--e->count].state]--;
	free(e);
	xc_table_remove(&peers->names, number);
	peers->dirty = true;
}

/* It may have a pin now, or none any more; it is one of those that have, or met just now. */
static void settle_row(struct xc_peers *peers, uint32_t number)
{
	xc_table_hold(&peers->names, number, has_pin(entry_of(peers, number)));
	peers->dirty = true;
}

/* A free number, if need be that of the unpinned name met longest ago. */
static bool make_room(struct xc_peers *peers)
{
	if (peers->names.count < peers->names.size)
		return true;
	if (peers->names.order.first == XC_NO)
		return false;
	remove_row(peers, peers->names.order.first);
	peers->stats.displaced++;
	return true;
}

/* As it is to lie in the table. NULL: no memory. */
static struct entry *entry_new(const struct xc_peer *peer)
{
	struct entry *e = malloc(entry_size(peer->count));

	if (!e)
		return NULL;
	*e = (struct entry){ .version = peer->version, .count = peer->count };
	memcpy(e->met, peer->met, peer->count * sizeof(*peer->met));
	return e;
}

/* Give the entry, which becomes the table's, a number. XC_NO: no memory, and the entry is gone. */
static uint32_t add_row(struct xc_peers *peers, const char *name, struct entry *e)
{
	uint32_t number = xc_table_add(&peers->names, name);
	unsigned int i;

	if (number == XC_NO) {
		free(e);
		return XC_NO;
	}
	peers->names.row[number].data = e;
	for (i = 0; i < e->count; i++)
		peers->stats.identities[e->met[i].state]++;
	settle_row(peers, number);
	return number;
}

/* A name with this one identity. 0; -ENOSPC; -ENOMEM. */
static int add_name(struct xc_peers *peers, const char *name, const struct xc_met *met,
		    uint32_t *number)
{
	const struct xc_peer peer = { .count = 1, .met = met };
	struct entry *e;

	if (!make_room(peers))
		return -ENOSPC;
	e = entry_new(&peer);
	*number = e ? add_row(peers, name, e) : XC_NO;
	return *number == XC_NO ? -ENOMEM : 0;
}

/* Another identity for a name that has fewer than it may. 0 or -ENOMEM. */
static int add_met(struct xc_peers *peers, uint32_t number, const struct xc_met *met)
{
	unsigned int count = entry_of(peers, number)->count;
	struct entry *e = realloc(entry_of(peers, number), entry_size(count + 1));

	if (!e)
		return -ENOMEM;
	peers->names.row[number].data = e;
	e->met[e->count++] = *met;
	peers->stats.identities[met->state]++;
	settle_row(peers, number);
	return 0;
}

/* Those behind it move up, so that their order stays. The name goes with its last identity. */
static void drop_met(struct xc_peers *peers, uint32_t number, struct xc_met *met)
{
	struct entry *e = entry_of(peers, number);

	peers->stats.identities[met->state]--;
	e->count--;
	memmove(met, met + 1, (char *)&e->met[e->count] - (char *)met);
	if (e->count)
		settle_row(peers, number);
	else
		remove_row(peers, number);
}

/* Forget what was not met since a day. The number, or XC_NO if nothing is left. */
static uint32_t forget_old(struct xc_peers *peers, uint32_t number, uint16_t since)
{
	unsigned int i = 0, count = number == XC_NO ? 0 : entry_of(peers, number)->count;

	while (i < count) {
		struct xc_met *met = &entry_of(peers, number)->met[i];

		if (met->state == XC_PEER_PINNED || met->last >= since) {
			i++;
			continue;
		}
		drop_met(peers, number, met);
		peers->stats.forgotten++;
		count--;
	}
	return count ? number : XC_NO;
}

/* --- what is asked --- */

static uint32_t find_row(struct xc_peers *peers, const char *name, uint16_t today)
{
	return forget_old(peers, xc_table_find(&peers->names, name),
			  xc_peers_since(peers, today));
}

void xc_peers_look(struct xc_peers *peers, const char *name, const char *domain,
		   const uint8_t *identity, uint16_t today, struct xc_meeting *meeting)
{
	uint32_t number = find_row(peers, name, today);
	struct entry *e = number == XC_NO ? NULL : entry_of(peers, number);
	const struct xc_met *met = met_of(e, identity);

	meeting->kept = e ? e->count : 0;
	meeting->highest = e ? e->version : 0;
	meeting->met = met ? (enum xc_peer_state)met->state : XC_PEER_UNKNOWN;
	meeting->new_name = xc_domains_other(&peers->domains, domain, name,
					     xc_peers_since(peers, today));
}

bool xc_peers_at(const struct xc_peers *peers, uint32_t number, struct xc_peer *peer)
{
	const struct entry *e;

	if (number >= peers->names.size || !peers->names.row[number].name)
		return false;
	e = entry_of(peers, number);
	*peer = (struct xc_peer){ peers->names.row[number].name, e->version, e->count, e->met };
	return true;
}

bool xc_peers_find(struct xc_peers *peers, const char *name, uint16_t today,
		   struct xc_peer *peer)
{
	return xc_peers_at(peers, find_row(peers, name, today), peer);
}

/* --- what is learned --- */

static int learn(struct xc_peers *peers, uint32_t *number, const char *name,
		 const uint8_t *identity, uint16_t today)
{
	struct xc_met met = { .since = today, .last = today };

	met.state = *number == XC_NO ? XC_PEER_FIRST : XC_PEER_UNCONFIRMED;
	memcpy(met.identity, identity, XC_IDENTITY_LEN);
	if (*number == XC_NO)
		return add_name(peers, name, &met, number);
	if (entry_of(peers, *number)->count == XC_PEER_IDENTITIES)
		return -ENOSPC;
	return add_met(peers, *number, &met);
}

/* Another day, another version: what is kept has changed. */
static void meet(struct xc_peers *peers, uint32_t number, struct xc_met *met, uint16_t version,
		 uint16_t today)
{
	struct entry *e = entry_of(peers, number);

	xc_table_use(&peers->names, number);
	/* A clock that was set back makes nothing older. */
	if (met->last < today) {
		met->last = today;
		peers->dirty = true;
	}
	if (e->version < version) {
		e->version = version;
		peers->dirty = true;
	}
}

void xc_peers_met(struct xc_peers *peers, const char *name, const uint8_t *identity,
		  uint16_t version, bool learn_it, uint16_t today)
{
	uint32_t number = find_row(peers, name, today);
	struct xc_met *met = number == XC_NO ? NULL : met_of(entry_of(peers, number), identity);

	if (!met && learn_it) {
		if (learn(peers, &number, name, identity, today)) {
			peers->stats.not_learned++;
			return;
		}
		peers->stats.learned++;
		met = met_of(entry_of(peers, number), identity);
	}
	if (met)
		meet(peers, number, met, version, today);
}

/* The unpinned one that was met longest ago; NULL: all are pinned. */
static struct xc_met *oldest_unpinned(struct entry *e)
{
	struct xc_met *oldest = NULL;
	unsigned int i;

	for (i = 0; i < e->count; i++) {
		if (e->met[i].state != XC_PEER_PINNED &&
		    (!oldest || e->met[i].last < oldest->last))
			oldest = &e->met[i];
	}
	return oldest;
}

static int pin_new(struct xc_peers *peers, uint32_t number, const char *name,
		   const uint8_t *identity, uint16_t today)
{
	struct xc_met met = { .state = XC_PEER_PINNED, .since = today }, *oldest;

	memcpy(met.identity, identity, XC_IDENTITY_LEN);
	if (number == XC_NO)
		return add_name(peers, name, &met, &number);
	if (entry_of(peers, number)->count == XC_PEER_IDENTITIES) {
		oldest = oldest_unpinned(entry_of(peers, number));
		if (!oldest)
			return -EDQUOT;
		drop_met(peers, number, oldest);
	}
	return add_met(peers, number, &met);
}

int xc_peers_pin(struct xc_peers *peers, const char *name, const uint8_t *identity,
		 uint16_t today)
{
	uint32_t number = xc_table_find(&peers->names, name);
	struct xc_met *met = number == XC_NO ? NULL : met_of(entry_of(peers, number), identity);

	if (!met)
		return pin_new(peers, number, name, identity, today);
	peers->stats.identities[met->state]--;
	met->state = XC_PEER_PINNED;
	peers->stats.identities[met->state]++;
	settle_row(peers, number);
	return 0;
}

int xc_peers_put(struct xc_peers *peers, const struct xc_peer *peer)
{
	struct entry *e;

	if (xc_table_find(&peers->names, peer->name) != XC_NO)
		return -EEXIST;
	e = entry_new(peer);
	if (!e)
		return -ENOMEM;
	if (!make_room(peers)) {
		bool pinned = has_pin(e);

		free(e);
		peers->stats.displaced += !pinned;
		return pinned ? -ENOSPC : 0;
	}
	return add_row(peers, peer->name, e) == XC_NO ? -ENOMEM : 0;
}

/* --- what is forgotten --- */

int xc_peers_forget(struct xc_peers *peers, const char *name, const uint8_t *identity)
{
	uint32_t number = xc_table_find(&peers->names, name);
	struct xc_met *met;

	if (number == XC_NO)
		return -ENOENT;
	if (!identity) {
		remove_row(peers, number);
		xc_domains_forget_server(&peers->domains, name);
		return 0;
	}
	met = met_of(entry_of(peers, number), identity);
	if (!met)
		return -ENOENT;
	drop_met(peers, number, met);
	return 0;
}

void xc_peers_expire(struct xc_peers *peers, uint16_t today)
{
	uint16_t since = xc_peers_since(peers, today);
	uint32_t i;

	if (peers->swept == today)
		return;
	peers->swept = today;
	for (i = 0; i < peers->names.size; i++) {
		if (peers->names.row[i].name)
			forget_old(peers, i, since);
	}
	xc_domains_expire(&peers->domains, since);
}
