// SPDX-License-Identifier: GPL-2.0
/* Any file gives either a configuration within its bounds or a message with a line number. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "config/config.h"

static void report(void *ctx, const char *message)
{
	int *faults = ctx, line;

	must(sscanf(message, "fuzz:%d:", &line) == 1 && line > 0);
	++*faults;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct in6_addr addr = { 0 };
	const struct xc_destination to = { &addr, "mx.example.org", "example.org" };
	struct xc_config *c;
	int faults = 0;

	c = xc_config_parse("fuzz", (const char *)data, size, report, &faults);
	must(!c == !!faults);
	if (!c)
		return 0;
	must(c->suites.n > 0 && c->suites.n <= XC_SUITES_MAX);
	must(c->ring.lifetime > 0 && c->ring.lifetime <= 30 * 86400);
	must(c->ring.size > 0 && c->ring.size <= 1000000 && c->ring.share > 0);
	must(c->ring.mode != XC_CACHE_DISK || c->ring.dir[0] == '/');
	must(c->time_limit > 0 && c->time_limit <= 600 && c->exchanges > 0);
	xc_policy_find(&c->policy, &to, XC_POLICY_OPPORTUNISTIC);
	xc_config_free(c);
	return 0;
}
