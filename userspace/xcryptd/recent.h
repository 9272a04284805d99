/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When the latest sessions began: the kernel knows a live socket's session identifier, but not
 * its age nor its suite. Public values only.
 */
#ifndef XCRYPTD_RECENT_H
#define XCRYPTD_RECENT_H

#include <stdint.h>
#include <stdio.h>

#include "agreement/suite.h"

#define XC_RECENT_MAX	8192

struct xc_recent_one {
	uint64_t began;		/* xc_loop_now() */
	const struct xc_suite *suite;
	uint8_t session[XC_SESSION_LEN];
};

struct xc_recent {
	unsigned long count;
	struct xc_recent_one one[XC_RECENT_MAX];
};

void xc_recent_add(struct xc_recent *recent, const uint8_t *session,
		   const struct xc_suite *suite, uint64_t now);

/*
 * At most max lines of "SESSION SUITE SECONDS", the latest first. from is 0 at first and then
 * what was returned; 0: there are no more.
 */
unsigned long xc_recent_print(FILE *to, const struct xc_recent *recent, uint64_t now,
			      unsigned long from, unsigned int max);

#endif
