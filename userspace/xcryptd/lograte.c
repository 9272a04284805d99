// SPDX-License-Identifier: GPL-2.0
#include "lograte.h"

#include <inttypes.h>
#include <string.h>

#include "common/addr.h"

static unsigned int set_of(const struct xc_lograte *rate, const struct in6_addr *site)
{
	uint32_t hash;

	/* Without memory all share one set, and some have more lines than they should. */
	if (!rate->hash || !xc_keyhash(rate->hash, site, sizeof(*site), NULL, 0, &hash))
		return 0;
	return hash % XC_LOGRATE_SETS;
}

static void lograte_tell(struct xc_lograte_site *s, const struct xc_log *log)
{
	char addr[XC_ADDR_TEXT];

	if (!s->suppressed)
		return;
	xc_addr_format(addr, &s->site, 0);
	/* Without the port, of which there were many. */
	*strrchr(addr, ':') = '\0';
	xc_log(log, LOG_WARNING,
	       "log event=lines-suppressed peer=%s lines=%" PRIu64 " hint=\"they are counted in xcryptctl stats; if it is an attack, block the address\"",
	       addr, s->suppressed);
	s->suppressed = 0;
}

/* The site's own place, or that of the one in its set which had a line longest ago. */
static struct xc_lograte_site *lograte_place(struct xc_lograte *rate, const struct xc_log *log,
					     const struct in6_addr *site)
{
	struct xc_lograte_site *set = rate->site[set_of(rate, site)], *oldest = set;
	int i;

	for (i = 0; i < XC_LOGRATE_WAYS; i++) {
		if (IN6_ARE_ADDR_EQUAL(&set[i].site, site))
			return &set[i];
		if (set[i].free < oldest->free)
			oldest = &set[i];
	}
	lograte_tell(oldest, log);
	*oldest = (struct xc_lograte_site){ .site = *site };
	return oldest;
}

bool xc_lograte_allow(struct xc_lograte *rate, const struct xc_log *log,
		      const struct in6_addr *addr, uint64_t now)
{
	struct xc_lograte_site *s;
	struct in6_addr site;

	xc_addr_site(&site, addr);
	s = lograte_place(rate, log, &site);
	if (s->free < now)
		s->free = now;
	if (s->free - now > (XC_LOGRATE_BURST - 1) * XC_LOGRATE_INTERVAL) {
		s->suppressed++;
		rate->suppressed++;
		return false;
	}
	s->free += XC_LOGRATE_INTERVAL;
	return true;
}

void xc_lograte_tell(struct xc_lograte *rate, const struct xc_log *log)
{
	int set, way;

	for (set = 0; set < XC_LOGRATE_SETS; set++) {
		for (way = 0; way < XC_LOGRATE_WAYS; way++)
			lograte_tell(&rate->site[set][way], log);
	}
}
