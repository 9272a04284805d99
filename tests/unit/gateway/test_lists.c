// SPDX-License-Identifier: GPL-2.0
/* Sessions by their site; the hosts that stayed plain, no more than a bound. */
#include "gateway/sites.h"
#include "gateway/unencrypted.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "tap.h"

#define SESSIONS	20000

static struct in6_addr address(const char *text)
{
	struct in6_addr addr;

	inet_pton(AF_INET6, text, &addr);
	return addr;
}

static void test_sites(void)
{
	struct in6_addr a = address("2001:db8::1"), b = address("2001:db8::2:1");
	struct in6_addr c = address("2001:db8:0:1::1"), d = address("::ffff:192.0.2.1");
	struct sites *sites = calloc(1, sizeof(*sites));
	struct site *site = calloc(SESSIONS, sizeof(*site));
	int i;

	sites_add(sites, &site[0], &a);
	sites_add(sites, &site[1], &b);
	sites_add(sites, &site[2], &c);
	sites_add(sites, &site[3], &d);
	is(sites_count(sites, &a) == 2 && sites_count(sites, &c) == 1 &&
	   sites_count(sites, &d) == 1, "a /64 is one site, an IPv4 address is one");
	sites_remove(&site[0]);
	sites_remove(&site[0]);
	is(sites_count(sites, &a) == 1, "one goes, once");
	for (i = 4; i < SESSIONS; i++) {
		d.s6_addr[14] = i >> 8;
		d.s6_addr[15] = i;
		sites_add(sites, &site[i], &d);
	}
	for (i = 1; i < SESSIONS; i++)
		sites_remove(&site[i]);
	for (i = 0; i < SITES_BUCKETS && !sites->bucket[i]; i++)
		;
	is(i == SITES_BUCKETS, "all go");
	free(site);
	free(sites);
}

static unsigned int listed(const struct unencrypted *list)
{
	unsigned int n = 0;
	int i;

	for (i = 0; i < UNENCRYPTED_MAX; i++)
		n += list->peer[i].sessions > 0;
	return n;
}

static void test_unencrypted(void)
{
	struct unencrypted *list = calloc(1, sizeof(*list));
	struct in6_addr addr = address("2001:db8::"), first = address("2001:db8::1");
	int i;

	unencrypted_add(list, &first, true, 3, 5);
	unencrypted_add(list, &first, true, 4, 6);
	unencrypted_add(list, &first, false, 3, 7);
	is(listed(list) == 2 && list->peer[0].sessions == 2 && list->peer[0].why == 4,
	   "once in each direction, with the reason of the last session");
	unencrypted_remove(list, &first, false);
	is(listed(list) == 1, "who is encrypted then leaves the list");
	for (i = 2; i < 1000; i++) {
		addr.s6_addr[14] = i >> 8;
		addr.s6_addr[15] = i;
		unencrypted_add(list, &addr, true, 0, 100 + i);
	}
	is(listed(list) == UNENCRYPTED_MAX, "it is bounded");
	for (i = 0; i < UNENCRYPTED_MAX && list->peer[i].last >= 100 + 1000 - UNENCRYPTED_MAX; i++)
		;
	is(i == UNENCRYPTED_MAX, "and has those met last");
	free(list);
}

int main(void)
{
	test_sites();
	test_unencrypted();
	return tap_done();
}
