// SPDX-License-Identifier: GPL-2.0
/*
 * Sending records. One goes to TCP whole, or the connection ends: a number seals one
 * plaintext, so what TCP did not take cannot be made again from other octets, and to keep it
 * for later would take a queue. Room is waited for before a record is sealed; memory is
 * reserved; and while the record is handed over the send buffer admits it to its end.
 */
#include <linux/net.h>
#include <linux/uio.h>
#include <net/tcp.h>
#include "insist.h"
#include "parts.h"
#include "piece.h"
#include "report/trace.h"
#include "txkind.h"
#include "txrecord.h"

/* What the send buffer is exceeded by at most: a record in the smallest segments. */
#define RECORD_ROOM	(1024 * 1024)
/* Memory of a segment beside its octets. */
#define RECORD_SEGMENT	2048
/* TCP is asked so often for the rest of a record before the connection is given up. */
#define RECORD_TRIES	8

/* What TCP charges for @size octets, roughly: segments beside what is in them. */
static unsigned int record_memory(const struct sock *sk, unsigned int size)
{
	unsigned int segments = 2;

	if (!sk_can_gso(sk))
		segments += size / max(tcp_sk(sk)->mss_cache, 1U);
	return size + segments * RECORD_SEGMENT;
}

/* Let no want of memory come up in mid-record that could have been seen before. */
static bool record_reserve(struct sock *sk, unsigned int size)
{
	unsigned int octets = record_memory(sk, size);

	return sk_wmem_schedule(sk, octets) ||
	       (sk->sk_wmem_queued < READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_wmem[0]) &&
		xcrypt_insist(sk, octets));
}

/* Seal what is left of the caller's octets, as far as @piece goes. Return: as _seal(). */
static int record_fill(struct sock *sk, struct xcrypt_dir *tx, struct iov_iter *iter,
		       const struct xcrypt_piece *piece, unsigned int *payload)
{
	struct xcrypt_record *record = xcrypt_dir_record(tx);
	size_t max = xcrypt_record_fits(record->padding, piece->len);
	unsigned int want = min(iov_iter_count(iter), max), n, count = 0;
	struct xcrypt_part part[XCRYPT_PARTS - 2];
	u8 *data = xcrypt_piece_address(piece);
	int size;

	if (iov_iter_is_bvec(iter)) {
		n = xcrypt_parts_of_pages(iter, want, part, ARRAY_SIZE(part), 1, &count);
	} else {
		n = copy_from_iter(xcrypt_record_payload(data), want, iter);
		if (n < want)
			xcrypt_stat_inc(sk, XCRYPT_STAT_USER_FAULT);
	}
	if (!n)
		return -EFAULT;
	size = xcrypt_record_seal(tx->cipher, record, data, n, part, count);
	if (size < 0) {
		xcrypt_stat_inc(sk, XCRYPT_STAT_CIPHER_FAULT);
		if (!count)
			iov_iter_revert(iter, n);
	} else if (count) {
		iov_iter_advance(iter, n);
	}
	*payload = n;
	return size;
}

/* A record is only partly with TCP, and never can be. close() sends RST. */
static int record_abort(struct sock *sk, struct xcrypt_dir *tx)
{
	WRITE_ONCE(tx->error, -ECONNABORTED);
	if (xcrypt_tx_closed(sk))
		return -EPIPE;
	sock_set_flag(sk, SOCK_LINGER);
	sk->sk_lingertime = 0;
	xcrypt_stat_inc(sk, XCRYPT_STAT_RECORD_ABORTED);
	trace_xcrypt_abort(sk, true, -ECONNABORTED, tx->next_seq, tcp_sk(sk)->write_seq);
	net_warn_ratelimited("xcrypt: no memory for the rest of a record from port %u to port %u; the connection is aborted\n",
			     sk->sk_num, ntohs(sk->sk_dport));
	return -ECONNABORTED;
}

/*
 * TCP took a part. What it made of segments that wait before this record, when it split them, was
 * charged without asking, out of what was reserved here. So the rest goes beyond the limit.
 */
static void record_insist(struct sock *sk, unsigned int rest)
{
	int octets = record_memory(sk, rest);

	if (sk->sk_forward_alloc < octets)
		xcrypt_insist(sk, octets - sk->sk_forward_alloc);
}

/* TCP makes the send buffer smaller where it finds no memory: to be done before each try. */
static void record_room(struct sock *sk, int sndbuf)
{
	sndbuf = min(max(sndbuf, sk->sk_wmem_queued), INT_MAX - RECORD_ROOM);
	WRITE_ONCE(sk->sk_sndbuf, sndbuf + RECORD_ROOM);
}

/*
 * Hand a record over. What limits a writer, the send buffer and the low-water mark of what is
 * not sent, does not limit the rest of a record. Return: 0 with all of it taken, or -errno.
 */
static int record_give(struct sock *sk, struct xcrypt_dir *tx, struct xcrypt_piece *piece,
		       unsigned int size, int flags, bool more)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int sndbuf = sk->sk_sndbuf, tries = RECORD_TRIES;
	u32 lowat = tp->notsent_lowat, start = tp->write_seq, taken = 0;

	WRITE_ONCE(tp->notsent_lowat, UINT_MAX);
	do {
		if (unlikely(tries < RECORD_TRIES))
			record_insist(sk, size - taken);
		record_room(sk, sndbuf);
		xcrypt_piece_give(sk, piece, taken, size - taken, flags, more);
		taken = tp->write_seq - start;
	} while (taken < size && --tries && !xcrypt_tx_closed(sk));
	WRITE_ONCE(tp->notsent_lowat, lowat);
	WRITE_ONCE(sk->sk_sndbuf, sndbuf);
	xcrypt_piece_put(piece, min(taken, size));
	/* A FIN has a number, too; then all of the record was taken before it. */
	if (unlikely(taken < size))
		return record_abort(sk, tx);
	this_cpu_inc(xcrypt_ctx(sk)->stat[XCRYPT_STAT_TX_RECORDS]);
	return 0;
}

/* A record of @size octets need not be whole in one piece, but the smallest one has to be. */
static size_t record_least(const struct xcrypt_record *record, size_t size)
{
	return min_t(size_t, size, max_t(size_t, XCRYPT_PIECE_MIN,
					 record->padding + XCRYPT_RECORD_FRAME));
}

int xcrypt_txrecord_piece(struct sock *sk, struct xcrypt_ctx *ctx, struct msghdr *msg)
{
	struct xcrypt_dir *tx = &ctx->tx;
	struct xcrypt_record *record = xcrypt_dir_record(tx);
	unsigned int n = min_t(size_t, msg_data_left(msg), XCRYPT_RECORD_PAYLOAD);
	int size = xcrypt_record_length(record->padding, n) + XCRYPT_RECORD_FRAME;
	struct xcrypt_piece piece;
	int err;

	if (!xcrypt_piece_memory(sk) || !record_reserve(sk, size) ||
	    !xcrypt_piece_get(sk, &piece, size, record_least(record, size)))
		return -EAGAIN;
	size = record_fill(sk, tx, &msg->msg_iter, &piece, &n);
	if (size < 0) {
		xcrypt_piece_put(&piece, 0);
		/* A cipher that wants memory waits for it as TCP does. */
		return size == -ENOMEM ? -EAGAIN : size;
	}
	err = record_give(sk, tx, &piece, size, xcrypt_piece_flags(msg),
			  xcrypt_piece_more(sk, tx, msg, 0));
	if (err)
		return err;
	xcrypt_dir_advance(tx, n, tcp_sk(sk)->write_seq);
	return n;
}

/* May the end record be sent: is the stream in order, and was it not sent yet? */
static bool end_is_due(const struct sock *sk, const struct xcrypt_dir *tx)
{
	if (!xcrypt_dir_sealed(tx) || !tx->state || xcrypt_dir_record(tx)->ended)
		return false;
	if (tx->error && tx->error != -EKEYEXPIRED)
		return false;
	return !sk->sk_err && tx->next_seq == tcp_sk(sk)->write_seq &&
	       ((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT));
}

static int end_seal(struct sock *sk, struct xcrypt_dir *tx)
{
	struct xcrypt_record *record = xcrypt_dir_record(tx);
	int size = xcrypt_record_length(record->padding, 0) + XCRYPT_RECORD_FRAME;
	struct xcrypt_piece piece;
	int err;

	if (!xcrypt_piece_memory(sk) || !xcrypt_piece_get(sk, &piece, size, size))
		return -ENOMEM;
	size = xcrypt_record_seal(tx->cipher, record, xcrypt_piece_address(&piece),
				  XCRYPT_RECORD_END, NULL, 0);
	if (size < 0) {
		xcrypt_piece_put(&piece, 0);
		return size;
	}
	err = record_give(sk, tx, &piece, size, 0, false);
	if (!err)
		xcrypt_dir_advance(tx, 0, tcp_sk(sk)->write_seq);
	return err;
}

/**
 * xcrypt_txrecord_end() - the direction is closed in order: say so before the FIN
 * @sk:		the socket, locked; the core may have marked it as shut down already
 * @tx:		its direction. One that has no records, has ended or is broken is left alone
 *
 * Without memory there is no end record, and the peer takes the stream for one that was cut.
 */
void xcrypt_txrecord_end(struct sock *sk, struct xcrypt_dir *tx)
{
	u8 shutdown = sk->sk_shutdown;
	int tries = RECORD_TRIES;

	if (!end_is_due(sk, tx))
		return;
	WRITE_ONCE(sk->sk_shutdown, shutdown & ~SEND_SHUTDOWN);
	while (end_seal(sk, tx) && tries-- && end_is_due(sk, tx))
		;
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | shutdown);
}
