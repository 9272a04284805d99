// SPDX-License-Identifier: GPL-2.0
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/addr.h"

#define HEAD_MAX	512

struct error_name {
	int error;
	const char *name;
};

#define NAMED(e)	{ e, #e }

/* Those that an outcome has; musl has no strerrorname_np(). */
static const struct error_name error_names[] = {
	NAMED(EACCES), NAMED(EBUSY), NAMED(ECONNABORTED), NAMED(ECONNREFUSED), NAMED(ECONNRESET),
	NAMED(EDQUOT), NAMED(EINTR), NAMED(EINVAL), NAMED(EIO), NAMED(ENOBUFS), NAMED(ENOMEM),
	NAMED(ENOSPC), NAMED(ENOTCONN), NAMED(ENOTEMPTY), NAMED(EOPNOTSUPP), NAMED(EPIPE),
	NAMED(EPROTO), NAMED(ETIMEDOUT), NAMED(EUSERS),
};

#define ERROR_TEXT	16

/* "EPROTO", the number of one without a name, or "-" for none. */
static void format_error(char dst[ERROR_TEXT], int error)
{
	size_t i;

	for (i = 0; i < sizeof(error_names) / sizeof(error_names[0]); i++) {
		if (error_names[i].error == error) {
			strcpy(dst, error_names[i].name);
			return;
		}
	}
	if (error)
		snprintf(dst, ERROR_TEXT, "%d", error);
	else
		strcpy(dst, "-");
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
	char error[ERROR_TEXT], cause[ERROR_TEXT];

	format_head(head, report, outcome);
	if (outcome->class == XCRYPT_CLASS_ENCRYPTED) {
		format_session(session, outcome->session);
		xc_log(log, LOG_INFO, "session id=%s %s cache=%s time=%lu.%lums", session, head,
		       outcome->hit ? "hit" : "miss", ms, tenth);
		return;
	}
	if (xc_reason_is_told(outcome->reason) && outcome->error != EACCES) {
		xc_log(log, LOG_DEBUG, "passed %s reason=%s", head, xc_reason_name(outcome->reason));
		return;
	}
	format_error(error, outcome->error);
	format_error(cause, outcome->cause);
	xc_log(log, LOG_INFO,
	       "refused %s class=%s reason=%s code=%d error=%s cause=%s time=%lu.%lums text=\"%s\"",
	       head, xc_class_name(outcome->class), xc_reason_name(outcome->reason), outcome->code,
	       error, cause, ms, tenth, outcome->text);
}
