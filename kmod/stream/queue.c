// SPDX-License-Identifier: GPL-2.0
/* Copying from the receive queue, and taking off it. */
#include "queue.h"

static int copy_skb(void *arg, const struct sk_buff *skb, unsigned int offset, unsigned int len)
{
	u8 **dst = arg;
	int err = skb_copy_bits(skb, offset, *dst, len);

	*dst += len;
	return err;
}

/* The @len octets from @seq on, all of them queued. 0 or -errno. */
int xcrypt_queue_copy(struct sock *sk, u32 seq, u8 *dst, unsigned int len)
{
	return xcrypt_queue_walk(sk, seq, len, copy_skb, &dst);
}

/*
 * TCP may forget the next @len octets, and those behind them are next. @octets more have been
 * read of what they meant.
 */
void xcrypt_queue_consume(struct sock *sk, struct xcrypt_dir *rx, unsigned int len,
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
