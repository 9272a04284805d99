/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs that serve one connection each, for MTAs that take a client's address from no PROXY
 * header but from a trusted caller. A process of its own, which keeps the privileges that the
 * gateway gives up, starts them; it takes nothing but the number of a configured command and an
 * address.
 */
#ifndef XCRYPT_GATEWAY_SPAWN_H
#define XCRYPT_GATEWAY_SPAWN_H

#include <sys/types.h>

#include "conf.h"

/*
 * Start that process, if any listener has a command. 0 or -errno; *channel is for spawn_use() and -1
 * if there is none, as *pid is 0 then. It ends when nobody has the channel any more.
 */
int spawn_start(const struct gw_conf *conf, int *channel, pid_t *pid);

/* In the process that is going to call spawn(). */
void spawn_use(const struct gw_conf *conf, int channel);

/* No signal is blocked in a child that did not ask for it. */
void spawn_signals(void);

/*
 * Run a listener's command with a socket as its standard input and output. Return: the other end,
 * non-blocking, or -errno.
 */
int spawn(const struct gw_listen *listen, const struct endpoint *client);

#endif
