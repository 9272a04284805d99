// SPDX-License-Identifier: GPL-2.0
/* Memory where TCP is at the limit of all it may have (tcp_mem), or its control group is. */
#include <linux/minmax.h>
#include "insist.h"

/**
 * xcrypt_insist() - have @octets of memory charged beyond the limit
 * @sk:		the socket, locked
 * @octets:	more than it has reserved already
 *
 * Of a stream TCP takes a few octets nevertheless where it has nothing else of it, so that each
 * goes on. A record has to be whole, so the same for records is one record: no more is to be
 * asked for. A writer whose buffer is full is what the core charges so. Who polls meanwhile, which
 * takes no lock, sees it full as well and waits to be told: it is told.
 */
bool xcrypt_insist(struct sock *sk, unsigned int octets)
{
	int sndbuf = sk->sk_sndbuf;
	bool ok;

	WRITE_ONCE(sk->sk_sndbuf, 0);
	ok = __sk_mem_schedule(sk, max_t(unsigned int, octets, SOCK_MIN_SNDBUF), SK_MEM_SEND);
	WRITE_ONCE(sk->sk_sndbuf, sndbuf);
	sk->sk_write_space(sk);
	return ok;
}
