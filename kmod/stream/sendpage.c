// SPDX-License-Identifier: GPL-2.0
/*
 * sendfile and splice to a socket, on kernels before MSG_SPLICE_PAGES: they come with a page.
 * Encrypt from it, or let plain TCP have it.
 */
#include <linux/bvec.h>
#include <linux/uio.h>
#include <net/tcp.h>
#include "sendpage.h"
#include "guard.h"
#include "tx.h"

/*
 * A route whose device takes no fragments wants a copy. TCP's own way to it leads back to
 * sendmsg_locked, which an attached socket has not.
 */
static bool sendpage_plain(const struct sock *sk)
{
	return xcrypt_tx_plain(sk) && (sk->sk_route_caps & NETIF_F_SG);
}

static int sendpage(struct sock *sk, struct page *page, int offset, size_t size, int flags)
{
	const struct xcrypt_ctx *ctx = xcrypt_ctx(sk);
	struct msghdr msg = { .msg_flags = flags };
	struct bio_vec bvec;
	int ret;
	bool plain;

	/* The daemon never waits, see xcrypt_sendmsg(). */
	if (unlikely(xcrypt_is_daemon(ctx)))
		flags |= MSG_DONTWAIT;
	ret = xcrypt_lock(sk, ctx);
	if (ret)
		return ret;
	plain = sendpage_plain(sk);
	if (plain)
		ret = tcp_sendpage_locked(sk, page, offset, size, flags);
	release_sock(sk);
	if (plain)
		return ret;
	bvec_set_page(&bvec, page, size, offset);
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, &bvec, 1, size);
	return xcrypt_sendmsg(sk, &msg, size);
}

void xcrypt_sendpage_set(struct proto *prot, struct proto_ops *ops)
{
	prot->sendpage = sendpage;
	ops->sendpage_locked = NULL;
}
