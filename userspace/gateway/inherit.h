/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The listening sockets, from one program to the next: none is closed and opened anew, so that no
 * connection that waits in one is lost.
 */
#ifndef XCRYPT_GATEWAY_INHERIT_H
#define XCRYPT_GATEWAY_INHERIT_H

#include <stdbool.h>
#include <sys/types.h>

#include "conf.h"

#define INHERIT_MAX	(GW_LISTEN_MAX + 1)	/* and the control socket */
#define WORKERS_MAX	16			/* that are coming to their end */

/**
 * struct inherited - what the program before has left
 * @fd:		sockets, -1: taken
 * @old:	workers that have to be told to end
 */
struct inherited {
	int fd[INHERIT_MAX];
	int fds;
	pid_t old[WORKERS_MAX];
	int olds;
};

/* From the environment, which is empty of it then. */
void inherit_read(struct inherited *from);
/* Into the environment, for execve(). 0 or -errno. */
int inherit_write(const struct inherited *to);
/* The descriptors stay open over execve(), or do not. */
void inherit_keep(const struct inherited *set, bool keep);

/* The one that listens there; -1: there is none. */
int inherit_listener(struct inherited *from, const struct endpoint *at, bool v6);
int inherit_control(struct inherited *from, const char *path);
/* Those that nobody has taken. */
void inherit_close(struct inherited *from);

#endif
