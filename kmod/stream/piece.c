// SPDX-License-Identifier: GPL-2.0
/* Memory for ciphertext, and how TCP gets it: what is not the way of every call. */
#include <linux/gfp.h>
#include <linux/net_tstamp.h>
#include <linux/uio.h>
#include <net/tcp.h>
#include "piece.h"

/* The fragment has no room for what cannot be cut: another one, or pages of our own. */
bool xcrypt_piece_get_whole(struct sock *sk, struct xcrypt_piece *piece, size_t want, size_t least)
{
	struct page_frag *frag = sk_page_frag(sk);

	if (!skb_page_frag_refill(least, frag, sk->sk_allocation))
		return false;
	if (frag->size - frag->offset >= least) {
		xcrypt_piece_cut(piece, frag, want);
		return true;
	}
	piece->frag = NULL;
	piece->page = alloc_pages(sk->sk_allocation | __GFP_COMP | __GFP_NOWARN,
				  get_order(want));
	piece->offset = 0;
	piece->len = want;
	return piece->page;
}

/* Will the next piece go without waiting, and can its first octet be read? */
bool xcrypt_piece_follows(struct sock *sk, const struct xcrypt_dir *tx, struct msghdr *msg,
			  unsigned int len)
{
	return xcrypt_dir_room(tx) > len &&
	       tcp_notsent_lowat(tcp_sk(sk)) == UINT_MAX &&
	       sk_stream_wspace(sk) > 2 * XCRYPT_PIECE_MAX &&
	       !fault_in_iov_iter_readable(&msg->msg_iter, 1);
}

/*
 * Of one call, as on plain TCP, the last octet alone gets a timestamp: TCP, which sees a call in
 * each piece, is not to see that timestamps are wanted before.
 */
int xcrypt_piece_give_more(struct sock *sk, struct xcrypt_piece *piece, unsigned int from,
			   unsigned int len, int flags)
{
	typeof(sk->sk_tsflags) tsflags = sk->sk_tsflags;
	int ret;

	WRITE_ONCE(sk->sk_tsflags, tsflags & ~SOF_TIMESTAMPING_TX_RECORD_MASK);
	ret = compat_give_page(sk, piece->page, piece->offset + from, len, flags, true);
	WRITE_ONCE(sk->sk_tsflags, tsflags);
	return ret;
}

/**
 * xcrypt_piece_push() - what TCP holds back because more was to follow, goes now
 * @sk:		the socket, locked
 * @waits:	the caller is going to wait for memory with a part of its octets taken: this part
 *		goes even where the program holds segments back (TCP_CORK), as with TCP itself
 *
 * What TCP would push with is not exported: so it is asked to look at its queue when the lock is
 * released, as if a transmission had just completed. The timer is for what it cannot send then.
 */
void xcrypt_piece_push(struct sock *sk, bool waits)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!tcp_send_head(sk))
		return;
	if (waits) {
		TCP_SKB_CB(tcp_write_queue_tail(sk))->tcp_flags |= TCPHDR_PSH;
		tp->pushed_seq = tp->write_seq;
		tp->nonagle |= TCP_NAGLE_PUSH;
	}
	if (!test_and_set_bit(TCP_TSQ_DEFERRED, &sk->sk_tsq_flags))
		sock_hold(sk);
	tcp_check_probe_timer(sk);
}
