// SPDX-License-Identifier: GPL-2.0
/*
 * Receiving. What TCP has queued in order is decrypted and given to the caller: see rxstream.c
 * and rxrecord.c. What both share is here.
 *
 * The ways to wait and to fail follow tcp_recvmsg().
 */
#include <linux/indirect_call_wrapper.h>
#include <linux/sched/signal.h>
#include <linux/socket.h>
#include <net/busy_poll.h>
#include <net/tcp.h>
#include "direction.h"
#include "guard.h"
#include "queue.h"
#include "report/stat.h"
#include "rx.h"
#include "rxkind.h"

/*
 * Nothing is queued that could be returned yet. Return: 1 to look again, 0 to end the call
 * with what it has, or -errno.
 */
static int rx_wait(struct sock *sk, bool some, long *timeo)
{
	if (some) {
		if (!*timeo || sk->sk_err || sk->sk_state == TCP_CLOSE ||
		    (sk->sk_shutdown & RCV_SHUTDOWN) || signal_pending(current))
			return 0;
	} else {
		if (sock_flag(sk, SOCK_DONE))
			return 0;
		if (sk->sk_err)
			return sock_error(sk);
		if (sk->sk_shutdown & RCV_SHUTDOWN)
			return 0;
		if (sk->sk_state == TCP_CLOSE)
			return -ENOTCONN;
		if (!*timeo)
			return -EAGAIN;
		if (signal_pending(current))
			return sock_intr_errno(*timeo);
	}
	sk_wait_data(sk, timeo, skb_peek_tail(&sk->sk_receive_queue));
	return 1;
}

static const struct xcrypt_rx_kind *rx_kind(const struct xcrypt_ctx *ctx)
{
	return xcrypt_dir_sealed(&ctx->rx) ? &xcrypt_rx_records : &xcrypt_rx_stream;
}

/* A peek waits until its target is there; then, or when no more will come, it takes once. */
static int rx_peek(struct xcrypt_rx *call)
{
	const struct xcrypt_rx_kind *kind = rx_kind(call->ctx);
	size_t target = sock_rcvlowat(call->sk, call->flags & MSG_WAITALL, call->len);
	long timeo = sock_rcvtimeo(call->sk, call->flags & MSG_DONTWAIT);
	int ret;

	do {
		ret = kind->peek(call, target);
		if (ret != -EAGAIN)
			return ret;
		ret = rx_wait(call->sk, call->some, &timeo);
	} while (ret > 0);
	return call->some ? kind->peek(call, 0) : ret;
}

/* Has the call enough to end before the caller's buffer is full? */
static bool rx_enough(const struct xcrypt_rx *call)
{
	/* TCP wakes nobody for what, beside a half-read record, is less than the mark. */
	if (call->half && call->copied && !(call->flags & MSG_WAITALL))
		return true;
	return call->copied >= sock_rcvlowat(call->sk, call->flags & MSG_WAITALL, call->len);
}

static int rx_read(struct xcrypt_rx *call)
{
	const struct xcrypt_rx_kind *kind = rx_kind(call->ctx);
	long timeo = sock_rcvtimeo(call->sk, call->flags & MSG_DONTWAIT);
	int ret;

	do {
		ret = INDIRECT_CALL_1(kind->take, xcrypt_rxstream_take, call);
		if (ret != -EAGAIN)
			continue;
		if (rx_enough(call))
			ret = sk_flush_backlog(call->sk);
		else
			ret = rx_wait(call->sk, call->copied, &timeo);
	} while (ret > 0 && call->copied < call->len);
	this_cpu_add(call->ctx->stat[XCRYPT_STAT_RX_OCTETS], call->copied);
	return call->copied ?: ret;
}

/* The TCP_INQ control message, and io_uring's question. */
static void rx_inq(struct sock *sk, struct xcrypt_ctx *ctx, struct msghdr *msg)
{
	bool cmsg = tcp_sk(sk)->recvmsg_inq;

	if (!cmsg && !msg->msg_get_inq)
		return;
	/* At the end of the stream it is 1, so that the caller comes to see it. */
	msg->msg_inq = rx_kind(ctx)->inq(sk, ctx) ?: sock_flag(sk, SOCK_DONE);
	if (cmsg)
		put_cmsg(msg, SOL_TCP, TCP_CM_INQ, sizeof(msg->msg_inq), &msg->msg_inq);
}

/* SO_BUSY_POLL: as tcp_recvmsg() does, look at the device before going to sleep. */
static void rx_busy_poll(struct sock *sk, int flags)
{
	if (sk_can_busy_loop(sk) && skb_queue_empty_lockless(&sk->sk_receive_queue) &&
	    sk->sk_state == TCP_ESTABLISHED)
		sk_busy_loop(sk, flags & MSG_DONTWAIT);
}

int xcrypt_recvmsg(COMPAT_RECVMSG(struct sock *sk, struct msghdr *msg, size_t len, int flags))
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);
	struct xcrypt_rx call = { sk, ctx, msg, len };
	/* Looked at once: a request that ends meanwhile does not make the daemon somebody else. */
	bool daemon = xcrypt_is_daemon(ctx);
	int ret = daemon ? 0 : xcrypt_guard(ctx);

	if (ret)
		return ret;
	if (unlikely(daemon) && !xcrypt_dir_cipher(&ctx->rx))
		return xcrypt_daemon_recv(sk, msg, len, flags);
	if (!xcrypt_dir_cipher(&ctx->rx) || (flags & MSG_ERRQUEUE))
		return compat_recvmsg(ctx->family->base, sk, msg, len, flags);
	/* Urgent octets are in the stream, where they can be decrypted. */
	if (flags & MSG_OOB)
		return -EINVAL;

	if (unlikely(daemon))
		flags |= MSG_DONTWAIT;
	call.flags = flags;
	rx_busy_poll(sk, flags);
	ret = xcrypt_lock(sk, ctx);
	if (ret)
		return ret;
	xcrypt_urgent_inline(sk);
	if (flags & MSG_PEEK)
		ret = rx_peek(&call);
	else
		ret = rx_read(&call);
	if (ret >= 0)
		rx_inq(sk, ctx, msg);
	release_sock(sk);
	return ret;
}

/*
 * With a key, splice goes by way of recvmsg. As with plain TCP, whether it waits for octets is
 * said by O_NONBLOCK of the socket; SPLICE_F_NONBLOCK is about the pipe.
 */
ssize_t xcrypt_splice_read(struct socket *sock, loff_t *ppos, struct pipe_inode_info *pipe,
			   size_t len, unsigned int flags)
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sock->sk);
	/* It would wait for the lock, and the daemon has no use for it. */
	int err = xcrypt_is_daemon(ctx) ? -EOPNOTSUPP : xcrypt_guard(ctx);

	if (err)
		return err;
	if (!xcrypt_dir_cipher(&ctx->rx))
		return ctx->family->base_ops->splice_read(sock, ppos, pipe, len, flags);
	return compat_splice_read(sock, ppos, pipe, len, flags);
}
