/* SPDX-License-Identifier: GPL-2.0 */
/* What differs, in receiving, between a direction of a stream cipher and one of records. */
#ifndef _XCRYPT_RXKIND_H
#define _XCRYPT_RXKIND_H

#include "context.h"

struct msghdr;

/**
 * struct xcrypt_rx - one call of recv
 * @sk:		the socket, locked
 * @ctx:	its context
 * @msg:	where to
 * @len:	octets wanted
 * @flags:	MSG_*
 * @copied:	octets that the caller has
 * @some:	a peek: octets that there are
 * @half:	the call began in the middle of a record
 */
struct xcrypt_rx {
	struct sock *sk;
	struct xcrypt_ctx *ctx;
	struct msghdr *msg;
	size_t len;
	int flags;
	size_t copied;
	size_t some;
	bool half;
};

/**
 * struct xcrypt_rx_kind - functions of a kind of direction, under the socket lock
 * @take:	give the caller more of what is there. 1: it got some, or there may be more;
 *		0: the call ends here; -EAGAIN: nothing is there; else an error of this
 *		direction or of the caller's memory
 * @peek:	give the caller what is there and leave it, if it is @target octets or more.
 *		Return: octets; 0 at the end; -EAGAIN: there are only @some; another -errno
 * @inq:	octets that are known to be there to be read, at least
 */
struct xcrypt_rx_kind {
	int (*take)(struct xcrypt_rx *call);
	int (*peek)(struct xcrypt_rx *call, size_t target);
	u32 (*inq)(struct sock *sk, struct xcrypt_ctx *ctx);
};

int xcrypt_rxstream_take(struct xcrypt_rx *call);

extern const struct xcrypt_rx_kind xcrypt_rx_stream;
extern const struct xcrypt_rx_kind xcrypt_rx_records;

#endif /* _XCRYPT_RXKIND_H */
