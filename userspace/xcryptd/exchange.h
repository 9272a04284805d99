/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One XCRYPT exchange (protocol, sections 2 and 3) as a state machine without I/O, for both
 * roles. It says what is to be done next, the caller does it and reports:
 *
 *	while ((action = xc_exchange_action(x)) != XC_DO_FINISH)
 *		do action, then call the function named beside it
 *
 * Exchanges do not know of each other; all that they share is in struct xc_exchange_env.
 */
#ifndef XCRYPTD_EXCHANGE_H
#define XCRYPTD_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <netinet/in.h>

#include "keyring.h"
#include "log.h"
#include "offer.h"
#include "suite.h"

struct xc_exchange;

/**
 * struct xc_exchange_env - what exchanges share; may change between two calls
 * @ring:	key pairs and caches
 * @accept:	the suites that a may choose from b's list
 * @random:	fills in nonces, 0 or -errno: xc_secret_random
 */
struct xc_exchange_env {
	struct xc_keyring *ring;
	const struct xc_suite_list *accept;
	int (*random)(void *p, size_t size);
};

enum xc_action {
	/*
	 * Peek at no more than xc_exchange_room() octets, read (which takes them off the queue)
	 * only the first xc_exchange_take() of them, and give those to xc_exchange_read().
	 * So nothing behind a line's LF is ever read.
	 */
	XC_DO_READ,
	/* Write what xc_exchange_output() gives, or part of it: xc_exchange_written(). */
	XC_DO_WRITE,
	/* Are octets queued unread? xc_exchange_done() with 0 if not, -ENOTEMPTY if so. */
	XC_DO_QUEUED,
	/* Allocate all that the keys need, attach the ULP; nothing is switched: _done(). */
	XC_DO_PREPARE,
	/* Install the receive key, refused if octets are queued unread: _done(). */
	XC_DO_KEY_RX_STRICT,
	/* Install the send key: _done(). */
	XC_DO_KEY_TX,
	/* Install both keys; octets queued unread are the peer's first encrypted ones: _done(). */
	XC_DO_KEY_BOTH,
	/* It is over: see xc_exchange_outcome(). If that is XC_CLOSED, shut both directions. */
	XC_DO_FINISH,
};

/* Zero is the safe one. */
enum xc_class {
	XC_CLOSED,		/* the position is unknown or a key is half in: shut down */
	XC_NONE,		/* nothing was read or written */
	XC_ANSWERED,		/* ended by an answer; in the clear, at a line boundary */
	XC_KEYED,		/* both keys are in: encrypted from here on */
};

/* Why an exchange ended as it did. Names by xc_reason_name(). */
enum xc_reason {
	XC_WHY_DONE,		/* it succeeded */
	XC_WHY_NO_SUITE,	/* no suite in common; b: 504 */
	XC_WHY_REFUSED,		/* b answered 4yz or 5yz */
	XC_WHY_PEER_FAIL,	/* a said XCRYPT FAIL */
	XC_WHY_SYNTAX,		/* a line, word, length or base64 is wrong; b: 501 */
	XC_WHY_MOMENT,		/* not a line for this moment; b: 503 */
	XC_WHY_PUBLIC_KEY,	/* the public value is one to refuse; b: 454 */
	XC_WHY_CONFIRM,		/* the confirmation is wrong; b: 454 */
	XC_WHY_FAULT,		/* out of memory, randomness or the like here; b: 454 */
	XC_WHY_TOO_LONG,	/* a line of more than 2048 octets */
	XC_WHY_NUL,		/* a NUL in a line */
	XC_WHY_BARE_LF,		/* LF without CR in version 2 */
	XC_WHY_PIPELINED,	/* octets behind a line that has to be the last */
	XC_WHY_UNEXPECTED,	/* b's answer is none that the protocol knows */
	XC_WHY_INSTALL,		/* the kernel refused a key */
	XC_WHY_PEER_CLOSED,	/* end of file */
	XC_WHY_IO,		/* reading or writing failed */
	XC_WHY_TIMEOUT,
	XC_WHY_CANCELLED,
};

const char *xc_reason_name(enum xc_reason reason);

/**
 * struct xc_outcome - how an exchange ended
 * @class:	what it means for the connection
 * @reason:	why
 * @error:	errno behind XC_WHY_IO and XC_WHY_INSTALL, else 0
 * @code:	the code of b's last reply, ours or the peer's; 0 if there was none
 * @suite:	the suite, NULL if it did not come to one
 * @hit:	the shared secret came from the cache
 * @session:	session identifier, if @class is XC_KEYED
 * @text:	what the peer said last where it was not what we wanted, fit for a log
 */
struct xc_outcome {
	enum xc_class class;
	enum xc_reason reason;
	int error;
	int code;
	const struct xc_suite *suite;
	bool hit;
	uint8_t session[XC_SESSION_LEN];
	char text[XC_LOG_PEER_MAX + 1];
};

/* A direction's key for the kernel. Secret; valid while the exchange is. */
struct xc_direction {
	const uint8_t *key;
	const uint8_t *iv;
};

/*
 * Begin as a: offer is what b listed in its last EHLO reply. addr is the peer's address, now
 * the wall clock (for the key pair). NULL: no memory.
 */
struct xc_exchange *xc_exchange_client(const struct xc_exchange_env *env,
				       const struct xc_offer *offer,
				       const struct in6_addr *addr, time_t now);

/*
 * Begin as b: offer is what was listed on this connection, line the client's first XCRYPT
 * line (with or without its end). The suites on offer are served even if the configuration
 * has changed meanwhile, as long as the ring has their key agreement. NULL: no memory.
 */
struct xc_exchange *xc_exchange_server(const struct xc_exchange_env *env,
				       const struct xc_offer *offer, const char *line, size_t len,
				       const struct in6_addr *addr, time_t now);

/* Zeroes and frees, at any time. */
void xc_exchange_free(struct xc_exchange *x);

enum xc_action xc_exchange_action(const struct xc_exchange *x);

/* XC_DO_READ. len 0 in xc_exchange_read() is the end of file. */
size_t xc_exchange_room(const struct xc_exchange *x);
size_t xc_exchange_take(const char *peeked, size_t len);
void xc_exchange_read(struct xc_exchange *x, const char *data, size_t len);

/* XC_DO_WRITE */
const char *xc_exchange_output(const struct xc_exchange *x, size_t *len);
void xc_exchange_written(struct xc_exchange *x, size_t len);

/* The other actions: 0 or -errno. */
void xc_exchange_done(struct xc_exchange *x, int err);

/* What happens beside the actions, at any time: reading or writing failed with -errno; */
void xc_exchange_failed(struct xc_exchange *x, int err);
/* who asked for the exchange wants it no more; */
void xc_exchange_cancel(struct xc_exchange *x);
/*
 * the time limit has passed. If the action is XC_DO_WRITE after this, b has a 421 to send: try
 * once, without waiting, and call it again.
 */
void xc_exchange_timeout(struct xc_exchange *x);

/* The keys of our two directions, for the XC_DO_KEY actions. */
void xc_exchange_keys(const struct xc_exchange *x, struct xc_direction *tx,
		      struct xc_direction *rx);

/* The suite, NULL as long as there is none. */
const struct xc_suite *xc_exchange_suite(const struct xc_exchange *x);

/* The session identifier for the kernel's key structure, once there are keys. */
const uint8_t *xc_exchange_session(const struct xc_exchange *x);

const struct xc_outcome *xc_exchange_outcome(const struct xc_exchange *x);

#endif
