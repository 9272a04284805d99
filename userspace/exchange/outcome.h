/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How an exchange ended: what it means for the connection, why, and what the MTA is told.
 */
#ifndef XCRYPTD_OUTCOME_H
#define XCRYPTD_OUTCOME_H

#include <stdbool.h>

#include <linux/xcrypt.h>

#include "common/log.h"
#include "agreement/suite.h"

/* Why an exchange ended as it did. Names by xc_reason_name(). */
enum xc_reason {
	XC_WHY_DONE,		/* it succeeded */
	XC_WHY_NO_SUITE,	/* no suite in common; b: 504 */
	XC_WHY_REFUSED,		/* b answered 4yz or 5yz, but not 421 */
	XC_WHY_PEER_FAIL,	/* a said XCRYPT FAIL */
	XC_WHY_SYNTAX,		/* a line, word, length or base64 is wrong; b: 501 */
	XC_WHY_MOMENT,		/* not a line for this moment; b: 503 */
	XC_WHY_PUBLIC_KEY,	/* the public value is one to refuse; b: 454 */
	XC_WHY_CONFIRM,		/* the confirmation, or V_b, is wrong; b: 454 */
	XC_WHY_IDENTITY,	/* I_b is one to refuse, or S_b is not its signature */
	XC_WHY_PEER,		/* b is not the one that policy asks for */
	XC_WHY_FAULT,		/* out of memory, randomness or the like here; b: 454 */
	XC_WHY_TOO_LONG,	/* a line of more than 2048 octets */
	XC_WHY_NUL,		/* a NUL in a line */
	XC_WHY_BARE_LF,		/* LF without CR in version 2 */
	XC_WHY_PIPELINED,	/* octets behind a line that has to be the last */
	XC_WHY_UNEXPECTED,	/* b's answer is none that the protocol knows */
	XC_WHY_INSTALL,		/* the kernel refused a key */
	XC_WHY_PEER_CLOSED,	/* end of file */
	XC_WHY_PEER_CLOSING,	/* b answered 421: it is closing the connection */
	XC_WHY_IO,		/* reading or writing failed */
	XC_WHY_TIMEOUT,
	XC_WHY_CANCELLED,	/* by the kernel: the MTA, or its own time limit */
	/* Not begun. */
	XC_WHY_POLICY,		/* policy is off for this peer */
	XC_WHY_NO_OFFER,	/* a: the words are no list; b: none was asked for */
	XC_WHY_LIMIT,		/* too many exchanges of this direction are under way */
	XC_WHY_SITE_LIMIT,	/* too many with the peer's address or /64 */
	XC_WHY_USER_LIMIT,	/* whoever asks has as many as are left for all others */
	/* Not to begin: the MTA tells what the session is without an exchange. */
	XC_WHY_UNLISTED,	/* b listed no XCRYPT */
	XC_WHY_TLS,		/* TLS takes its place */
	XC_REASONS,
};

const char *xc_reason_name(enum xc_reason reason);

#define XC_CLASSES	(XCRYPT_CLASS_CLOSED + 1)

const char *xc_class_name(enum xcrypt_class class);

/**
 * struct xc_outcome - how an exchange ended
 * @class:	what it means for the connection
 * @reason:	why
 * @error:	errno for the MTA (linux/xcrypt.h), by xc_outcome_settle(); 0 if encrypted
 * @cause:	errno behind XC_WHY_IO and XC_WHY_INSTALL, else 0
 * @code:	the code of b's last reply, ours or the peer's; 0 if there was none
 * @suite:	the suite, NULL if it did not come to one
 * @hit:	the cache spared all public-key operations
 * @signature:	version 3: one was made (b) or checked (a)
 * @early_sent:	a, version 3: the early octets are out, if there were any
 * @met:	a, version 3: b has proven that it is @identity and holds the secret
 * @identity:	if @met: I_b
 * @session:	session identifier, if @class is XCRYPT_CLASS_ENCRYPTED
 * @text:	what the peer said last where it was not what we wanted, fit for a log
 */
struct xc_outcome {
	enum xcrypt_class class;
	enum xc_reason reason;
	int error;
	int cause;
	int code;
	const struct xc_suite *suite;
	bool hit;
	bool signature;
	bool early_sent;
	bool met;
	uint8_t identity[XC_IDENTITY_LEN];
	uint8_t session[XC_SESSION_LEN];
	char text[XC_LOG_PEER_MAX + 1];
};

/* Whether no exchange was wanted. */
bool xc_reason_is_told(enum xc_reason reason);

/*
 * The verdict: fills in the errno by class and reason. ENOMEM stands for any fault of this host,
 * so that an MTA can tell what passes from what the peer refused. With refuse (policy, and
 * what is known of the peer) whatever is not encrypted becomes XCRYPT_CLASS_CLOSED and EACCES; but
 * a session that was only told of is the MTA's to end.
 */
void xc_outcome_settle(struct xc_outcome *outcome, bool refuse);

#endif
