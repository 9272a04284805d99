/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is counted from the start of the daemon on.
 */
#ifndef XCRYPTD_STATS_H
#define XCRYPTD_STATS_H

#include <stdio.h>

#include "exchange.h"

#define XC_CLASSES	(XC_KEYED + 1)
#define XC_REASONS	(XC_WHY_CANCELLED + 1)

/**
 * struct xc_stats - counters
 * @started:	exchanges taken from the kernel; 0: as a, 1: as b
 * @ended:	how they ended
 * @reason:	and why
 * @policy_off:	of those, not begun because of policy
 * @active:	now
 * @active_max:	at once, at most
 * @reloads:	configurations taken
 * @retired:	counters of key rings that are gone
 */
struct xc_stats {
	uint64_t started[2];
	uint64_t ended[2][XC_CLASSES];
	uint64_t reason[XC_REASONS];
	uint64_t policy_off;
	uint64_t active;
	uint64_t active_max;
	uint64_t reloads;
	struct xc_keyring_stats retired;
};

void xc_stats_begin(struct xc_stats *stats, bool server);
void xc_stats_end(struct xc_stats *stats, bool server, const struct xc_outcome *outcome);

/* Add a ring's counters to those that stay. */
void xc_stats_retire(struct xc_stats *stats, const struct xc_keyring *ring);

/* Lines of "NAME VALUE"; a NAME may carry {label="value"} as Prometheus has it. */
void xc_stats_print(FILE *to, const struct xc_stats *stats, const struct xc_keyring *ring);

#endif
