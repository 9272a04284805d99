// SPDX-License-Identifier: GPL-2.0
/*
 * The store of known peers: what it learns, keeps and forgets, its bounds; and a long random
 * series of meetings beside a model that has no tables.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "peers/store.h"
#include "tap.h"

#define TODAY	20000
#define V30	0x300
#define V31	0x301

static uint8_t key[64][XC_IDENTITY_LEN];

static void make_keys(void)
{
	int i;

	for (i = 0; i < 64; i++)
		memset(key[i], i + 1, XC_IDENTITY_LEN);
}

static struct xc_meeting look(struct xc_peers *p, const char *name, const uint8_t *id, uint16_t day)
{
	struct xc_meeting m = { 0 };

	xc_peers_look(p, name, "", id, day, &m);
	return m;
}

static enum xc_peer_state state(struct xc_peers *p, const char *name, int id, uint16_t day)
{
	return look(p, name, key[id], day).met;
}

static void test_learning(void)
{
	struct xc_peers *p = xc_peers_new(10, 30);
	struct xc_meeting m = look(p, "a", key[0], TODAY);

	is(!m.kept && !m.highest && m.met == XC_PEER_UNKNOWN, "nothing is known at first");
	xc_peers_met(p, "a", key[0], V30, false, TODAY);
	is(!look(p, "a", key[0], TODAY).kept, "nor learned if it is not to be");
	xc_peers_met(p, "a", key[0], V30, true, TODAY);
	m = look(p, "a", key[0], TODAY);
	is(m.kept == 1 && m.highest == V30 && m.met == XC_PEER_FIRST, "the first identity is first");
	xc_peers_met(p, "a", key[1], V31, true, TODAY);
	m = look(p, "a", key[1], TODAY);
	is(m.kept == 2 && m.highest == V31 && m.met == XC_PEER_UNCONFIRMED, "the second is unconfirmed");
	xc_peers_met(p, "a", key[0], V30, true, TODAY);
	is(look(p, "a", NULL, TODAY).highest == V31, "the highest version stays the highest");
	is(state(p, "a", 0, TODAY) == XC_PEER_FIRST, "and first stays first");
	is(state(p, "b", 0, TODAY) == XC_PEER_UNKNOWN, "another name has nothing of it");
	is(p->stats.learned == 2 && p->stats.identities[XC_PEER_FIRST] == 1 &&
	   p->stats.identities[XC_PEER_UNCONFIRMED] == 1, "it is counted");
	xc_peers_free(p);
}

static void test_eight(void)
{
	struct xc_peers *p = xc_peers_new(10, 30);
	int i, err = 0;

	for (i = 0; i < 9; i++)
		xc_peers_met(p, "a", key[i], V31, true, TODAY + i);
	is(look(p, "a", NULL, TODAY).kept == 8 && state(p, "a", 8, TODAY) == XC_PEER_UNKNOWN &&
	   p->stats.not_learned == 1, "a ninth is not learned, and counted");
	is(!xc_peers_pin(p, "a", key[8], TODAY) && state(p, "a", 8, TODAY) == XC_PEER_PINNED &&
	   state(p, "a", 0, TODAY) == XC_PEER_UNKNOWN && look(p, "a", NULL, TODAY).kept == 8,
	   "but pinned, in the place of the unpinned one met longest ago");
	for (i = 1; i < 8; i++)
		err |= xc_peers_pin(p, "a", key[i], TODAY);
	is(!err && xc_peers_pin(p, "a", key[9], TODAY) == -EDQUOT, "eight pins are all there can be");
	is(!xc_peers_pin(p, "a", key[1], TODAY), "one that is pinned can be pinned again");
	is(p->stats.identities[XC_PEER_PINNED] == 8 && !p->stats.identities[XC_PEER_FIRST] &&
	   !p->stats.identities[XC_PEER_UNCONFIRMED], "counted by state");
	xc_peers_free(p);
}

static void test_pins(void)
{
	struct xc_peers *p = xc_peers_new(10, 30);
	struct xc_peer peer;

	is(!xc_peers_pin(p, "a", key[0], TODAY), "pinned before any meeting");
	is(xc_peers_find(p, "a", TODAY, &peer) && peer.count == 1 && !peer.version &&
	   peer.met[0].since == TODAY && !peer.met[0].last, "no version, no meeting");
	xc_peers_met(p, "a", key[0], V31, true, TODAY + 2);
	is(xc_peers_find(p, "a", TODAY, &peer) && peer.version == V31 && peer.met[0].since == TODAY &&
	   peer.met[0].last == TODAY + 2 && peer.met[0].state == XC_PEER_PINNED, "then met");
	xc_peers_met(p, "a", key[1], V31, true, TODAY);
	is(state(p, "a", 1, TODAY) == XC_PEER_UNCONFIRMED, "another beside a pin is unconfirmed");
	is(!xc_peers_pin(p, "a", key[1], TODAY) && state(p, "a", 1, TODAY) == XC_PEER_PINNED &&
	   state(p, "a", 0, TODAY) == XC_PEER_PINNED, "confirmed, beside the older pin");
	is(!xc_peers_forget(p, "a", key[0]) && state(p, "a", 0, TODAY) == XC_PEER_UNKNOWN,
	   "the older one forgotten");
	is(xc_peers_forget(p, "a", key[0]) == -ENOENT && xc_peers_forget(p, "b", NULL) == -ENOENT,
	   "what is not there cannot be");
	is(!xc_peers_forget(p, "a", key[1]) && !p->names.count, "with its last identity the name goes");
	xc_peers_free(p);
}

static void test_days(void)
{
	struct xc_peers *p = xc_peers_new(10, 30);
	struct xc_peer peer;

	xc_peers_met(p, "a", key[0], V31, true, TODAY);
	xc_peers_pin(p, "b", key[0], TODAY);
	xc_peers_met(p, "b", key[1], V31, true, TODAY);
	is(state(p, "a", 0, TODAY + 30) == XC_PEER_FIRST, "known for thirty days");
	is(!look(p, "a", key[0], TODAY + 31).kept, "not for more");
	is(state(p, "b", 0, TODAY + 31) == XC_PEER_PINNED && look(p, "b", NULL, TODAY + 31).kept == 1,
	   "what is pinned stays, what is beside it goes");
	is(p->stats.forgotten == 2 && p->names.count == 1, "counted");
	xc_peers_met(p, "c", key[0], V31, true, TODAY);
	xc_peers_met(p, "c", key[0], V31, true, TODAY + 20);
	is(xc_peers_find(p, "c", TODAY + 50, &peer) && peer.met[0].since == TODAY &&
	   peer.met[0].last == TODAY + 20, "a meeting makes it stay");
	xc_peers_met(p, "c", key[0], V31, true, TODAY - 100);
	is(xc_peers_find(p, "c", TODAY + 50, &peer) && peer.met[0].last == TODAY + 20,
	   "a clock that is set back does not make it older");
	xc_peers_expire(p, TODAY + 50);
	is(xc_peers_find(p, "c", TODAY, &peer), "a look at everything leaves what it must");
	xc_peers_expire(p, TODAY + 51);
	is(!xc_peers_find(p, "c", TODAY, &peer) && p->names.count == 1, "and takes the rest");
	p->days = 5;
	xc_peers_met(p, "d", key[0], V31, true, TODAY);
	is(state(p, "d", 0, TODAY + 5) && !state(p, "d", 0, TODAY + 6), "other days can be set");
	xc_peers_free(p);
}

static void test_attacker(void)
{
	struct xc_peers *p = xc_peers_new(10, 30);

	xc_peers_met(p, "a", key[9], V31, true, TODAY);
	is(state(p, "a", 9, TODAY) == XC_PEER_FIRST, "an attacker is met first");
	xc_peers_met(p, "a", key[0], V31, true, TODAY + 1);
	is(state(p, "a", 0, TODAY + 1) == XC_PEER_UNCONFIRMED, "the host is another identity");
	xc_peers_met(p, "a", key[0], V31, true, TODAY + 31);
	is(state(p, "a", 9, TODAY + 31) == XC_PEER_UNKNOWN, "the attacker's one visit is forgotten");
	is(state(p, "a", 0, TODAY + 31) == XC_PEER_UNCONFIRMED,
	   "the host's stays unconfirmed until somebody says so");
	xc_peers_free(p);
}

static void test_full(void)
{
	struct xc_peers *p = xc_peers_new(3, 30);
	const char *name[] = { "a", "b", "c", "d" };
	int i, err = 0;

	for (i = 0; i < 3; i++)
		xc_peers_met(p, name[i], key[i], V31, true, TODAY);
	xc_peers_met(p, "a", key[0], V31, true, TODAY);
	xc_peers_met(p, "d", key[3], V31, true, TODAY);
	is(state(p, "a", 0, TODAY) && !state(p, "b", 1, TODAY) && state(p, "d", 3, TODAY) &&
	   p->stats.displaced == 1, "of a full store the name met longest ago goes");
	for (i = 0; i < 3; i++)
		err |= xc_peers_pin(p, name[i], key[i], TODAY);
	is(!err && !state(p, "d", 3, TODAY), "a pin takes the place of an unpinned name");
	xc_peers_met(p, "d", key[3], V31, true, TODAY);
	is(!state(p, "d", 3, TODAY) && p->stats.not_learned == 1 &&
	   xc_peers_pin(p, "d", key[3], TODAY) == -ENOSPC, "a name with a pin never goes");
	is(!xc_peers_forget(p, "a", NULL) && !xc_peers_pin(p, "d", key[3], TODAY), "but by command");
	xc_peers_free(p);
}

/* --- domains --- */

static bool other(struct xc_peers *p, const char *domain, const char *name, uint16_t day)
{
	struct xc_meeting m = { 0 };

	xc_peers_look(p, name, domain, NULL, day, &m);
	return m.new_name;
}

static void test_domains(void)
{
	struct xc_peers *p = xc_peers_new(3, 30);
	struct xc_domains *d = &p->domains;
	const char *name[] = { "1", "2", "3", "4", "5", "6", "7", "8", "9" };
	int i;

	is(!other(p, "x.example", "mx1", TODAY) && !other(p, "", "mx1", TODAY), "no domain is known");
	xc_domains_served(d, "x.example", "mx1", false, TODAY);
	is(!other(p, "x.example", "mx2", TODAY), "nor after a session without an identity");
	xc_domains_served(d, "x.example", "mx1", true, TODAY);
	is(!other(p, "x.example", "mx1", TODAY) && other(p, "x.example", "mx2", TODAY),
	   "a server that is known, and one that is new");
	xc_domains_served(d, "x.example", "mx2", false, TODAY);
	is(!other(p, "x.example", "mx2", TODAY), "told of once");
	is(!other(p, "y.example", "mx2", TODAY), "another domain has nothing of it");
	is(other(p, "x.example", "mx3", TODAY + 30) && !other(p, "x.example", "mx3", TODAY + 31),
	   "forgotten as names are");
	for (i = 0; i < 9; i++)
		xc_domains_served(d, "y.example", name[i], true, TODAY);
	is(!other(p, "y.example", "8", TODAY) && other(p, "y.example", "9", TODAY) &&
	   d->not_learned == 1, "eight servers a domain");
	xc_domains_served(d, "z.example", "mx1", true, TODAY);
	xc_domains_served(d, "x.example", "mx1", true, TODAY);
	xc_domains_served(d, "w.example", "mx1", true, TODAY);
	is(!other(p, "y.example", "new", TODAY) && other(p, "x.example", "new", TODAY),
	   "of full ones the domain used longest ago goes");
	xc_peers_met(p, "mx1", key[0], V31, true, TODAY);
	is(!xc_peers_forget(p, "mx1", NULL) && !other(p, "z.example", "new", TODAY) &&
	   other(p, "x.example", "mx1", TODAY), "a name that is forgotten is so for all domains");
	is(!xc_domains_forget(d, "x.example") && xc_domains_forget(d, "x.example") == -ENOENT,
	   "a domain is forgotten by command");
	xc_domains_served(d, "x.example", "mx1", true, TODAY);
	xc_peers_expire(p, TODAY + 31);
	is(!d->table.count, "a look at everything takes domains, too");
	xc_peers_free(p);
}

/* --- the model --- */

#define MODEL_NAMES	24
#define MODEL_SIZE	7

struct model {
	struct { enum xc_peer_state state; uint16_t last; } met[MODEL_NAMES][10];
	uint16_t highest[MODEL_NAMES];
	unsigned int used[MODEL_NAMES];	/* when, by a count; 0: not there */
	unsigned int clock;
	uint16_t day;
};

static int m_kept(const struct model *m, int name)
{
	int i, n = 0;

	for (i = 0; i < 10; i++)
		n += m->met[name][i].state != XC_PEER_UNKNOWN;
	return n;
}

static bool m_pinned(const struct model *m, int name)
{
	int i;

	for (i = 0; i < 10; i++) {
		if (m->met[name][i].state == XC_PEER_PINNED)
			return true;
	}
	return false;
}

static void m_drop(struct model *m, int name)
{
	memset(m->met[name], 0, sizeof(m->met[name]));
	m->highest[name] = 0;
	m->used[name] = 0;
}

static void m_forget(struct model *m, int name)
{
	int i;

	for (i = 0; i < 10; i++) {
		if (m->met[name][i].state < XC_PEER_PINNED && m->met[name][i].last + 30 < m->day)
			m->met[name][i].state = XC_PEER_UNKNOWN;
	}
	if (!m_kept(m, name))
		m_drop(m, name);
}

/* A place for a name that has none. */
static bool m_room(struct model *m)
{
	int i, n = 0, oldest = -1;

	for (i = 0; i < MODEL_NAMES; i++) {
		n += m_kept(m, i) > 0;
		if (m_kept(m, i) && !m_pinned(m, i) && (oldest < 0 || m->used[i] < m->used[oldest]))
			oldest = i;
	}
	if (n < MODEL_SIZE)
		return true;
	if (oldest >= 0)
		m_drop(m, oldest);
	return oldest >= 0;
}

static void m_met(struct model *m, int name, int id, uint16_t version)
{
	int kept;

	m_forget(m, name);
	kept = m_kept(m, name);
	if (!m->met[name][id].state) {
		if (kept == 8 || (!kept && !m_room(m)))
			return;
		m->met[name][id].state = kept ? XC_PEER_UNCONFIRMED : XC_PEER_FIRST;
		m->met[name][id].last = m->day;
	}
	if (m->met[name][id].last < m->day)
		m->met[name][id].last = m->day;
	if (m->highest[name] < version)
		m->highest[name] = version;
	m->used[name] = ++m->clock;
}

static bool same(struct xc_peers *p, struct model *m, char name[][16])
{
	int i, id;

	for (i = 0; i < MODEL_NAMES; i++) {
		m_forget(m, i);
		for (id = 0; id < 10; id++) {
			struct xc_meeting got = look(p, name[i], key[id], m->day);

			if (got.met != m->met[i][id].state || (int)got.kept != m_kept(m, i) ||
			    got.highest != m->highest[i])
				return false;
		}
	}
	return true;
}

/* The order of unpinned names changes by a pin or its end, which the model does not have. */
static void test_model(unsigned int seed)
{
	struct xc_peers *p = xc_peers_new(MODEL_SIZE, 30);
	struct model m = { .day = TODAY };
	char name[MODEL_NAMES][16];
	int i, wrong = -1;

	for (i = 0; i < MODEL_NAMES; i++)
		snprintf(name[i], sizeof(name[i]), "n%d", i);
	xc_peers_pin(p, name[0], key[0], TODAY);
	m.met[0][0].state = XC_PEER_PINNED;
	for (i = 0; i < 4000 && wrong < 0; i++) {
		int who = rand_r(&seed) % MODEL_NAMES, id = rand_r(&seed) % 10;
		uint16_t version = rand_r(&seed) % 2 ? V31 : V30;

		if (rand_r(&seed) % 16 == 0)
			m.day += rand_r(&seed) % 12;
		if (rand_r(&seed) % 32 == 0)
			xc_peers_expire(p, m.day);
		/* Most meetings with few names, so that these have many identities. */
		if (rand_r(&seed) % 2)
			who %= 3;
		xc_peers_met(p, name[who], key[id], version, true, m.day);
		m_met(&m, who, id, version);
		if (!same(p, &m, name))
			wrong = i;
	}
	is(wrong < 0 && p->stats.displaced > 50 && p->stats.forgotten > 50 && p->stats.not_learned > 50,
	   "as the model has it, through all bounds");
	if (wrong >= 0)
		printf("# differs after meeting %d\n", wrong);
	xc_peers_free(p);
}

int main(void)
{
	make_keys();
	test_learning();
	test_eight();
	test_pins();
	test_days();
	test_attacker();
	test_full();
	test_domains();
	test_model(1);
	test_model(2);
	xc_peers_free(NULL);
	return tap_done();
}
