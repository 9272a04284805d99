/* SPDX-License-Identifier: GPL-2.0 */
/* The life of the process that serves: what it listens on, its limits, its end. */
#ifndef XCRYPT_GATEWAY_GATEWAY_H
#define XCRYPT_GATEWAY_GATEWAY_H

#include "state.h"

/**
 * struct gw_start - what it is given
 * @listener:	descriptors, one for each of conf->listen
 * @control:	a UNIX socket that listens
 * @spawner:	for spawn_use()
 * @ready:	an octet is written to it when sessions are served
 * @user:	to become, or NULL
 */
struct gw_start {
	struct gw_conf *conf;
	const int *listener;
	int control;
	int spawner;
	int ready;
	const char *user;
};

/* Until SIGTERM. An exit status; what is wrong has been logged. */
int gw_run(const struct gw_start *start);

#endif
