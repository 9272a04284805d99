// SPDX-License-Identifier: GPL-2.0
/*
 * Sending. A piece of the caller's octets is encrypted into memory of our own, which TCP
 * then takes without a copy. TCP may take less: the cipher goes back to the first octet
 * not taken and so does the caller's iterator, so nothing is owned between calls.
 *
 * Octets that TCP took are never written again: it retransmits from that memory, and
 * other octets there would be a second ciphertext under the same keystream.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <net/tcp.h>
#include "direction.h"
#include "handshake.h"
#include "stat.h"
#include "tx.h"

/* Not tried with less, or the end of a nearly full send buffer would go in crumbs. */
#define TX_PIECE_MIN	4096
/* A page fragment's size: what TCP allocates for a plain write, too. */
#define TX_PIECE_MAX	32768

#define TX_REFUSED	(MSG_OOB | MSG_ZEROCOPY | MSG_FASTOPEN)

/* Memory for one piece, cut from the task's page fragment as TCP does it. */
struct tx_room {
	struct page_frag *frag;
	struct page *page;
	unsigned int offset;
	unsigned int len;
};

/*
 * The room is taken out of the fragment, with a reference, before the caller's pages are
 * touched: a fault may make this task send on another socket.
 */
static bool room_get(struct sock *sk, struct tx_room *room, size_t want)
{
	struct page_frag *frag = sk_page_frag(sk);

	if (!sk_page_frag_refill(sk, frag))
		return false;
	room->frag = frag;
	room->page = frag->page;
	room->offset = frag->offset;
	room->len = min_t(size_t, want, frag->size - frag->offset);
	get_page(room->page);
	frag->offset += room->len;
	return true;
}

/* Give back all behind the first @used octets, unless the fragment went on meanwhile. */
static void room_put(struct tx_room *room, unsigned int used)
{
	struct page_frag *frag = room->frag;

	if (frag->page == room->page && frag->offset == room->offset + room->len)
		frag->offset = room->offset + used;
	put_page(room->page);
}

static u8 *room_address(const struct tx_room *room)
{
	return page_address(room->page) + room->offset;
}

static const u8 *bvec_address(const struct bio_vec *bv)
{
	return page_address(bv->bv_page) + bv->bv_offset;
}

/*
 * The next octets of the iterator, at most @len, as parts for one start of the cipher: each
 * costs. Pages of a file that lie side by side are one part. Return: how many octets.
 */
static unsigned int parts_of_pages(const struct iov_iter *iter, unsigned int len,
				   struct xcrypt_part *part, unsigned int max, unsigned int *count)
{
	const struct bio_vec *bv = iter->bvec, *end = bv + iter->nr_segs;
	unsigned int skip = iter->iov_offset, total = 0, i = 0, n;

	for (; bv < end && total < len; bv++, skip = 0, total += n) {
		const u8 *data = bvec_address(bv) + skip;

		n = min(bv->bv_len - skip, len - total);
		if (i && data == part[i - 1].data + part[i - 1].len)
			part[i - 1].len += n;
		else if (!i || (i < max && min(n, part[i - 1].len) >= XCRYPT_PART_MIN))
			part[i++] = (struct xcrypt_part) { data, n };
		else
			break;
	}
	*count = i;
	return total;
}

/* Page cache to ciphertext in one pass. */
static int fill_from_pages(struct sock *sk, struct xcrypt_dir *tx, struct iov_iter *iter,
			   u8 *dst, unsigned int len)
{
	unsigned int max = tx->cipher->crypt_parts ? XCRYPT_PARTS : 1, count, n, done = 0;
	struct xcrypt_part part[XCRYPT_PARTS];
	int err = 0;

	while (done < len && !err) {
		n = parts_of_pages(iter, len - done, part, max, &count);
		err = xcrypt_dir_crypt_parts(sk, tx, dst + done, part, count);
		if (!err) {
			iov_iter_advance(iter, n);
			done += n;
		}
	}
	return done ?: err;
}

static int fill_from_user(struct sock *sk, struct xcrypt_dir *tx, struct iov_iter *iter,
			  u8 *dst, unsigned int len)
{
	unsigned int n = copy_from_iter(dst, len, iter);
	int err;

	if (n < len)
		xcrypt_stat_inc(sk, XCRYPT_STAT_USER_FAULT);
	if (!n)
		return -EFAULT;
	err = xcrypt_dir_crypt(sk, tx, dst, dst, n);
	if (err)
		iov_iter_revert(iter, n);
	return err ?: n;
}

/* Return: octets encrypted, at most @len; or -errno and no octet drawn. */
static int tx_fill(struct sock *sk, struct xcrypt_dir *tx, struct iov_iter *iter,
		   u8 *dst, unsigned int len)
{
	if (iov_iter_is_bvec(iter))
		return fill_from_pages(sk, tx, iter, dst, len);
	return fill_from_user(sk, tx, iter, dst, len);
}

static size_t piece_size(struct sock *sk, const struct xcrypt_dir *tx, struct msghdr *msg)
{
	size_t want = clamp_t(long, sk_stream_wspace(sk), TX_PIECE_MIN, TX_PIECE_MAX);

	return min3(want, iov_iter_count(&msg->msg_iter), xcrypt_dir_room(tx));
}

/*
 * Every hand-over ends in a push, unless it is told that more follows. That may only be
 * said if the next piece will not have to wait for memory, and if its first octet can be
 * read: else the tail would stay behind.
 */
static bool more_follows(struct sock *sk, const struct xcrypt_dir *tx, struct msghdr *msg,
			 unsigned int len)
{
	return msg_data_left(msg) && xcrypt_dir_room(tx) > len &&
	       tcp_notsent_lowat(tcp_sk(sk)) == UINT_MAX &&
	       sk_stream_wspace(sk) > 2 * TX_PIECE_MAX &&
	       !fault_in_iov_iter_readable(&msg->msg_iter, 1);
}

/* What the caller said of the end of its message holds for the last piece only. */
static int last_flags(struct msghdr *msg)
{
	return msg_data_left(msg) ? 0 : msg->msg_flags & (MSG_MORE | MSG_EOR | COMPAT_NOTLAST);
}

/* Return: octets that TCP took; else -EAGAIN for no memory, or another error. */
static int tx_piece(struct sock *sk, struct xcrypt_ctx *ctx, struct msghdr *msg)
{
	struct xcrypt_dir *tx = &ctx->tx;
	struct tcp_sock *tp = tcp_sk(sk);
	struct tx_room room;
	unsigned int taken;
	int drawn, err;

	if (!room_get(sk, &room, piece_size(sk, tx, msg)))
		return -EAGAIN;
	xcrypt_dir_save(ctx, tx);
	drawn = tx_fill(sk, tx, &msg->msg_iter, room_address(&room), room.len);
	if (drawn < 0) {
		room_put(&room, 0);
		/* A cipher that wants memory waits for it as TCP does. */
		return drawn == -ENOMEM ? -EAGAIN : drawn;
	}
	err = compat_give_page(sk, room.page, room.offset, drawn, last_flags(msg),
			       more_follows(sk, tx, msg, drawn));
	/* An error may follow on a part that was taken: the sequence number knows. */
	taken = tp->write_seq - tx->next_seq;
	if (unlikely(taken < drawn)) {
		xcrypt_dir_restore(ctx, tx, taken);
		iov_iter_revert(&msg->msg_iter, drawn - taken);
		xcrypt_stat_inc(sk, XCRYPT_STAT_ROLLBACK);
	}
	xcrypt_dir_advance(tx, taken, tp->write_seq);
	room_put(&room, taken);
	return taken ?: err;
}

static inline bool tx_closed(const struct sock *sk)
{
	return sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN) ||
	       !((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT));
}

static inline int tx_check(struct sock *sk, struct xcrypt_dir *tx, struct msghdr *msg)
{
	if (unlikely(tx_closed(sk)))
		return -EPIPE;
	return xcrypt_dir_check(sk, tx, tcp_sk(sk)->write_seq, msg_data_left(msg));
}

/*
 * May the next piece go? Memory is waited for before keystream is drawn. The lock is free
 * while we sleep, and other writers may go ahead.
 */
static int tx_ready(struct sock *sk, struct xcrypt_dir *tx, struct msghdr *msg, long *timeo,
		    bool stalled)
{
	int err = tx_check(sk, tx, msg);

	while (!err && msg_data_left(msg) && (stalled || !sk_stream_memory_free(sk))) {
		stalled = false;
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

static int tx_stream(struct sock *sk, struct xcrypt_ctx *ctx, struct msghdr *msg)
{
	long timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT);
	int copied = 0, n = 0, err;

	do {
		err = tx_ready(sk, &ctx->tx, msg, &timeo, n == -EAGAIN);
		if (err || !msg_data_left(msg))
			break;
		n = tx_piece(sk, ctx, msg);
		if (n > 0)
			copied += n;
		else if (n != -EAGAIN)
			err = n;
	} while (!err && msg_data_left(msg));

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
	return err ?: tx_stream(sk, ctx, msg);
}

int xcrypt_sendmsg(struct sock *sk, struct msghdr *msg, size_t size)
{
	int ret;

	lock_sock(sk);
	ret = tx_locked(sk, msg, size);
	release_sock(sk);
	return ret;
}
