/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The daemon: one process, one loop, all exchanges of a network namespace.
 */
#ifndef XCRYPTD_DAEMON_H
#define XCRYPTD_DAEMON_H

#include "state.h"

/* Runs until SIGTERM. An exit status of sysexits.h. */
int xc_daemon_run(const struct xc_daemon_options *options);

#endif
