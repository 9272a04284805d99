/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host's key pair of one key agreement (paper, sections 5.2 and 6). It lives for as long as
 * an exchange refers to it, in use or replaced.
 */
#ifndef XCRYPTD_KEYPAIR_H
#define XCRYPTD_KEYPAIR_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "kex.h"

/**
 * struct xc_keypair - one pair
 * @kex:	the key agreement
 * @own:	for use
 * @born:	when it was made, seconds of the wall clock
 * @expires:	from when on it is not used in a new exchange
 * @refs:	how many hold it
 * @stored:	the private value as it goes to disk
 * @public_a:	the public value as a sends it
 */
struct xc_keypair {
	const struct xc_kex *kex;
	struct xc_private *own;
	time_t born;
	time_t expires;
	unsigned int refs;
	uint8_t stored[XC_PRIVATE_MAX];
	uint8_t public_a[XC_PUBLIC_MAX];
};

/* A fresh pair, or one from its stored private value; one reference. NULL: no memory. */
struct xc_keypair *xc_keypair_new(const struct xc_kex *kex, time_t now, unsigned int lifetime);
struct xc_keypair *xc_keypair_restore(const struct xc_kex *kex, const uint8_t *stored,
				      time_t born, time_t expires);

struct xc_keypair *xc_keypair_get(struct xc_keypair *pair);
void xc_keypair_put(struct xc_keypair *pair);

/* A clock that was set back behind the pair's making makes it expire as well. */
bool xc_keypair_expired(const struct xc_keypair *pair, time_t now);

#endif
