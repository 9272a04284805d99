/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP's receive queue, as it came in order. The queued buffers are never written: on loopback
 * they are the sender's retransmit queue, and perhaps the page cache.
 */
#ifndef _XCRYPT_QUEUE_H
#define _XCRYPT_QUEUE_H

#include <linux/skbuff.h>
#include <net/tcp.h>
#include "direction.h"

/*
 * Octets that wait to be read. Not tcp_inq(), which without SO_OOBINLINE ends at the urgent
 * mark: here urgent octets are in the stream whatever the program has set since.
 */
static inline u32 xcrypt_queue_octets(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 n = READ_ONCE(tp->rcv_nxt) - READ_ONCE(tp->copied_seq);

	/* A FIN has a number, too. */
	return n && sock_flag(sk, SOCK_DONE) ? n - 1 : n;
}

/* Takes @len octets of @skb from @offset on. 0 or -errno. */
typedef int xcrypt_queue_fn(void *arg, const struct sk_buff *skb, unsigned int offset,
			    unsigned int len);

/* Walk the @len octets from @seq on, all of them queued. Inlined, so that @take is, too. */
static __always_inline int xcrypt_queue_walk(struct sock *sk, u32 seq, unsigned int len,
					     xcrypt_queue_fn *take, void *arg)
{
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
		err = take(arg, skb, offset, n);
		if (err)
			return err;
		seq += n;
		len -= n;
		if (!len)
			return 0;
	}
	return -EBADMSG;
}

int xcrypt_queue_copy(struct sock *sk, u32 seq, u8 *dst, unsigned int len);

/*
 * TCP may forget the next @len octets, and those behind them are next. @octets more have been
 * read of what they meant.
 */
static inline void xcrypt_queue_consume(struct sock *sk, struct xcrypt_dir *rx, unsigned int len,
					unsigned int octets)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 seq = rx->next_seq + len;

	tcp_read_done(sk, len);
	/* It eats a FIN behind the last octet, which has a sequence number too. */
	if (tp->copied_seq == seq + 1 && sock_flag(sk, SOCK_DONE))
		seq++;
	xcrypt_dir_advance(rx, octets, seq);
	if (unlikely(tp->urg_data) && after(tp->copied_seq, tp->urg_seq)) {
		WRITE_ONCE(tp->urg_data, 0);
		tcp_fast_path_check(sk);
	}
}

#endif /* _XCRYPT_QUEUE_H */
