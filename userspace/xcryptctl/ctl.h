/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xcryptctl's commands. Each gives an exit status: 0; CTL_FOUND: what was asked for is not so;
 * CTL_NO_DAEMON; or one of sysexits.h.
 */
#ifndef XCRYPTCTL_H
#define XCRYPTCTL_H

#include <sysexits.h>

#define CTL_FOUND	1
#define CTL_NO_DAEMON	EX_UNAVAILABLE

/* How stats and sessions are printed. */
enum ctl_format {
	CTL_TABLE,
	CTL_JSON,
	CTL_PROMETHEUS,
};

int ctl_stats(const char *socket, enum ctl_format format);
int ctl_sessions(const char *socket, enum ctl_format format);
int ctl_check(const char *socket, const char *conf);
int ctl_check_host(const char *host, const char *port);

#endif
