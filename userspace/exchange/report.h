/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One log line a session, one a refusal; stable, for people, scripts and fail2ban:
 *
 *	session id=5f3a... dir=in peer=[192.0.2.7]:40112 suite=chacha20_2.0 cache=hit time=1.2ms
 *	refused dir=in peer=[192.0.2.7]:40112 suite=- class=answered reason=syntax code=501
 *		error=ECONNREFUSED cause=- time=0.1ms text="XCRYPT ..."
 *
 *	passed dir=out peer=[192.0.2.7]:25 suite=- reason=unlisted
 *
 * The last one, at the level debug, is of a session that the MTA only told of, and may go on.
 * class and error are what the MTA is told, whatever policy made of the end; reason is why.
 * A request that was declined before anything was said has the same line, with code=0.
 */
#ifndef XCRYPTD_REPORT_H
#define XCRYPTD_REPORT_H

#include <netinet/in.h>

#include "outcome.h"

/**
 * struct xc_report - what is not in the outcome
 * @in:		we are b
 * @addr:	the peer's address
 * @port:	and port
 * @name:	the peer's name if the MTA gave one, else ""
 * @usec:	how long it took, microseconds
 */
struct xc_report {
	bool in;
	struct in6_addr addr;
	unsigned int port;
	const char *name;
	unsigned long usec;
};

void xc_report(const struct xc_log *log, const struct xc_report *report,
	       const struct xc_outcome *outcome);

#endif
