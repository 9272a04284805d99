/* SPDX-License-Identifier: GPL-2.0 */
/* Memory for ciphertext, cut from the task's page fragment as TCP does it, and its way to TCP. */
#ifndef _XCRYPT_PIECE_H
#define _XCRYPT_PIECE_H

#include <linux/mm.h>
#include <linux/socket.h>
#include <net/tcp.h>
#include "direction.h"

/* Not tried with less, or the end of a nearly full send buffer would go in crumbs. */
#define XCRYPT_PIECE_MIN	4096
/* A page fragment's size: what TCP allocates for a plain write, too. */
#define XCRYPT_PIECE_MAX	32768

/* @frag: where it was cut from, NULL if the page is its own */
struct xcrypt_piece {
	struct page_frag *frag;
	struct page *page;
	unsigned int offset;
	unsigned int len;
};

bool xcrypt_piece_get_whole(struct sock *sk, struct xcrypt_piece *piece, size_t want,
			    size_t least);
bool xcrypt_piece_follows(struct sock *sk, const struct xcrypt_dir *tx, struct msghdr *msg,
			  unsigned int len);
int xcrypt_piece_give_more(struct sock *sk, struct xcrypt_piece *piece, unsigned int from,
			   unsigned int len, int flags);
void xcrypt_piece_push(struct sock *sk, bool waits);

/* What each piece takes is inline: in short writes, calls would cost as much as what they do. */

static inline void xcrypt_piece_cut(struct xcrypt_piece *piece, struct page_frag *frag,
				    size_t want)
{
	piece->frag = frag;
	piece->page = frag->page;
	piece->offset = frag->offset;
	piece->len = min_t(size_t, want, frag->size - frag->offset);
	get_page(piece->page);
	frag->offset += piece->len;
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
static inline bool xcrypt_piece_get(struct sock *sk, struct xcrypt_piece *piece, size_t want,
				    size_t least)
{
	struct page_frag *frag = sk_page_frag(sk);

	if (!sk_page_frag_refill(sk, frag))
		return false;
	if (unlikely(frag->size - frag->offset < least))
		return xcrypt_piece_get_whole(sk, piece, want, least);
	xcrypt_piece_cut(piece, frag, want);
	return true;
}

/* Give back all behind the first @used octets, unless the fragment went on meanwhile. */
static inline void xcrypt_piece_put(struct xcrypt_piece *piece, unsigned int used)
{
	struct page_frag *frag = piece->frag;

	if (frag && frag->page == piece->page && frag->offset == piece->offset + piece->len)
		frag->offset = piece->offset + used;
	put_page(piece->page);
}

/*
 * Every hand-over ends in a push, unless it is told that more follows. That is only
 * said if the next piece is not likely to wait for memory, and if its first octet can be
 * read. If it comes to nothing nevertheless, the tail is pushed: xcrypt_piece_push().
 */
static inline bool xcrypt_piece_more(struct sock *sk, const struct xcrypt_dir *tx,
				     struct msghdr *msg, unsigned int len)
{
	return msg_data_left(msg) && xcrypt_piece_follows(sk, tx, msg, len);
}

/* TCP takes octets @from on. Return: as tcp_sendmsg_locked(). */
static inline int xcrypt_piece_give(struct sock *sk, struct xcrypt_piece *piece, unsigned int from,
				    unsigned int len, int flags, bool more)
{
	if (more)
		return xcrypt_piece_give_more(sk, piece, from, len, flags);
	return compat_give_page(sk, piece->page, piece->offset + from, len, flags, false);
}

static inline u8 *xcrypt_piece_address(const struct xcrypt_piece *piece)
{
	return page_address(piece->page) + piece->offset;
}

/* What the caller said of the end of its message holds for the last piece only. */
static inline int xcrypt_piece_flags(struct msghdr *msg)
{
	return msg_data_left(msg) ? 0 : msg->msg_flags & (MSG_MORE | MSG_EOR | COMPAT_NOTLAST);
}

/*
 * Under pressure (tcp_mem) a segment that is split or merged can leave sk_forward_alloc
 * negative. tcp_wmem_schedule() then answers with that negative number where it should say
 * "nothing": TCP goes on to add so many octets to a segment. Its own sendmsg() does so, too;
 * do_tcp_sendpages() of 6.1 goes further, to a BUG_ON. So hand nothing over before the debt
 * is paid.
 */
static inline bool xcrypt_piece_memory(struct sock *sk)
{
	return likely(sk->sk_forward_alloc >= 0) || sk_wmem_schedule(sk, 1);
}

#endif /* _XCRYPT_PIECE_H */
