// SPDX-License-Identifier: GPL-2.0
#include "outcome.h"

#include <errno.h>

static const char * const reason_names[] = {
	[XC_WHY_DONE]		= "done",
	[XC_WHY_NO_SUITE]	= "no-suite",
	[XC_WHY_REFUSED]	= "refused",
	[XC_WHY_PEER_FAIL]	= "peer-fail",
	[XC_WHY_SYNTAX]		= "syntax",
	[XC_WHY_MOMENT]		= "wrong-moment",
	[XC_WHY_PUBLIC_KEY]	= "public-key",
	[XC_WHY_CONFIRM]	= "confirmation",
	[XC_WHY_IDENTITY]	= "identity",
	[XC_WHY_PEER]		= "peer",
	[XC_WHY_FAULT]		= "fault",
	[XC_WHY_TOO_LONG]	= "too-long",
	[XC_WHY_NUL]		= "nul",
	[XC_WHY_BARE_LF]	= "bare-lf",
	[XC_WHY_PIPELINED]	= "pipelined",
	[XC_WHY_UNEXPECTED]	= "unexpected-reply",
	[XC_WHY_INSTALL]	= "key-install",
	[XC_WHY_PEER_CLOSED]	= "peer-closed",
	[XC_WHY_PEER_CLOSING]	= "peer-closing",
	[XC_WHY_IO]		= "io",
	[XC_WHY_TIMEOUT]	= "timeout",
	[XC_WHY_CANCELLED]	= "cancelled",
	[XC_WHY_POLICY]		= "policy",
	[XC_WHY_NO_OFFER]	= "no-offer",
	[XC_WHY_LIMIT]		= "limit",
	[XC_WHY_SITE_LIMIT]	= "site-limit",
	[XC_WHY_USER_LIMIT]	= "user-limit",
	[XC_WHY_UNLISTED]	= "unlisted",
	[XC_WHY_TLS]		= "tls",
};

const char *xc_reason_name(enum xc_reason reason)
{
	return reason_names[reason];
}

bool xc_reason_is_told(enum xc_reason reason)
{
	return reason == XC_WHY_UNLISTED || reason == XC_WHY_TLS;
}

static const char * const class_names[] = {
	[XCRYPT_CLASS_ENCRYPTED]	= "encrypted",
	[XCRYPT_CLASS_NONE]		= "none",
	[XCRYPT_CLASS_ANSWERED]		= "answered",
	[XCRYPT_CLASS_CLOSED]		= "closed",
};

const char *xc_class_name(enum xcrypt_class class)
{
	return class_names[class];
}

/* An I/O error that is this host's and not the connection's. */
static bool is_own_fault(int cause)
{
	return cause == ENOMEM || cause == ENOBUFS || cause == ENOSPC || cause == EIO;
}

static int none_error(const struct xc_outcome *outcome)
{
	switch (outcome->reason) {
	case XC_WHY_POLICY:
	case XC_WHY_PEER:
		return EACCES;
	case XC_WHY_NO_SUITE:
	case XC_WHY_UNLISTED:
	case XC_WHY_TLS:
		return EOPNOTSUPP;
	case XC_WHY_NO_OFFER:
		return EINVAL;
	case XC_WHY_LIMIT:
		return EUSERS;
	case XC_WHY_SITE_LIMIT:
	case XC_WHY_USER_LIMIT:
		return EDQUOT;
	case XC_WHY_TIMEOUT:
		return ETIMEDOUT;
	case XC_WHY_IO:
		return is_own_fault(outcome->cause) ? ENOMEM : ENOTCONN;
	default:
		return ENOMEM;
	}
}

static int closed_error(const struct xc_outcome *outcome)
{
	switch (outcome->reason) {
	case XC_WHY_TIMEOUT:
		return ETIMEDOUT;
	case XC_WHY_PEER_CLOSED:
	case XC_WHY_PEER_CLOSING:
		return ECONNRESET;
	case XC_WHY_IO:
		return is_own_fault(outcome->cause) ? ENOMEM : ECONNRESET;
	case XC_WHY_INSTALL:
		return outcome->cause == ENOTCONN ? ECONNRESET : ENOMEM;
	case XC_WHY_FAULT:
		return ENOMEM;
	default:
		return EPROTO;
	}
}

static int error_of(const struct xc_outcome *outcome)
{
	switch (outcome->class) {
	case XCRYPT_CLASS_ENCRYPTED:
		return 0;
	case XCRYPT_CLASS_NONE:
		return none_error(outcome);
	case XCRYPT_CLASS_ANSWERED:
		return outcome->reason == XC_WHY_FAULT ? ENOMEM : ECONNREFUSED;
	default:
		return closed_error(outcome);
	}
}

void xc_outcome_settle(struct xc_outcome *outcome, bool refuse)
{
	outcome->error = error_of(outcome);
	if (!refuse || outcome->class == XCRYPT_CLASS_ENCRYPTED)
		return;
	if (xc_reason_is_told(outcome->reason)) {
		outcome->error = EACCES;
		return;
	}
	/* An MTA that is told another reason may connect anew and go on in the clear. */
	outcome->class = XCRYPT_CLASS_CLOSED;
	outcome->error = EACCES;
}
