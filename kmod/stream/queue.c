// SPDX-License-Identifier: GPL-2.0
/* Copying from the receive queue. */
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
