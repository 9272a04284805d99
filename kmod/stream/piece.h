/* SPDX-License-Identifier: GPL-2.0 */
/* Memory for ciphertext, cut from the task's page fragment as TCP does it, and its way to TCP. */
#ifndef _XCRYPT_PIECE_H
#define _XCRYPT_PIECE_H

#include <linux/mm.h>
#include <linux/socket.h>
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

bool xcrypt_piece_get(struct sock *sk, struct xcrypt_piece *piece, size_t want, size_t least);
void xcrypt_piece_put(struct xcrypt_piece *piece, unsigned int used);
int xcrypt_piece_give(struct sock *sk, struct xcrypt_piece *piece, unsigned int from,
		      unsigned int len, int flags, bool more);
bool xcrypt_piece_more(struct sock *sk, const struct xcrypt_dir *tx, struct msghdr *msg,
		       unsigned int len);

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
