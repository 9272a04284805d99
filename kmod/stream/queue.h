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
void xcrypt_queue_consume(struct sock *sk, struct xcrypt_dir *rx, unsigned int len,
			  unsigned int octets);

#endif /* _XCRYPT_QUEUE_H */
