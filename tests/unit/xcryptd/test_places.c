// SPDX-License-Identifier: GPL-2.0
/* Places of exchanges: a share per site, and some kept for each direction. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "xcryptd/places.h"
#include "tap.h"

#define MANY	4096

static struct xc_places places;
static struct xc_place place[MANY + 1];	/* and one that is refused */
static int used;

static struct in6_addr address(const char *format, unsigned int n)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr addr;

	snprintf(text, sizeof(text), format, n >> 8 & 0xff, n & 0xff);
	if (inet_pton(AF_INET6, text, &addr) != 1)
		memset(&addr, 0, sizeof(addr));
	return addr;
}

static int take_as(uint32_t uid, struct xc_place_limits limits, const char *format, unsigned int n,
		   bool in)
{
	struct in6_addr addr = address(format, n);
	const struct xc_place_wish wish = { .addr = &addr, .in = in, .uid = uid };
	int err = xc_places_take(&places, &limits, &place[used], &wish);

	used += !err;
	return err;
}

static int take(struct xc_place_limits limits, const char *format, unsigned int n, bool in)
{
	return take_as(0, limits, format, n, in);
}

/* How many of max one address gets, and what the next one is told. */
static int fill(struct xc_place_limits limits, const char *format, unsigned int n, int max,
		bool in, int *err)
{
	int got = 0;

	for (*err = 0; got < max && !*err; got += !*err)
		*err = take(limits, format, n, in);
	return got;
}

static void give_all(void)
{
	while (used)
		xc_places_give(&places, &place[--used]);
	memset(place, 0, sizeof(place));
	is(!places.taken[0] && !places.taken[1], "all is given back");
}

#define V4	"::ffff:192.0.%u.%u"

static void test_share(void)
{
	const struct xc_place_limits limits = { .all = 2048, .share = 64 };
	int err, got = fill(limits, V4, 7, 100, true, &err);

	is(got == 64 && err == -EDQUOT, "one address gets its share, %d, and no more", got);
	is(!take(limits, V4, 8, true), "the next address is served");
	is(!take(limits, V4, 7, false), "and so is the other way to the first");
	xc_places_give(&places, &place[0]);
	xc_places_give(&places, &place[0]);
	used++;
	is(!take(limits, V4, 7, true) && take(limits, V4, 7, true) == -EDQUOT,
	   "what is given back, even twice, is one place");
	give_all();
}

static void test_site(void)
{
	const struct xc_place_limits limits = { .all = 2048, .share = 64 };
	int i, good = 0;

	for (i = 0; i < 64; i++)
		good += !take(limits, "2001:db8:0:1:%02x%02x::", i * 1021, true);
	is(good == 64 && take(limits, "2001:db8:0:1::%02x%02x", 1, true) == -EDQUOT,
	   "a /64 of IPv6 is one site, whatever its addresses");
	is(!take(limits, "2001:db8:0:2::%02x%02x", 1, true), "the next /64 is another");
	give_all();
}

/* However many sites an attacker has, what we send finds places; and the other way round. */
static void test_directions(bool in)
{
	const struct xc_place_limits limits = { .all = 2048, .share = 64 };
	int sites, err = 0, got = 0;

	for (sites = 0; sites < 1000 && err != -EUSERS; sites++)
		got += fill(limits, V4, sites, 64, in, &err);
	is(got == 1536 && err == -EUSERS, "%s: three quarters go to many sites, then EUSERS: %d",
	   in ? "in" : "out", got);
	for (sites = 2000, got = 0; sites < 3000; sites++)
		got += !take(limits, V4, sites, !in);
	is(got == 512, "the last quarter is the other direction's: %d", got);
	give_all();
}

static void test_small(unsigned int all, int first, int second)
{
	const struct xc_place_limits limits = { .all = all, .share = all };
	int err, got = fill(limits, V4, 1, MANY, false, &err);

	is(got == first && err == -EUSERS, "of %u places one direction takes %d", all, got);
	got = fill(limits, V4, 1, MANY, true, &err);
	is(got == second && err == -EUSERS, "and the other has %d", got);
	give_all();
}

/* Each address of loopback is another site, and a user of this machine has them all. */
static int fill_as(uint32_t uid, struct xc_place_limits limits, int *err)
{
	int got = 0;

	for (*err = 0; got < MANY && !*err; got += !*err)
		*err = take_as(uid, limits, "::ffff:127.0.%u.%u", uid * 4096 + got, false);
	return got;
}

static void test_users(void)
{
	const struct xc_place_limits limits = { .all = 2048, .share = 64 };
	const struct xc_place_limits fewer = { .all = 1000, .share = 64 };
	int err, got = fill_as(1000, limits, &err);

	is(got == 1024 && err == -EPERM, "a user alone gets half of all: %d", got);
	is(take_as(1000, limits, V4, 1, true) == -EPERM, "in either direction");
	got = fill_as(1001, limits, &err);
	is(got == 512 && err == -EUSERS, "two share what one direction may have: %d", got);
	is(!take_as(1002, limits, V4, 1, true), "whoever comes with one finds room");
	is(take_as(1000 + XC_PLACE_BUCKETS, limits, V4, 1, true) == 0, "whatever his number");
	is(!take(limits, V4, 2, true), "and root");
	is(take(fewer, V4, 3, true) == -EUSERS && take_as(1003, fewer, V4, 3, true) == -EUSERS,
	   "a reload may leave more than there are");
	xc_places_give(&places, &place[0]);
	is(take_as(1000, limits, V4, 1, true) == -EPERM, "what is given back is all others', too");
	give_all();
}

int main(void)
{
	test_users();
	test_share();
	test_site();
	test_directions(true);
	test_directions(false);
	test_small(2, 1, 1);
	test_small(3, 2, 1);
	test_small(4, 3, 1);
	test_small(64, 48, 16);
	test_small(4096, 3072, 1024);
	return tap_done();
}
