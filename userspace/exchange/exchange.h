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
#include <netinet/in.h>

#include "keys/keyring.h"
#include "agreement/offer.h"
#include "agreement/suite.h"
#include "env.h"
#include "outcome.h"

struct xc_exchange;

/* A direction's key for the kernel. Secret; valid while the exchange is. */
struct xc_direction {
	const uint8_t *key;
	const uint8_t *iv;
};

/*
 * Begin as a: offer is what b listed in its last EHLO reply. addr is the peer's address. wish may
 * be NULL. NULL: no memory.
 */
struct xc_exchange *xc_exchange_client(const struct xc_exchange_env *env,
				       const struct xc_offer *offer, const struct in6_addr *addr,
				       const struct xc_wish *wish);

/*
 * Begin as b: offer is what was listed on this connection, line the client's first XCRYPT
 * line (with or without its end). The suites on offer are served even if the configuration
 * has changed meanwhile, as long as the ring has their key agreement. NULL: no memory.
 */
struct xc_exchange *xc_exchange_server(const struct xc_exchange_env *env,
				       const struct xc_offer *offer, const char *line, size_t len,
				       const struct in6_addr *addr);

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
