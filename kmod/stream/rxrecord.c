// SPDX-License-Identifier: GPL-2.0
/*
 * Receiving records. TCP's queue is the buffer for one that is incomplete. A whole one is
 * copied from there first, then verified and decrypted in place: what lies in the queue may be
 * changed by whoever sent it, up to the moment when it is copied. What the caller has no room
 * for is kept as plaintext, at most the rest of one record, until it is read.
 *
 * Of a record nothing is given out before its tag was verified. What is wrong with one ends
 * this direction for good, behind all that came in whole records before it.
 */
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <net/tcp.h>
#include "buf.h"
#include "insist.h"
#include "queue.h"
#include "report/stat.h"
#include "report/trace.h"
#include "rxkind.h"
#include "rxrecord.h"

/* The receive buffer is raised to this much at most where it is too small for a record. */
#define RX_ROOM_MAX	(1024 * 1024)
/* Memory for the largest segment beside a record that lacks its last octet. */
#define RX_INSIST	(6 * XCRYPT_RECORD_MAX)

static_assert(XCRYPT_BUF_SIZE >= XCRYPT_RECORD_MAX);

/* A record opened: where its payload is. */
struct rx_opened {
	struct xcrypt_buf buf;
	u8 *payload;
	unsigned int size;	/* of the record as it came */
	unsigned int n;
};

/* The next record is none of the peer's. */
static int record_refuse(struct sock *sk, struct xcrypt_dir *rx, u32 number,
			 enum xcrypt_record_cause cause)
{
	int err = cause == XCRYPT_RECORD_NUMBER ? -EKEYEXPIRED : -EBADMSG;
	bool cut = cause == XCRYPT_RECORD_CUT;

	if (rx->error)
		return rx->error;
	WRITE_ONCE(rx->error, err);
	xcrypt_stat_inc(sk, cause == XCRYPT_RECORD_NUMBER ? XCRYPT_STAT_KEY_EXPIRED :
			    cut ? XCRYPT_STAT_RECORD_CUT : XCRYPT_STAT_RECORD_REFUSED);
	trace_xcrypt_record(sk, err, number, xcrypt_record_cause(cause));
	net_warn_ratelimited("xcrypt: record %u from port %u to port %u is refused: %s; nothing more is read\n",
			     number, ntohs(sk->sk_dport), sk->sk_num, xcrypt_record_cause(cause));
	return err;
}

/*
 * Octets of the record that begins @at octets into the queue, if it is whole; 0 if it is not;
 * -EBADMSG if no record begins so.
 */
static int record_whole(struct sock *sk, const struct xcrypt_dir *rx, u32 at)
{
	u32 queued = xcrypt_queue_octets(sk);
	u8 head[XCRYPT_HEAD];
	int size, err;

	if (queued < at + XCRYPT_HEAD)
		return 0;
	err = xcrypt_queue_copy(sk, rx->next_seq + at, head, sizeof(head));
	if (err)
		return err;
	size = xcrypt_record_size(head);
	if (!at)
		WRITE_ONCE(xcrypt_dir_record(rx)->need, size < 0 ? XCRYPT_HEAD : size);
	return size < 0 || queued - at >= size ? size : 0;
}

/*
 * A record is to come. At the limit of TCP's memory a segment is dropped, over and over, unless
 * the queue is empty; this one is emptied when the record is whole.
 */
static void record_await(struct sock *sk)
{
	xcrypt_rxrecord_room(sk);
	if (likely(!tcp_under_memory_pressure(sk)) || !xcrypt_queue_octets(sk))
		return;
	if (atomic_read(&sk->sk_rmem_alloc) + sk->sk_forward_alloc < RX_INSIST)
		xcrypt_insist(sk, RX_INSIST);
}

/* Will no more octets come? A program's own shutdown of this side is no end of the stream. */
static bool stream_over(const struct sock *sk)
{
	return sock_flag(sk, SOCK_DONE) || (sk->sk_state == TCP_CLOSE && !sk->sk_err);
}

/*
 * What is at the front of the queue? Return: octets of a whole record; -EAGAIN: it is to come;
 * 0: the end of the stream; else why this direction is dead.
 */
static int record_front(struct sock *sk, struct xcrypt_dir *rx)
{
	struct xcrypt_record *record = xcrypt_dir_record(rx);
	int size = rx->error ?: xcrypt_dir_check(sk, rx, tcp_sk(sk)->copied_seq, 0);

	if (size)
		return size;
	if (record->ended && xcrypt_queue_octets(sk))
		return record_refuse(sk, rx, record->number, XCRYPT_RECORD_BEHIND);
	if (record->ended)
		return 0;
	size = record_whole(sk, rx, 0);
	if (size == -EBADMSG)
		return record_refuse(sk, rx, record->number, XCRYPT_RECORD_BAD_L);
	if (size)
		return size;
	if (stream_over(sk))
		return record_refuse(sk, rx, record->number, XCRYPT_RECORD_CUT);
	record_await(sk);
	return -EAGAIN;
}

/*
 * Copy the record of @size octets that begins @at octets into the queue, and open it. Return: 0
 * with @opened to be put back, its @n XCRYPT_RECORD_END or its octets; or -errno.
 */
static int record_open(struct sock *sk, struct xcrypt_dir *rx, u32 at, u32 number,
		       unsigned int size, struct rx_opened *opened)
{
	enum xcrypt_record_cause cause = XCRYPT_RECORD_CUT;
	int n;

	xcrypt_buf_get(&opened->buf);
	if (opened->buf.size < size && !xcrypt_buf_grow(&opened->buf, size))
		return -ENOMEM;
	opened->size = size;
	opened->payload = xcrypt_record_payload(opened->buf.data);
	n = xcrypt_queue_copy(sk, rx->next_seq + at, opened->buf.data, size) ?:
	    xcrypt_record_open(rx->cipher, xcrypt_dir_record(rx), number, opened->buf.data,
			       &cause);
	if (n >= 0) {
		opened->n = n;
		return 0;
	}
	xcrypt_buf_put(&opened->buf);
	/* One that a peek sees ahead of others is refused when those have been read. */
	if (n == -EBADMSG || n == -EKEYEXPIRED)
		return at ? n : record_refuse(sk, rx, number, cause);
	xcrypt_stat_inc(sk, XCRYPT_STAT_CIPHER_FAULT);
	return n;
}

/* The record at the front is done with, or kept; the caller has @octets of it. */
static void record_done(struct sock *sk, struct xcrypt_ctx *ctx, const struct rx_opened *opened,
			unsigned int octets)
{
	struct xcrypt_record *record = xcrypt_dir_record(&ctx->rx);

	record->number++;
	WRITE_ONCE(record->need, 0);
	if (opened->n == XCRYPT_RECORD_END)
		WRITE_ONCE(record->ended, true);
	this_cpu_inc(ctx->stat[XCRYPT_STAT_RX_RECORDS]);
	/* Before TCP tells the sender how much more there is room for. */
	xcrypt_rxrecord_room(sk);
	xcrypt_queue_consume(sk, &ctx->rx, opened->size, octets);
}

/* Keep the @n octets at @data, plaintext, for later calls. */
static bool record_keep(struct xcrypt_record *record, const u8 *data, unsigned int n)
{
	u8 *kept = kmalloc(n, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);

	if (!kept)
		return false;
	memcpy(kept, data, n);
	record->at = 0;
	record->end = n;
	WRITE_ONCE(record->kept, kept);
	return true;
}

static void record_drop(struct xcrypt_record *record)
{
	u8 *kept = record->kept;

	WRITE_ONCE(record->kept, NULL);
	kfree_sensitive(kept);
}

/* Return: how many of the @n octets at @data the caller got. */
static unsigned int give(struct xcrypt_rx *call, const u8 *data, unsigned int n)
{
	unsigned int given;

	if (call->flags & MSG_TRUNC)
		return n;
	given = copy_to_iter(data, n, &call->msg->msg_iter);
	if (unlikely(given < n))
		xcrypt_stat_inc(call->sk, XCRYPT_STAT_USER_FAULT);
	return given;
}

static int take_kept(struct xcrypt_rx *call)
{
	struct xcrypt_dir *rx = &call->ctx->rx;
	struct xcrypt_record *record = xcrypt_dir_record(rx);
	unsigned int want = min_t(size_t, record->end - record->at, call->len - call->copied);
	unsigned int n = give(call, record->kept + record->at, want);

	if (!call->copied)
		call->half = true;
	call->copied += n;
	record->at += n;
	WRITE_ONCE(rx->octets, rx->octets + n);
	if (record->at == record->end)
		record_drop(record);
	if (n < want)
		return call->copied ? 0 : -EFAULT;
	return want > 0;
}

/* Give the caller what it wants of the record just opened and keep the rest. */
static int take_opened(struct xcrypt_rx *call, struct rx_opened *opened)
{
	unsigned int want = min_t(size_t, opened->n, call->len - call->copied), n;
	struct xcrypt_record *record = xcrypt_dir_record(&call->ctx->rx);

	n = give(call, opened->payload, want);
	if (!n)
		return -EFAULT;
	if (n < opened->n && !record_keep(record, opened->payload + n, opened->n - n)) {
		if (!(call->flags & MSG_TRUNC))
			iov_iter_revert(&call->msg->msg_iter, n);
		return -ENOMEM;
	}
	call->copied += n;
	record_done(call->sk, call->ctx, opened, n);
	return n == want;
}

static int record_take(struct xcrypt_rx *call)
{
	struct xcrypt_dir *rx = &call->ctx->rx;
	struct xcrypt_record *record = xcrypt_dir_record(rx);
	struct rx_opened opened;
	int ret;

	if (record->kept)
		return take_kept(call);
	ret = record_front(call->sk, rx);
	if (ret <= 0)
		return ret;
	if (!call->len)
		return 0;
	ret = record_open(call->sk, rx, 0, record->number, ret, &opened);
	if (ret)
		return ret;
	if (opened.n && opened.n != XCRYPT_RECORD_END) {
		ret = take_opened(call, &opened);
	} else {
		record_done(call->sk, call->ctx, &opened, 0);
		ret = 1;
	}
	xcrypt_buf_put(&opened.buf);
	return ret;
}

/* Open records until one has octets, and keep those. Return: 1, or as record_front(). */
static int record_load(struct sock *sk, struct xcrypt_ctx *ctx)
{
	struct xcrypt_record *record = xcrypt_dir_record(&ctx->rx);
	struct rx_opened opened;
	int ret;

	while (!record->kept) {
		ret = record_front(sk, &ctx->rx);
		if (ret <= 0)
			return ret;
		ret = record_open(sk, &ctx->rx, 0, record->number, ret, &opened);
		if (ret)
			return ret;
		if (opened.n && opened.n != XCRYPT_RECORD_END &&
		    !record_keep(record, opened.payload, opened.n))
			ret = -ENOMEM;
		else
			record_done(sk, ctx, &opened, 0);
		xcrypt_buf_put(&opened.buf);
		if (ret)
			return ret;
	}
	return 1;
}

/*
 * Give @len octets of the records behind the kept one, which stay queued. Return: how many were
 * given; @faulted: the caller's memory has no room for more.
 */
static size_t peek_queued(struct xcrypt_rx *call, size_t len, bool *faulted)
{
	struct xcrypt_dir *rx = &call->ctx->rx;
	u32 at = 0, number = xcrypt_dir_record(rx)->number;
	struct rx_opened opened;
	size_t done = 0;
	bool end = false;
	int size;

	while (!end && !*faulted && done < len && !rx->error) {
		size = record_whole(call->sk, rx, at);
		if (size <= 0 || record_open(call->sk, rx, at, number, size, &opened))
			break;
		if (opened.n != XCRYPT_RECORD_END) {
			unsigned int want = min_t(size_t, opened.n, len - done);
			unsigned int n = give(call, opened.payload, want);

			done += n;
			*faulted = n < want;
		}
		end = opened.n == XCRYPT_RECORD_END;
		xcrypt_buf_put(&opened.buf);
		at += size;
		number++;
	}
	return done;
}

/*
 * A peek keeps the first record opened. Those behind it, if it wants more, are opened again
 * when they are read; that is done only when so much is queued that they may have it.
 */
static int record_peek(struct xcrypt_rx *call, size_t target)
{
	struct xcrypt_record *record = xcrypt_dir_record(&call->ctx->rx);
	size_t kept, want, n;
	bool faulted;
	int ret = record_load(call->sk, call->ctx);

	call->some = 0;
	if (ret <= 0 || !call->len)
		return min(ret, 0);
	kept = record->end - record->at;
	call->some = min(kept, call->len);
	if (target > kept + xcrypt_queue_octets(call->sk))
		return -EAGAIN;
	want = min(kept, call->len);
	n = give(call, record->kept + record->at, want);
	faulted = n < want;
	n += peek_queued(call, call->len - n, &faulted);
	if (n >= target || faulted)
		return n ?: -EFAULT;
	call->some = n;
	if (!(call->flags & MSG_TRUNC))
		iov_iter_revert(&call->msg->msg_iter, n);
	return -EAGAIN;
}

/* Octets kept, or 1 if there is something else to be read: a record, an error, the end. */
static u32 record_inq(struct sock *sk, struct xcrypt_ctx *ctx)
{
	const struct xcrypt_record *record = xcrypt_dir_record(&ctx->rx);

	if (record->kept)
		return record->end - record->at;
	return ctx->rx.error || record->ended || record_whole(sk, &ctx->rx, 0);
}

/* Is there a half-read record, of which TCP knows nothing? */
bool xcrypt_rxrecord_unread(const struct xcrypt_dir *rx)
{
	return xcrypt_dir_sealed(rx) && rx->state && xcrypt_dir_record(rx)->kept;
}

/**
 * xcrypt_rxrecord_close() - the program closes: has the peer ended, behind all that was read?
 * @sk:		the socket, locked
 * @ctx:	its context
 *
 * An end record that waits is no octet that nobody read. TCP would take it for one, and answer
 * close() with a reset, in which what was written last may be lost.
 */
void xcrypt_rxrecord_close(struct sock *sk, struct xcrypt_ctx *ctx)
{
	struct xcrypt_dir *rx = &ctx->rx;
	struct rx_opened opened;
	int size;

	if (!xcrypt_dir_sealed(rx) || !rx->state || rx->error ||
	    rx->next_seq != tcp_sk(sk)->copied_seq || xcrypt_dir_record(rx)->ended)
		return;
	size = record_whole(sk, rx, 0);
	if (size <= 0 || size != xcrypt_queue_octets(sk))
		return;
	if (record_open(sk, rx, 0, xcrypt_dir_record(rx)->number, size, &opened))
		return;
	if (opened.n == XCRYPT_RECORD_END)
		record_done(sk, ctx, &opened, 0);
	xcrypt_buf_put(&opened.buf);
}

/* SIOCINQ, with the lock: octets that a read would get at once, at least. */
int xcrypt_rxrecord_inq(struct sock *sk, struct xcrypt_ctx *ctx)
{
	const struct xcrypt_record *record = xcrypt_dir_record(&ctx->rx);

	return record_load(sk, ctx) > 0 ? record->end - record->at : 0;
}

/**
 * xcrypt_rxrecord_ready() - would a read return at once?
 * @sk:		the socket, not locked
 * @rx:		its direction, of records
 *
 * Where the length of the next record is not known yet, it is looked at with the spin lock;
 * if somebody owns the socket at that moment, octets that wait are taken for a record.
 */
bool xcrypt_rxrecord_ready(struct sock *sk, const struct xcrypt_dir *rx)
{
	const struct xcrypt_record *record = xcrypt_dir_record(rx);
	bool ready;

	if (READ_ONCE(record->kept) || READ_ONCE(rx->error) || READ_ONCE(record->ended))
		return true;
	if (!xcrypt_queue_octets(sk))
		return false;
	spin_lock_bh(&sk->sk_lock.slock);
	ready = sock_owned_by_user_nocheck(sk) || record_whole(sk, rx, 0);
	if (!ready)
		record_await(sk);
	spin_unlock_bh(&sk->sk_lock.slock);
	return ready;
}

/*
 * Where the window that TCP last told of, or its buffer, would end in mid-record, enlarge both:
 * nothing is read before the record is whole, so that nothing else would ever open it again.
 */
void xcrypt_rxrecord_room(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 told = tp->rcv_nxt - tp->copied_seq + tcp_receive_window(tp);
	int want = XCRYPT_RECORD_MAX + inet_csk(sk)->icsk_ack.rcv_mss, room = sk->sk_rcvbuf;

	if (likely(told >= XCRYPT_RECORD_MAX && room >= 4 * XCRYPT_RECORD_MAX))
		return;
	while (room < RX_ROOM_MAX &&
	       (room < 4 * XCRYPT_RECORD_MAX ||
		tcp_win_from_space(sk, room - atomic_read(&sk->sk_rmem_alloc)) < want))
		room *= 2;
	if (room > sk->sk_rcvbuf)
		WRITE_ONCE(sk->sk_rcvbuf, room);
	if (tp->window_clamp < want)
		WRITE_ONCE(tp->window_clamp, want);
}

const struct xcrypt_rx_kind xcrypt_rx_records = {
	.take	= record_take,
	.peek	= record_peek,
	.inq	= record_inq,
};
