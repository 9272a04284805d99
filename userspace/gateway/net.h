/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets: addresses, listening, connecting, where a redirected connection was meant to go. */
#ifndef XCRYPT_GATEWAY_NET_H
#define XCRYPT_GATEWAY_NET_H

#include <stdbool.h>

#include "proxyline.h"

/* The two ends of a connection. 0 or -errno. */
int net_ends(int fd, struct endpoint *here, struct endpoint *there);

/* The own end of a socket. 0 or -errno; -EAFNOSUPPORT: it is none of IPv4 or IPv6. */
int net_name(int fd, struct endpoint *here);
bool net_is_v6(int fd);

/* Small writes go out at once: it is the MTAs who know what belongs together. */
void net_prompt(int fd);

/* Where the client wanted to go before nftables redirected it. 0 or -errno: it did not. */
int net_original(int fd, struct endpoint *to);

/* Non-blocking. from: the address to connect from, or NULL; mark: SO_MARK or 0. A descriptor. */
int net_connect(const struct endpoint *from, const struct endpoint *to, unsigned int mark);

/* How a connect that was under way has ended. 0 or -errno. */
int net_connected(int fd);

/* A descriptor or -errno. */
int net_listen(const struct endpoint *at, bool v6);

#endif
