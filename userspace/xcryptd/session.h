/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exchanges under way: the state machine's actions done on the MTA's socket.
 */
#ifndef XCRYPTD_SESSION_H
#define XCRYPTD_SESSION_H

#include "upcall.h"

struct xc_daemon;

/* The kernel's calls, ctx being the daemon. */
void xc_session_request(void *ctx, const struct xc_request *request);
void xc_session_cancel(void *ctx, uint32_t id, int error);

/* Let go of all of them, at the end. */
void xc_session_drop_all(struct xc_daemon *d);

#endif
