/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is counted from the start of the daemon on.
 */
#ifndef XCRYPTD_STATS_H
#define XCRYPTD_STATS_H

#include <stdio.h>

#include "exchange/exchange.h"
#include "lograte.h"
#include "shortpath.h"

/**
 * struct xc_stats - counters
 * @started:	requests taken from the kernel; 0: as a, 1: as b
 * @ended:	how they ended for the MTA, declined ones among them: all but @active have
 * @reason:	and why
 * @signatures:	of version 3; 0: checked, as a, 1: made, as b
 * @active:	exchanges now
 * @active_max:	at once, at most
 * @reloads:	configurations taken
 * @short_paths: counts its addresses itself, or NULL
 * @retired:	counters of key rings that are gone
 * @log:	counts its lines itself; NULL: there is none
 * @rate:	counts those that were not written, with @log
 */
struct xc_stats {
	uint64_t started[2];
	uint64_t ended[2][XC_CLASSES];
	uint64_t reason[XC_REASONS];
	uint64_t signatures[2];
	uint64_t active;
	uint64_t active_max;
	uint64_t reloads;
	const struct xc_shortpath *short_paths;
	struct xc_keyring_stats retired;
	struct xc_logwriter *log;
	const struct xc_lograte *rate;
};

/* A request, and its end; in between, unless it is declined, an exchange. */
void xc_stats_begin(struct xc_stats *stats, bool server);
void xc_stats_enter(struct xc_stats *stats);
void xc_stats_leave(struct xc_stats *stats);
void xc_stats_end(struct xc_stats *stats, bool server, const struct xc_outcome *outcome);

/* Under way now, as b or as a. */
uint64_t xc_stats_active(const struct xc_stats *stats, bool server);

/* Add a ring's counters to those that stay. */
void xc_stats_retire(struct xc_stats *stats, const struct xc_keyring *ring);

/* Lines of "NAME VALUE"; a NAME may carry {label="value"} as Prometheus has it. */
void xc_stats_print(FILE *to, const struct xc_stats *stats, const struct xc_keyring *ring);

#endif
