// SPDX-License-Identifier: GPL-2.0
#include "report.h"

#include <stdio.h>
#include <string.h>

#include "addr.h"

#define HEAD_MAX	512

static const char * const class_names[] = {
	[XC_KEYED]	= "keyed",
	[XC_NONE]	= "none",
	[XC_ANSWERED]	= "answered",
	[XC_CLOSED]	= "closed",
};

const char *xc_class_name(enum xc_class class)
{
	return class_names[class];
}

static void format_session(char dst[2 * XC_SESSION_LEN + 1], const uint8_t *session)
{
	int i;

	for (i = 0; i < XC_SESSION_LEN; i++)
		sprintf(dst + 2 * i, "%02x", session[i]);
}

/* "dir=in peer=[192.0.2.7]:40112 suite=chacha20_2.0" */
static void format_head(char dst[HEAD_MAX], const struct xc_report *report,
			const struct xc_outcome *outcome)
{
	char addr[XC_ADDR_TEXT], name[XC_LOG_PEER_MAX + 1];

	xc_addr_format(addr, &report->addr, report->port);
	xc_log_escape(name, report->name, strlen(report->name));
	snprintf(dst, HEAD_MAX, "dir=%s peer=%s%s%s%s suite=%s", report->in ? "in" : "out", addr,
		 name[0] ? " name=\"" : "", name, name[0] ? "\"" : "",
		 outcome->suite ? outcome->suite->name : "-");
}

void xc_report(const struct xc_log *log, const struct xc_report *report,
	       const struct xc_outcome *outcome)
{
	unsigned long ms = report->usec / 1000, tenth = report->usec / 100 % 10;
	char head[HEAD_MAX], session[2 * XC_SESSION_LEN + 1];

	format_head(head, report, outcome);
	if (outcome->class == XC_KEYED) {
		format_session(session, outcome->session);
		xc_log(log, LOG_INFO, "session id=%s %s cache=%s time=%lu.%lums", session, head,
		       outcome->hit ? "hit" : "miss", ms, tenth);
		return;
	}
	xc_log(log, LOG_INFO,
	       "refused %s class=%s reason=%s code=%d error=%d time=%lu.%lums text=\"%s\"", head,
	       class_names[outcome->class], xc_reason_name(outcome->reason), outcome->code,
	       outcome->error, ms, tenth, outcome->text);
}
