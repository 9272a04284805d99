/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the daemon does with its privileges at the start, and giving them up.
 */
#ifndef XCRYPTD_START_H
#define XCRYPTD_START_H

#include "state.h"

/*
 * Make the socket for xcryptctl and the pid file, become another user, restrict files, start the
 * threads. 0 or an exit status of sysexits.h, why having been logged.
 */
int xc_start_unprivileged(struct xc_daemon *d, const struct xc_daemon_options *options);

#endif
