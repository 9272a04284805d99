// SPDX-License-Identifier: GPL-2.0
/* What an MTA is told of each end: it decides by this whether a message waits or bounces. */
#include <errno.h>
#include <string.h>

#include "exchange/outcome.h"
#include "tap.h"

#define NONE		XCRYPT_CLASS_NONE
#define ANSWERED	XCRYPT_CLASS_ANSWERED
#define CLOSED		XCRYPT_CLASS_CLOSED

static const struct {
	enum xcrypt_class class;
	enum xc_reason reason;
	int cause;
	int error;
} ends[] = {
	/* policy, or what the peer said: it will say so again */
	{ NONE, XC_WHY_POLICY, 0, EACCES },
	{ NONE, XC_WHY_NO_SUITE, 0, EOPNOTSUPP },
	{ NONE, XC_WHY_NO_OFFER, 0, EINVAL },
	{ ANSWERED, XC_WHY_REFUSED, 0, ECONNREFUSED },
	{ ANSWERED, XC_WHY_PEER_FAIL, 0, ECONNREFUSED },
	{ ANSWERED, XC_WHY_SYNTAX, 0, ECONNREFUSED },
	{ ANSWERED, XC_WHY_PUBLIC_KEY, 0, ECONNREFUSED },
	{ ANSWERED, XC_WHY_CONFIRM, 0, ECONNREFUSED },
	/* this host's own, and it passes */
	{ NONE, XC_WHY_FAULT, 0, ENOMEM },
	{ NONE, XC_WHY_LIMIT, 0, EUSERS },
	{ NONE, XC_WHY_SITE_LIMIT, 0, EDQUOT },
	{ NONE, XC_WHY_USER_LIMIT, 0, EDQUOT },
	{ NONE, XC_WHY_TIMEOUT, 0, ETIMEDOUT },
	{ NONE, XC_WHY_IO, ENOMEM, ENOMEM },
	{ ANSWERED, XC_WHY_FAULT, 0, ENOMEM },
	{ ANSWERED, XC_WHY_FAULT, ENOMEM, ENOMEM },
	{ CLOSED, XC_WHY_FAULT, 0, ENOMEM },
	{ CLOSED, XC_WHY_INSTALL, EBUSY, ENOMEM },
	{ CLOSED, XC_WHY_IO, ENOSPC, ENOMEM },
	/* the connection's */
	{ NONE, XC_WHY_IO, ENOTCONN, ENOTCONN },
	{ CLOSED, XC_WHY_INSTALL, ENOTCONN, ECONNRESET },
	{ CLOSED, XC_WHY_IO, EPIPE, ECONNRESET },
	{ CLOSED, XC_WHY_PEER_CLOSED, 0, ECONNRESET },
	{ CLOSED, XC_WHY_PEER_CLOSING, 0, ECONNRESET },
	{ CLOSED, XC_WHY_TIMEOUT, 0, ETIMEDOUT },
	{ CLOSED, XC_WHY_PIPELINED, ENOTEMPTY, EPROTO },
	{ CLOSED, XC_WHY_UNEXPECTED, 0, EPROTO },
	{ CLOSED, XC_WHY_CONFIRM, 0, EPROTO },
};

static void test_ends(void)
{
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct xc_outcome o = { .class = ends[i].class, .reason = ends[i].reason,
					.cause = ends[i].cause };

		xc_outcome_settle(&o, false);
		is(o.class == ends[i].class && o.error == ends[i].error, "%s, %s: %s",
		   xc_class_name(ends[i].class), xc_reason_name(ends[i].reason),
		   strerror(o.error));
		xc_outcome_settle(&o, true);
		is(o.class == CLOSED && o.error == EACCES && o.reason == ends[i].reason,
		   "where policy requires encryption: closed, and still for that reason");
	}
}

static void test_encrypted(void)
{
	struct xc_outcome o = { .class = XCRYPT_CLASS_ENCRYPTED, .reason = XC_WHY_DONE };

	xc_outcome_settle(&o, true);
	is(o.class == XCRYPT_CLASS_ENCRYPTED && !o.error, "encrypted is what policy requires");
}

/* No exchange was wanted: nothing is closed here, and TLS is encryption. */
static void test_told(void)
{
	struct xc_outcome o = { .class = NONE, .reason = XC_WHY_UNLISTED };

	xc_outcome_settle(&o, false);
	is(o.class == NONE && o.error == EOPNOTSUPP, "unlisted: the session may go on");
	xc_outcome_settle(&o, true);
	is(o.class == NONE && o.error == EACCES, "but not where policy requires encryption");
	o = (struct xc_outcome){ .class = NONE, .reason = XC_WHY_TLS };
	xc_outcome_settle(&o, false);
	is(o.class == NONE && o.error == EOPNOTSUPP, "which TLS is");
	xc_outcome_settle(&o, true);
	is(o.class == NONE && o.error == EACCES, "TLS is, where it is not to be");
}

int main(void)
{
	test_ends();
	test_told();
	test_encrypted();
	return tap_done();
}
