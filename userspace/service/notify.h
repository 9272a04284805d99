/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a service manager wants to know, by the protocol of sd_notify(3): datagrams to the socket
 * that NOTIFY_SOCKET names. It is a few lines without libsystemd, whose interface promises that.
 */
#ifndef XC_SERVICE_NOTIFY_H
#define XC_SERVICE_NOTIFY_H

#include "common/loop.h"

/**
 * struct xc_notify - the manager, if there is one
 * @fd:		-1: none
 * @every:	milliseconds between two signs of life, 0: none are wanted
 */
struct xc_notify {
	int fd;
	uint64_t every;
	struct xc_loop *loop;
	struct xc_timer timer;
};

/* From the environment, while we may use its socket. */
void xc_notify_open(struct xc_notify *notify, struct xc_loop *loop);

/* We serve: from now on the loop gives signs of life. */
void xc_notify_ready(struct xc_notify *notify);

/* A new configuration is being read; xc_notify_ready() ends it. */
void xc_notify_reloading(struct xc_notify *notify);

void xc_notify_close(struct xc_notify *notify);

#endif
