/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One log line a session, one a refusal; stable, for people, scripts and fail2ban:
 *
 *	session id=5f3a... dir=in peer=[192.0.2.7]:40112 suite=chacha20_2.0 cache=hit time=1.2ms
 *	refused dir=in peer=[192.0.2.7]:40112 suite=- class=answered reason=syntax code=501
 *		time=0.1ms text="XCRYPT ..."
 */
#ifndef XCRYPTD_REPORT_H
#define XCRYPTD_REPORT_H

#include "exchange.h"

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

const char *xc_class_name(enum xc_class class);

#endif
