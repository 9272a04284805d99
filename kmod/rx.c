// SPDX-License-Identifier: GPL-2.0
/*
 * Receiving. What TCP has queued in order is decrypted into a buffer of our own and copied
 * to the caller; then it is consumed. A peek does the same and puts the cipher back. The
 * queued buffers are never written: on loopback they are the sender's retransmit queue,
 * and perhaps the page cache.
 *
 * The ways to wait and to fail follow tcp_recvmsg().
 */
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <linux/workqueue.h>
#include <net/tcp.h>
#include "direction.h"
#include "handshake.h"
#include "rx.h"
#include "stat.h"

/* The plaintext's stop on its way: what a page fragment holds, and so a piece of the sender's. */
#define RX_SIZE		32768
/* Shorter runs, as a network card delivers them, are gathered: each start of a cipher costs. */
#define RX_RUN_MIN	2048

/*
 * Each processor keeps a buffer for the next reader: to zero one at each read would cost more
 * than the copy. The work zeroes and frees them all, so plaintext rests there for a second at
 * most.
 */
static DEFINE_PER_CPU(u8 *, rx_spare);
static void rx_wipe(struct work_struct *work);
static DECLARE_DELAYED_WORK(rx_wipe_work, rx_wipe);

struct rx_buf {
	u8 *data;
	unsigned int size;
	u8 small[XCRYPT_STACK_MAX];	/* out of memory, reading goes on */
};

/* @len octets at @src wait to be decrypted to @dst, or in place if they were gathered there. */
struct rx_run {
	struct sock *sk;
	struct xcrypt_dir *rx;
	const u8 *src;
	u8 *dst;
	unsigned int len;
};

static void rx_wipe(struct work_struct *work)
{
	int cpu;

	for_each_possible_cpu(cpu)
		kfree_sensitive(xchg(per_cpu_ptr(&rx_spare, cpu), NULL));
}

/* No socket reads any more. */
void xcrypt_rx_exit(void)
{
	cancel_delayed_work_sync(&rx_wipe_work);
	rx_wipe(NULL);
}

static void buf_get(struct rx_buf *buf)
{
	buf->size = RX_SIZE;
	/* This task may move to another processor here: any spare will do. */
	buf->data = xchg(raw_cpu_ptr(&rx_spare), NULL);
	if (buf->data)
		return;
	buf->data = kmalloc(RX_SIZE, GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);
	if (buf->data)
		return;
	buf->size = PAGE_SIZE;
	buf->data = kmalloc(PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN);
	if (buf->data)
		return;
	buf->size = sizeof(buf->small);
	buf->data = buf->small;
}

static void buf_put(struct rx_buf *buf)
{
	if (buf->data == buf->small)
		memzero_explicit(buf->small, sizeof(buf->small));
	else if (buf->size != RX_SIZE || cmpxchg(raw_cpu_ptr(&rx_spare), NULL, buf->data))
		kfree_sensitive(buf->data);
	else if (!delayed_work_pending(&rx_wipe_work))
		schedule_delayed_work(&rx_wipe_work, HZ);
}

static inline int run_flush(struct rx_run *run)
{
	int err = 0;

	if (run->len)
		err = xcrypt_dir_crypt(run->sk, run->rx, run->dst, run->src, run->len);
	run->dst += run->len;
	run->len = 0;
	return err;
}

static void run_gather(struct rx_run *run, const u8 *src, unsigned int len)
{
	if (run->src != run->dst) {
		memcpy(run->dst, run->src, run->len);
		run->src = run->dst;
	}
	memcpy(run->dst + run->len, src, len);
}

/* @len octets at @src do not lie behind the run. */
static int run_break(struct rx_run *run, const u8 *src, unsigned int len)
{
	int err;

	if (len < RX_RUN_MIN && (run->len < RX_RUN_MIN || run->src == run->dst)) {
		run_gather(run, src, len);
		return 0;
	}
	err = run_flush(run);
	run->src = src;
	return err;
}

static inline int run_add(struct rx_run *run, const u8 *src, unsigned int len)
{
	int err = 0;

	if (!run->len)
		run->src = src;
	else if (src != run->src + run->len)	/* on loopback, what was sent as one lies as one */
		err = run_break(run, src, len);
	run->len += len;
	return err;
}

/* If @len octets at @offset begin in this part, add them. Both are moved on. */
static inline int run_part(struct rx_run *run, const u8 *data, unsigned int size,
			   unsigned int *offset, unsigned int *len)
{
	unsigned int n;
	int err;

	if (*offset >= size) {
		*offset -= size;
		return 0;
	}
	n = min(size - *offset, *len);
	err = run_add(run, data + *offset, n);
	*offset = 0;
	*len -= n;
	return err;
}

static int run_skb(struct rx_run *run, const struct sk_buff *skb, unsigned int offset,
		   unsigned int len)
{
	const struct sk_buff *part;
	int err, i;

	if (!skb_frags_readable(skb))
		return -EFAULT;
	err = run_part(run, skb->data, skb_headlen(skb), &offset, &len);
	for (i = 0; !err && len && i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		if (offset >= skb_frag_size(frag)) {
			offset -= skb_frag_size(frag);
			continue;
		}
		err = run_part(run, skb_frag_address(frag), skb_frag_size(frag), &offset, &len);
	}
	if (err || !len)
		return err;
	skb_walk_frags(skb, part) {
		unsigned int n;

		if (offset >= part->len) {
			offset -= part->len;
			continue;
		}
		n = min(part->len - offset, len);
		err = run_skb(run, part, offset, n);
		offset = 0;
		len -= n;
		if (err || !len)
			return err;
	}
	return -EBADMSG;
}

/* Decrypt the @len octets from @seq on, all of them queued, to @dst. */
static int rx_decrypt(struct sock *sk, struct xcrypt_dir *rx, u32 seq, u8 *dst,
		      unsigned int len)
{
	struct rx_run run = { .sk = sk, .rx = rx, .dst = dst };
	const struct sk_buff *skb;

	/* Sequence numbers, not lengths: the buffers may overlap. */
	skb_queue_walk(&sk->sk_receive_queue, skb) {
		u32 offset = seq - TCP_SKB_CB(skb)->seq;
		unsigned int n;
		int err;

		if (unlikely(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN))
			offset--;
		if (offset >= skb->len)
			continue;
		n = min(skb->len - offset, len);
		err = run_skb(&run, skb, offset, n);
		if (err)
			return err;
		seq += n;
		len -= n;
		if (!len)
			return run_flush(&run);
	}
	return -EBADMSG;
}

/* The caller has @len octets: TCP may forget them, and the next ones are @len on. */
static void rx_consume(struct sock *sk, struct xcrypt_dir *rx, unsigned int len)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 seq = rx->next_seq + len;

	tcp_read_done(sk, len);
	/* It eats a FIN behind the last octet, which has a sequence number too. */
	if (tp->copied_seq == seq + 1 && sock_flag(sk, SOCK_DONE))
		seq++;
	xcrypt_dir_advance(rx, len, seq);
	if (unlikely(tp->urg_data) && after(tp->copied_seq, tp->urg_seq)) {
		WRITE_ONCE(tp->urg_data, 0);
		tcp_fast_path_check(sk);
	}
}

/* Decrypt and copy @len octets from @seq on. Return: octets the caller got, or -errno. */
static int rx_piece(struct sock *sk, struct xcrypt_dir *rx, struct msghdr *msg, u32 seq, u8 *buf,
		    unsigned int len, int flags)
{
	unsigned int n;
	int err = rx_decrypt(sk, rx, seq, buf, len);

	if (err || (flags & MSG_TRUNC))
		return err ?: len;
	n = copy_to_iter(buf, len, &msg->msg_iter);
	if (unlikely(n < len))
		xcrypt_stat_inc(sk, XCRYPT_STAT_USER_FAULT);
	return n;
}

/* Return: octets the caller got of the @len that are queued; or -errno and none. */
static int rx_take(struct sock *sk, struct xcrypt_ctx *ctx, struct msghdr *msg, size_t len,
		   int flags)
{
	struct xcrypt_dir *rx = &ctx->rx;
	bool peek = flags & MSG_PEEK;
	u32 seq = rx->next_seq;
	struct rx_buf buf;
	size_t done = 0;
	int want, n;

	buf_get(&buf);
	do {
		want = min_t(size_t, len - done, buf.size);
		/* A peek goes back to where it began. */
		if (!peek || !done)
			xcrypt_dir_save(ctx, rx);
		n = rx_piece(sk, rx, msg, seq + done, buf.data, want, flags);
		if (n > 0)
			done += n;
		if (peek)
			continue;
		if (unlikely(n < want))
			xcrypt_dir_restore(ctx, rx, max(n, 0));
		if (n > 0)
			rx_consume(sk, rx, n);
	} while (n == want && done < len);
	if (peek)
		xcrypt_dir_restore(ctx, rx, 0);
	buf_put(&buf);
	if (done)
		return done;
	return n ?: -EFAULT;
}

/* How many of @len queued octets one read may return: none beyond the urgent mark. */
static size_t rx_queued(struct sock *sk, const struct xcrypt_dir *rx, size_t len, bool some)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	size_t n = min(len, xcrypt_dir_room(rx));
	u32 mark = tp->urg_seq - tp->copied_seq;

	if (unlikely(tp->urg_data) && mark < n && (mark || some))
		n = mark;
	return n;
}

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

/* A peek cannot take and wait, so it waits until its target is queued, then takes once. */
static int rx_peek(struct sock *sk, struct xcrypt_ctx *ctx, struct msghdr *msg, size_t len,
		   int flags)
{
	size_t target = sock_rcvlowat(sk, flags & MSG_WAITALL, len);
	long timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	size_t inq, n;
	int ret;

	do {
		inq = tcp_inq(sk);
		ret = xcrypt_dir_check(sk, &ctx->rx, tcp_sk(sk)->copied_seq, inq);
		if (ret)
			return ret;
		n = rx_queued(sk, &ctx->rx, min(len, inq), false);
		if (n >= target || n < inq)
			break;
		ret = rx_wait(sk, n, &timeo);
	} while (ret > 0);
	return n ? rx_take(sk, ctx, msg, n, flags) : ret;
}

static int rx_read(struct sock *sk, struct xcrypt_ctx *ctx, struct msghdr *msg, size_t len,
		   int flags)
{
	long timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	size_t copied = 0;
	int ret = 0;

	do {
		size_t inq = tcp_inq(sk), n;

		ret = xcrypt_dir_check(sk, &ctx->rx, tcp_sk(sk)->copied_seq, inq);
		if (ret)
			break;
		n = rx_queued(sk, &ctx->rx, min(len - copied, inq), copied);
		if (n) {
			ret = rx_take(sk, ctx, msg, n, flags);
			if (ret < 0)
				break;
			copied += ret;
			if (ret < n)
				break;
		} else if (inq) {
			break;		/* no octet wanted, or the urgent mark reached */
		} else if (copied >= sock_rcvlowat(sk, flags & MSG_WAITALL, len)) {
			if (!READ_ONCE(sk->sk_backlog.tail))
				break;
			__sk_flush_backlog(sk);
		} else {
			ret = rx_wait(sk, copied, &timeo);
			if (ret <= 0)
				break;
		}
	} while (copied < len);
	this_cpu_add(ctx->stat[XCRYPT_STAT_RX_OCTETS], copied);
	return copied ?: ret;
}

/* The TCP_INQ control message, and io_uring's question. */
static void rx_inq(struct sock *sk, struct msghdr *msg)
{
	bool cmsg = tcp_sk(sk)->recvmsg_inq;

	if (!cmsg && !msg->msg_get_inq)
		return;
	/* At the end of the stream it is 1, so that the caller comes to see it. */
	msg->msg_inq = tcp_inq(sk) ?: sock_flag(sk, SOCK_DONE);
	if (cmsg)
		put_cmsg(msg, SOL_TCP, TCP_CM_INQ, sizeof(msg->msg_inq), &msg->msg_inq);
}

int xcrypt_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags, int *addr_len)
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);
	int ret = xcrypt_guard(ctx);

	if (ret)
		return ret;
	if (!xcrypt_dir_cipher(&ctx->rx) || (flags & MSG_ERRQUEUE))
		return ctx->family->base->recvmsg(sk, msg, len, flags, addr_len);
	/* Urgent octets are in the stream, where they can be decrypted. */
	if (flags & MSG_OOB)
		return -EINVAL;

	lock_sock(sk);
	if (flags & MSG_PEEK)
		ret = rx_peek(sk, ctx, msg, len, flags);
	else
		ret = rx_read(sk, ctx, msg, len, flags);
	if (ret >= 0)
		rx_inq(sk, msg);
	release_sock(sk);
	return ret;
}

/* With a key, splice goes by way of recvmsg, which does not know SPLICE_F_NONBLOCK. */
ssize_t xcrypt_splice_read(struct socket *sock, loff_t *ppos, struct pipe_inode_info *pipe,
			   size_t len, unsigned int flags)
{
	struct sock *sk = sock->sk;
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);
	int err = xcrypt_guard(ctx);

	if (err)
		return err;
	if (!xcrypt_dir_cipher(&ctx->rx))
		return ctx->family->base_ops->splice_read(sock, ppos, pipe, len, flags);
	if ((flags & SPLICE_F_NONBLOCK) && !tcp_inq(sk) && !sk->sk_err &&
	    !(sk->sk_shutdown & RCV_SHUTDOWN) && sk->sk_state != TCP_CLOSE)
		return -EAGAIN;
	return compat_splice_read(sock, ppos, pipe, len, flags);
}
