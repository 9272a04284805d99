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

#include "agreement/kex.h"
#include "clock.h"

/*
 * A pair's time is over when either clock says so: the wall's knows of a virtual machine that
 * stood still, and CLOCK_BOOTTIME keeps a clock that is set back from prolonging it.
 */
/**
 * struct xc_keypair - one pair
 * @kex:	the key agreement
 * @own:	for use
 * @born:	when it was made, by the wall clock
 * @expires:	from when on it is not used in a new exchange, by the wall clock
 * @boot_end:	the same by CLOCK_BOOTTIME of this boot
 * @refs:	how many hold it
 * @stored:	the private value as it goes to disk
 * @public_a:	the public value as a sends it
 */
struct xc_keypair {
	const struct xc_kex *kex;
	struct xc_private *own;
	time_t born;
	time_t expires;
	time_t boot_end;
	unsigned int refs;
	uint8_t stored[XC_PRIVATE_MAX];
	uint8_t public_a[XC_PUBLIC_MAX];
};

/* A fresh pair, or one from its stored private value; one reference. NULL: no memory. */
struct xc_keypair *xc_keypair_new(const struct xc_kex *kex, const struct xc_time *now,
				  unsigned int lifetime);
struct xc_keypair *xc_keypair_restore(const struct xc_kex *kex, const uint8_t *stored,
				      time_t born, time_t expires, time_t boot_end);

struct xc_keypair *xc_keypair_get(struct xc_keypair *pair);
void xc_keypair_put(struct xc_keypair *pair);

/* Seconds since its making, which no setting of the clock changes; until its end, 0 if over. */
time_t xc_keypair_age(const struct xc_keypair *pair, const struct xc_time *now);
time_t xc_keypair_left(const struct xc_keypair *pair, const struct xc_time *now);

bool xc_keypair_expired(const struct xc_keypair *pair, const struct xc_time *now);

#endif
