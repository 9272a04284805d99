/* SPDX-License-Identifier: GPL-2.0 */
/* What differs, in sending, between a direction of a stream cipher and one of records. */
#ifndef _XCRYPT_TXKIND_H
#define _XCRYPT_TXKIND_H

#include "context.h"

struct msghdr;

/**
 * struct xcrypt_tx_kind - functions of a kind of direction, under the socket lock
 * @piece:	encrypt some of the caller's octets and hand them to TCP. Return: how many of
 *		them it took; else -EAGAIN for no memory, or another error
 */
struct xcrypt_tx_kind {
	int (*piece)(struct sock *sk, struct xcrypt_ctx *ctx, struct msghdr *msg);
};

extern const struct xcrypt_tx_kind xcrypt_tx_stream;
extern const struct xcrypt_tx_kind xcrypt_tx_records;

/* Nothing more can be sent on this connection. */
static inline bool xcrypt_tx_closed(const struct sock *sk)
{
	return sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN) ||
	       !((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT));
}

#endif /* _XCRYPT_TXKIND_H */
