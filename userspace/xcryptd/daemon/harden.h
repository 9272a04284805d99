/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Giving up what is not needed.
 */
#ifndef XCRYPTD_HARDEN_H
#define XCRYPTD_HARDEN_H

#include "log.h"

/* Room for so many exchanges; memory that is never swapped nor dumped. */
void xc_harden_limits(const struct xc_log *log, unsigned int exchanges);

/*
 * Become user (if not NULL) and keep no capability but CAP_NET_ADMIN. 0 or -errno, which has
 * been logged.
 */
int xc_harden_privileges(const struct xc_log *log, const char *user);

/* Only the system calls of the loop from here on; others fail with EPERM. 0 or -errno. */
int xc_harden_calls(const struct xc_log *log);

#endif
