// SPDX-License-Identifier: GPL-2.0
/* Peers that long lines do not get to: remembered for a while, and never more than so many. */
#include <string.h>

#include "tap.h"
#include "xcryptd/shortpath.h"

static struct in6_addr addr_of(unsigned int i)
{
	struct in6_addr addr = { { { 0x20, 1 } } };

	memcpy(addr.s6_addr + 12, &i, sizeof(i));
	return addr;
}

static bool has(const struct xc_shortpath *paths, unsigned int i, uint64_t now)
{
	struct in6_addr addr = addr_of(i);

	return xc_shortpath_has(paths, &addr, now);
}

static void add(struct xc_shortpath *paths, unsigned int i, uint64_t now)
{
	struct in6_addr addr = addr_of(i);

	xc_shortpath_add(paths, &addr, now);
}

int main(void)
{
	static struct xc_shortpath paths;
	unsigned int i, there = 0;

	is(!has(&paths, 0, 0) && !has(&paths, 0, 1), "nobody at first");
	add(&paths, 1, 1000);
	is(has(&paths, 1, 1000) && !has(&paths, 2, 1000), "the one that was added");
	is(has(&paths, 1, 1000 + XC_SHORTPATH_TIME - 1) &&
	   !has(&paths, 1, 1000 + XC_SHORTPATH_TIME), "for a while");
	add(&paths, 1, 2000);
	is(has(&paths, 1, 1000 + XC_SHORTPATH_TIME) && paths.count == 1,
	   "longer if it happens again, in one place");
	for (i = 2; i < 10000; i++)
		add(&paths, i, 3000);
	for (i = 1; i < 10000; i++)
		there += has(&paths, i, 3000);
	is(there == XC_SHORTPATH_MAX && has(&paths, 9999, 3000) && !has(&paths, 1, 3000),
	   "the latest %u", there);
	return tap_done();
}
