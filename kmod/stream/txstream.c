// SPDX-License-Identifier: GPL-2.0
/*
 * Sending with a stream cipher. TCP may take less of a piece than was encrypted: the cipher
 * goes back to the first octet not taken and so does the caller's iterator, so nothing is
 * owned between calls.
 *
 * Octets that TCP took are never written again: it retransmits from that memory, and
 * other octets there would be a second ciphertext under the same keystream.
 */
#include <linux/uio.h>
#include <net/tcp.h>
#include "parts.h"
#include "piece.h"
#include "txkind.h"

/* Page cache to ciphertext in one pass. */
static int fill_from_pages(struct sock *sk, struct xcrypt_dir *tx, struct iov_iter *iter,
			   u8 *dst, unsigned int len)
{
	unsigned int max = tx->cipher->crypt_parts ? XCRYPT_PARTS : 1, count, n, done = 0;
	struct xcrypt_part part[XCRYPT_PARTS];
	int err = 0;

	while (done < len && !err) {
		n = xcrypt_parts_of_pages(iter, len - done, part, max, XCRYPT_PART_MIN,
					  &count);
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
static int stream_fill(struct sock *sk, struct xcrypt_dir *tx, struct iov_iter *iter,
		       u8 *dst, unsigned int len)
{
	if (iov_iter_is_bvec(iter))
		return fill_from_pages(sk, tx, iter, dst, len);
	return fill_from_user(sk, tx, iter, dst, len);
}

static size_t piece_size(struct sock *sk, const struct xcrypt_dir *tx, struct msghdr *msg)
{
	size_t want = clamp_t(long, sk_stream_wspace(sk), XCRYPT_PIECE_MIN, XCRYPT_PIECE_MAX);

	return min3(want, iov_iter_count(&msg->msg_iter), xcrypt_dir_room(tx));
}

int xcrypt_txstream_piece(struct sock *sk, struct xcrypt_ctx *ctx, struct msghdr *msg)
{
	struct xcrypt_dir *tx = &ctx->tx;
	struct tcp_sock *tp = tcp_sk(sk);
	struct xcrypt_piece piece;
	unsigned int taken;
	int drawn, err;

	if (!xcrypt_piece_memory(sk) || !xcrypt_piece_get(sk, &piece, piece_size(sk, tx, msg), 1))
		return -EAGAIN;
	xcrypt_dir_save(ctx, tx);
	drawn = stream_fill(sk, tx, &msg->msg_iter, xcrypt_piece_address(&piece), piece.len);
	if (drawn < 0) {
		xcrypt_piece_put(&piece, 0);
		/* A cipher that wants memory waits for it as TCP does. */
		return drawn == -ENOMEM ? -EAGAIN : drawn;
	}
	err = xcrypt_piece_give(sk, &piece, 0, drawn, xcrypt_piece_flags(msg),
				xcrypt_piece_more(sk, tx, msg, drawn));
	/*
	 * An error may follow on a part that was taken: the sequence number knows. So may a FIN,
	 * which has a number, too: a request that ends while TCP flushes its backlog sends it.
	 */
	taken = min_t(u32, tp->write_seq - tx->next_seq, drawn);
	if (unlikely(taken < drawn)) {
		xcrypt_dir_restore(ctx, tx, taken);
		iov_iter_revert(&msg->msg_iter, drawn - taken);
		xcrypt_stat_inc(sk, XCRYPT_STAT_ROLLBACK);
	}
	xcrypt_dir_advance(tx, taken, tp->write_seq);
	xcrypt_piece_put(&piece, taken);
	return taken ?: err;
}
