/* SPDX-License-Identifier: GPL-2.0 */
/* What differs, in sending, between a direction of a stream cipher and one of records. */
#ifndef _XCRYPT_TXKIND_H
#define _XCRYPT_TXKIND_H

#include "context.h"

struct msghdr;

/*
 * Under the socket lock: encrypt some of the caller's octets and hand them to TCP. Return: how
 * many of them it took; else -EAGAIN for no memory, or another error.
 */
int xcrypt_txstream_piece(struct sock *sk, struct xcrypt_ctx *ctx, struct msghdr *msg);
int xcrypt_txrecord_piece(struct sock *sk, struct xcrypt_ctx *ctx, struct msghdr *msg);

/* Nothing more can be sent on this connection. */
static inline bool xcrypt_tx_closed(const struct sock *sk)
{
	return sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN) ||
	       !((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT));
}

#endif /* _XCRYPT_TXKIND_H */
