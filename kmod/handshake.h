/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_HANDSHAKE_H
#define _XCRYPT_HANDSHAKE_H

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/sockptr.h>
#include <linux/workqueue.h>
#include "context.h"

/**
 * struct xcrypt_request - one handshake under way
 * @list:	in the namespace's list of waiting or accepted requests, under its lock
 * @sk:		held
 * @daemon:	who accepted it, NULL before
 * @uid:	who asked
 * @id:		how the daemon calls it
 * @ended:	bit 0 decides between the daemon's word, signal, time limit and close
 * @expiry:	first the limit to be accepted, then that of the whole exchange
 * @done:	the outcome is with the socket
 * @ref:	of the requester, of the socket, of the time limit
 * @offer:	what XCRYPT_SUITES answered on this socket, or NULL
 * @error:	-errno for the requester, whatever becomes of the socket's result meanwhile
 * @ask:	as the MTA said it, with ask.data
 */
struct xcrypt_request {
	struct list_head list;
	struct sock *sk;
	struct pid *daemon;
	kuid_t uid;
	u32 id;
	unsigned long ended;
	struct delayed_work expiry;
	struct completion done;
	refcount_t ref;
	char *offer;
	int error;
	struct xcrypt_handshake ask;
};

/* For xcrypt_handshake_end(): NONE or CLOSED, whether the daemon had taken the request. */
#define XCRYPT_CLASS_BY_MOMENT	0xff

int xcrypt_handshake_ask(struct sock *sk, sockptr_t optval, unsigned int optlen);
int xcrypt_handshake_outcome(struct sock *sk, char __user *optval, int __user *optlen);
int xcrypt_handshake_suites(struct sock *sk, char __user *optval, int __user *optlen);
void xcrypt_handshake_close(struct sock *sk);
bool xcrypt_handshake_end(struct xcrypt_request *req, struct xcrypt_outcome *outcome);
void xcrypt_handshake_fail(struct xcrypt_request *req, int error);
void xcrypt_request_put(struct xcrypt_request *req);

/* May the caller read, write or key now? -EBUSY and -ECONNABORTED as the uapi header says. */
static inline int xcrypt_guard(const struct xcrypt_ctx *ctx)
{
	int guard = READ_ONCE(ctx->guard);

	if (likely(!guard))
		return 0;
	if (guard == -EBUSY && READ_ONCE(ctx->daemon) == task_tgid(current))
		return 0;
	return guard;
}

#endif /* _XCRYPT_HANDSHAKE_H */
