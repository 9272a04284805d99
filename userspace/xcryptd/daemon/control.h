/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The socket that xcryptctl talks to: one line in, then "ok" or "error WHY" and lines out.
 */
#ifndef XCRYPTD_CONTROL_H
#define XCRYPTD_CONTROL_H

#include "loop.h"

struct xc_daemon;

struct xc_control {
	struct xc_source source;
	struct xc_daemon *d;
	unsigned int clients;
	char path[108];
};

/* Make the socket, 0600. 0 or -errno, which has been logged. */
int xc_control_open(struct xc_control *control, struct xc_daemon *d, const char *path);
void xc_control_close(struct xc_control *control);

#endif
