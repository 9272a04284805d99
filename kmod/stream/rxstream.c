// SPDX-License-Identifier: GPL-2.0
/*
 * Receiving with a stream cipher. What TCP has queued in order is decrypted into a buffer of
 * our own and copied to the caller; then it is consumed. A peek does the same and puts the
 * cipher back.
 */
#include <linux/socket.h>
#include <linux/uio.h>
#include "buf.h"
#include "queue.h"
#include "report/stat.h"
#include "rxkind.h"

/* Shorter runs, as a network card delivers them, are gathered: each start of a cipher costs. */
#define RX_RUN_MIN	2048

/* @len octets at @src wait to be decrypted to @dst, or in place if they were gathered there. */
struct rx_run {
	struct sock *sk;
	struct xcrypt_dir *rx;
	const u8 *src;
	u8 *dst;
	unsigned int len;
};

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

static int run_skb(void *arg, const struct sk_buff *skb, unsigned int offset, unsigned int len)
{
	const struct sk_buff *part;
	struct rx_run *run = arg;
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
static int stream_decrypt(struct sock *sk, struct xcrypt_dir *rx, u32 seq, u8 *dst,
			  unsigned int len)
{
	struct rx_run run = { .sk = sk, .rx = rx, .dst = dst };

	return xcrypt_queue_walk(sk, seq, len, run_skb, &run) ?: run_flush(&run);
}

/* Decrypt and copy @len octets from @seq on. Return: octets the caller got, or -errno. */
static int stream_piece(struct sock *sk, struct xcrypt_dir *rx, struct msghdr *msg, u32 seq,
			u8 *buf, unsigned int len, int flags)
{
	unsigned int n;
	int err = stream_decrypt(sk, rx, seq, buf, len);

	if (err || (flags & MSG_TRUNC))
		return err ?: len;
	n = copy_to_iter(buf, len, &msg->msg_iter);
	if (unlikely(n < len))
		xcrypt_stat_inc(sk, XCRYPT_STAT_USER_FAULT);
	return n;
}

/* Return: octets the caller got of the @len that are queued; or -errno and none. */
static int stream_copy(struct sock *sk, struct xcrypt_ctx *ctx, struct msghdr *msg, size_t len,
		       int flags)
{
	struct xcrypt_dir *rx = &ctx->rx;
	bool peek = flags & MSG_PEEK;
	u32 seq = rx->next_seq;
	struct xcrypt_buf buf;
	size_t done = 0;
	int want, n;

	xcrypt_buf_get(&buf);
	do {
		want = min_t(size_t, len - done, buf.size);
		/* A peek goes back to where it began. */
		if (!peek || !done)
			xcrypt_dir_save(ctx, rx);
		n = stream_piece(sk, rx, msg, seq + done, buf.data, want, flags);
		if (n > 0)
			done += n;
		if (peek)
			continue;
		if (unlikely(n < want))
			xcrypt_dir_restore(ctx, rx, max(n, 0));
		if (n > 0)
			xcrypt_queue_consume(sk, rx, n, n);
	} while (n == want && done < len);
	if (peek)
		xcrypt_dir_restore(ctx, rx, 0);
	xcrypt_buf_put(&buf);
	if (done)
		return done;
	return n ?: -EFAULT;
}

/* How many of @len queued octets one read may return: none beyond the urgent mark. */
static size_t stream_queued(struct sock *sk, const struct xcrypt_dir *rx, size_t len,
			    bool some)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	size_t n = min(len, xcrypt_dir_room(rx));
	u32 mark = tp->urg_seq - tp->copied_seq;

	if (unlikely(tp->urg_data) && mark < n && (mark || some))
		n = mark;
	return n;
}

int xcrypt_rxstream_take(struct xcrypt_rx *call)
{
	struct xcrypt_dir *rx = &call->ctx->rx;
	struct sock *sk = call->sk;
	size_t inq = xcrypt_queue_octets(sk), n;
	int ret = xcrypt_dir_check(sk, rx, tcp_sk(sk)->copied_seq, inq);

	if (ret)
		return ret;
	n = stream_queued(sk, rx, min(call->len - call->copied, inq), call->copied);
	if (!n)		/* no octet wanted, or the urgent mark reached; or nothing is there */
		return inq ? 0 : -EAGAIN;
	ret = stream_copy(sk, call->ctx, call->msg, n, call->flags);
	if (ret < 0)
		return ret;
	call->copied += ret;
	return ret == n;
}

/* A peek cannot take and wait, so it takes once, when its target is queued. */
static int stream_peek(struct xcrypt_rx *call, size_t target)
{
	struct xcrypt_dir *rx = &call->ctx->rx;
	struct sock *sk = call->sk;
	size_t inq = xcrypt_queue_octets(sk);
	int ret = xcrypt_dir_check(sk, rx, tcp_sk(sk)->copied_seq, inq);

	if (ret)
		return ret;
	call->some = stream_queued(sk, rx, min(call->len, inq), false);
	if (call->some < target && call->some == inq)
		return -EAGAIN;
	return call->some ? stream_copy(sk, call->ctx, call->msg, call->some, call->flags) : 0;
}

static u32 stream_inq(struct sock *sk, struct xcrypt_ctx *ctx)
{
	return xcrypt_queue_octets(sk);
}

const struct xcrypt_rx_kind xcrypt_rx_stream = {
	.take	= xcrypt_rxstream_take,
	.peek	= stream_peek,
	.inq	= stream_inq,
};
