/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Log lines: one event each, words of key=value, to syslog, to stderr or to a function.
 * No key material, ever; text of a peer only through xc_log_escape().
 */
#ifndef XCRYPTD_LOG_H
#define XCRYPTD_LOG_H

#include <stddef.h>
#include <syslog.h>

#include "logwriter.h"

#define XC_LOG_PEER_MAX	200	/* characters logged of a peer's text */

/**
 * struct xc_log - where to, and how much
 * @level:	LOG_ERR ... LOG_DEBUG: the least urgent that is written
 * @call:	XC_LOG_CALL: gets each line
 * @ctx:	for @call
 * @writer:	writes what does not go to @call; NULL: to stderr at once, which may take its time
 */
struct xc_log {
	enum xc_log_to to;
	int level;
	void (*call)(void *ctx, int level, const char *line);
	void *ctx;
	struct xc_logwriter *writer;
};

void xc_log(const struct xc_log *log, int level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Make text of a peer fit for a log: octets outside 0x20-0x7e, and quote and backslash
 * (the value stands in quotes), become \xHH; cut at XC_LOG_PEER_MAX characters.
 */
void xc_log_escape(char dst[XC_LOG_PEER_MAX + 1], const char *text, size_t len);

#endif
