// SPDX-License-Identifier: GPL-2.0
/*
 * Sending. A piece of the caller's octets is encrypted into memory of our own, which TCP
 * then takes without a copy: see txstream.c and txrecord.c. What both share is here.
 */
#include <linux/mm.h>
#include <linux/net_tstamp.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <net/tcp.h>
#include "direction.h"
#include "guard.h"
#include "piece.h"
#include "report/stat.h"
#include "tx.h"
#include "txkind.h"

/* TCP looks into its backlog after so many buffers of one call, and so do we of pieces. */
#define TX_FLUSH	16

#define TX_REFUSED	(MSG_OOB | MSG_ZEROCOPY | MSG_FASTOPEN)

static inline int tx_check(struct sock *sk, struct xcrypt_dir *tx, struct msghdr *msg)
{
	if (unlikely(xcrypt_tx_closed(sk)))
		return -EPIPE;
	return xcrypt_dir_check(sk, tx, tcp_sk(sk)->write_seq, msg_data_left(msg));
}

/*
 * May the next piece go? Memory is waited for before keystream is drawn. The lock is free
 * while we sleep, and other writers may go ahead.
 */
static int tx_ready(struct sock *sk, struct xcrypt_dir *tx, struct msghdr *msg, long *timeo,
		    bool stalled, bool copied)
{
	int err = tx_check(sk, tx, msg);

	while (!err && msg_data_left(msg) && (stalled || !sk_stream_memory_free(sk))) {
		stalled = false;
		xcrypt_piece_push(sk, copied);
		set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		err = sk_stream_wait_memory(sk, timeo) ?: tx_check(sk, tx, msg);
	}
	return err;
}

static int tx_error(struct sock *sk, int flags, int err)
{
	if (err == -EBADMSG || err == -EKEYEXPIRED)
		return err;
	err = sk_stream_error(sk, flags, err);
	/* An edge-triggered poller that was told EAGAIN waits for this. */
	if (err == -EAGAIN && tcp_rtx_and_write_queues_empty(sk))
		sk->sk_write_space(sk);
	return err;
}

static int tx_pieces(struct sock *sk, struct xcrypt_ctx *ctx, struct msghdr *msg)
{
	bool sealed = xcrypt_dir_sealed(&ctx->tx);
	long timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT);
	int copied = 0, n = 0, pieces = 0, err;

	do {
		/* Acknowledgments wait for the lock, and with them what they would let out. */
		if (++pieces % TX_FLUSH == 0)
			sk_flush_backlog(sk);
		err = tx_ready(sk, &ctx->tx, msg, &timeo, n == -EAGAIN, copied);
		if (err || !msg_data_left(msg))
			break;
		n = sealed ? xcrypt_txrecord_piece(sk, ctx, msg) :
			     xcrypt_txstream_piece(sk, ctx, msg);
		if (n > 0)
			copied += n;
		else if (n != -EAGAIN)
			err = n;
	} while (!err && msg_data_left(msg));
	if (unlikely(err))
		xcrypt_piece_push(sk, false);

	this_cpu_add(ctx->stat[XCRYPT_STAT_TX_OCTETS], copied);
	if (copied || !err)
		return copied;
	return tx_error(sk, msg->msg_flags, err);
}

/* TCP checks control messages and so do we; what they ask of one write is not done. */
static int tx_control(struct sock *sk, struct msghdr *msg)
{
	struct sockcm_cookie sockc;

	if (!msg->msg_controllen)
		return 0;
	sockcm_init(&sockc, sk);
	return sock_cmsg_send(sk, msg, &sockc) ? -EINVAL : 0;
}

/* Has TCP the caller's octets as they are? */
bool xcrypt_tx_plain(const struct sock *sk)
{
	const struct xcrypt_ctx *ctx = xcrypt_ctx(sk);

	return !ctx->tx.cipher && !xcrypt_guard(ctx);
}

/* Under the socket lock: encrypt, or leave a direction without key to TCP. */
static int tx_locked(struct sock *sk, struct msghdr *msg, size_t size)
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);
	int err = xcrypt_guard(ctx);

	if (unlikely(err))
		return err;
	if (!ctx->tx.cipher)
		return tcp_sendmsg_locked(sk, msg, size);
	if (msg->msg_flags & TX_REFUSED) {
		xcrypt_stat_inc(sk, XCRYPT_STAT_REFUSED_BYPASS);
		return -EOPNOTSUPP;
	}
	err = tx_control(sk, msg);
	return err ?: tx_pieces(sk, ctx, msg);
}

int xcrypt_sendmsg(struct sock *sk, struct msghdr *msg, size_t size)
{
	const struct xcrypt_ctx *ctx = xcrypt_ctx(sk);
	int ret;

	/* The daemon must not wait for room either: others get the lock meanwhile. */
	if (unlikely(xcrypt_is_daemon(ctx)))
		msg->msg_flags |= MSG_DONTWAIT;
	ret = xcrypt_lock(sk, ctx);
	if (ret)
		return ret;
	ret = tx_locked(sk, msg, size);
	release_sock(sk);
	return ret;
}
