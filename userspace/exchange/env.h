/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an exchange is given, and what it asks of its caller.
 */
#ifndef XCRYPTD_EXCHANGE_ENV_H
#define XCRYPTD_EXCHANGE_ENV_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/xcrypt.h>

#include "agreement/suite.h"
#include "keys/keyring.h"
#include "peers/identity.h"

/**
 * struct xc_exchange_env - what exchanges share; may change between two calls
 * @ring:	key pairs and caches
 * @accept:	the suites that a may choose from b's list
 * @identity:	b's, for version 3
 * @random:	fills in nonces, 0 or -errno: xc_secret_random
 */
struct xc_exchange_env {
	struct xc_keyring *ring;
	const struct xc_suite_list *accept;
	const struct xc_identity *identity;
	int (*random)(void *p, size_t size);
};

/**
 * struct xc_wish - what a client's MTA wishes besides
 * @early:	what it would write first once encrypted
 * @early_len:	octets of it, up to XCRYPT_EARLY_MAX
 * @short_lines: a suite without long lines, if b has one: the path may not carry others
 */
struct xc_wish {
	const char *early;
	size_t early_len;
	bool short_lines;
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
	/* May b be the one that it has proven to be (outcome's identity)? 0 or -EACCES: _done(). */
	XC_DO_JUDGE,
	/* Allocate all that the keys need, attach the ULP; nothing is switched: _done(). */
	XC_DO_PREPARE,
	/* Install the receive key, refused if octets are queued unread: _done(). */
	XC_DO_KEY_RX_STRICT,
	/* Install the receive key; octets queued unread are the peer's first records: _done(). */
	XC_DO_KEY_RX,
	/* Install the send key: _done(). */
	XC_DO_KEY_TX,
	/* Install both keys; octets queued unread are the peer's first encrypted ones: _done(). */
	XC_DO_KEY_BOTH,
	/*
	 * Shut down sending, and drop what still comes until its end, for at most two seconds or
	 * 64 KiB, so that no RST eats the answer: _done().
	 */
	XC_DO_DRAIN,
	/*
	 * It is over: see xc_exchange_outcome(). If that is XCRYPT_CLASS_CLOSED, shut both
	 * directions.
	 */
	XC_DO_FINISH,
};

#endif
