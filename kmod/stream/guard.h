/* SPDX-License-Identifier: GPL-2.0 */
/* Who may use a socket while a handshake runs on it, and how each gets its lock. */
#ifndef _XCRYPT_GUARD_H
#define _XCRYPT_GUARD_H

#include <linux/sched/signal.h>
#include "context.h"

static inline bool xcrypt_is_daemon(const struct xcrypt_ctx *ctx)
{
	return READ_ONCE(ctx->guard) == -EBUSY && READ_ONCE(ctx->daemon) == task_tgid(current);
}

/* May the caller read, write or key now? -EBUSY and -ECONNABORTED as the uapi header says. */
static inline int xcrypt_guard(const struct xcrypt_ctx *ctx)
{
	int guard = READ_ONCE(ctx->guard);

	if (likely(!guard))
		return 0;
	return xcrypt_is_daemon(ctx) ? 0 : guard;
}

int xcrypt_lock_by_trying(struct sock *sk);

/*
 * Take the socket's lock to read, write or key; release_sock() gives it back. Any program can
 * sleep for as long as it likes with the lock of its own socket held, in a page fault that its
 * own file system or userfaultfd serves. It may make itself wait so, but not the daemon, who
 * only tries: -EBUSY. Whoever the guard keeps out does not wait at all, for he may be the
 * daemon of a request that has ended: one look at the guard decides.
 */
static inline int xcrypt_lock(struct sock *sk, const struct xcrypt_ctx *ctx)
{
	int guard = READ_ONCE(ctx->guard);

	if (likely(!guard)) {
		lock_sock(sk);
		return 0;
	}
	if (guard == -EBUSY && READ_ONCE(ctx->daemon) == task_tgid(current))
		return xcrypt_lock_by_trying(sk);
	return guard;
}

/*
 * Take it for what programs may ask at any time: the outcome, above all. The daemon, who has
 * no need to, does not wait while the request runs.
 */
static inline int xcrypt_lock_to_ask(struct sock *sk, const struct xcrypt_ctx *ctx)
{
	if (unlikely(xcrypt_is_daemon(ctx)))
		return xcrypt_lock_by_trying(sk);
	lock_sock(sk);
	return 0;
}

int xcrypt_daemon_shutdown(struct sock *sk, int how);
int xcrypt_daemon_recv(struct sock *sk, struct msghdr *msg, size_t len, int flags);

#endif /* _XCRYPT_GUARD_H */
