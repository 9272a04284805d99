// SPDX-License-Identifier: GPL-2.0
/* Memory for ciphertext, and how TCP gets it. */
#include <linux/gfp.h>
#include <linux/net_tstamp.h>
#include <linux/uio.h>
#include <net/tcp.h>
#include "piece.h"

/* Pages of our own, where the fragment has no room for what cannot be cut. */
static bool piece_alone(struct sock *sk, struct xcrypt_piece *piece, size_t want)
{
	unsigned int order = get_order(want);

	piece->frag = NULL;
	piece->page = alloc_pages(sk->sk_allocation | __GFP_COMP | __GFP_NOWARN, order);
	piece->offset = 0;
	piece->len = want;
	return piece->page;
}

/**
 * xcrypt_piece_get() - memory for the next piece
 * @sk:		the socket
 * @piece:	filled in
 * @want:	octets, at most XCRYPT_PIECE_MAX
 * @least:	with less the caller can do nothing
 *
 * It is taken out of the fragment, with a reference, before the caller's pages are touched: a
 * fault may make this task send on another socket. Return: false if there is no memory.
 */
bool xcrypt_piece_get(struct sock *sk, struct xcrypt_piece *piece, size_t want, size_t least)
{
	struct page_frag *frag = sk_page_frag(sk);

	if (!sk_page_frag_refill(sk, frag))
		return false;
	if (frag->size - frag->offset < least &&
	    !skb_page_frag_refill(least, frag, sk->sk_allocation))
		return false;
	if (unlikely(frag->size - frag->offset < least))
		return piece_alone(sk, piece, want);
	piece->frag = frag;
	piece->page = frag->page;
	piece->offset = frag->offset;
	piece->len = min_t(size_t, want, frag->size - frag->offset);
	get_page(piece->page);
	frag->offset += piece->len;
	return true;
}

/* Give back all behind the first @used octets, unless the fragment went on meanwhile. */
void xcrypt_piece_put(struct xcrypt_piece *piece, unsigned int used)
{
	struct page_frag *frag = piece->frag;

	if (frag && frag->page == piece->page && frag->offset == piece->offset + piece->len)
		frag->offset = piece->offset + used;
	put_page(piece->page);
}

/*
 * Every hand-over ends in a push, unless it is told that more follows. That may only be
 * said if the next piece will not have to wait for memory, and if its first octet can be
 * read: else the tail would stay behind.
 */
bool xcrypt_piece_more(struct sock *sk, const struct xcrypt_dir *tx, struct msghdr *msg,
		       unsigned int len)
{
	return msg_data_left(msg) && xcrypt_dir_room(tx) > len &&
	       tcp_notsent_lowat(tcp_sk(sk)) == UINT_MAX &&
	       sk_stream_wspace(sk) > 2 * XCRYPT_PIECE_MAX &&
	       !fault_in_iov_iter_readable(&msg->msg_iter, 1);
}

/*
 * TCP takes octets @from on. Of one call, as on plain TCP, the last octet alone gets a timestamp:
 * TCP, which sees a call in each piece, is not to see that timestamps are wanted before.
 */
int xcrypt_piece_give(struct sock *sk, struct xcrypt_piece *piece, unsigned int from,
		      unsigned int len, int flags, bool more)
{
	typeof(sk->sk_tsflags) tsflags = sk->sk_tsflags;
	int ret;

	if (more)
		WRITE_ONCE(sk->sk_tsflags, tsflags & ~SOF_TIMESTAMPING_TX_RECORD_MASK);
	ret = compat_give_page(sk, piece->page, piece->offset + from, len, flags, more);
	if (more)
		WRITE_ONCE(sk->sk_tsflags, tsflags);
	return ret;
}
