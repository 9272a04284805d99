// SPDX-License-Identifier: GPL-2.0
/* The module and the ULP's life on a socket: attach, release. */
#include <linux/module.h>
#include <linux/slab.h>
#include <net/tcp.h>
#include "cipher/table.h"
#include "report/diag.h"
#include "stream/direction.h"
#include "socket/proto.h"
#include "stream/buf.h"
#include "socket/sockopt.h"
#include "report/stat.h"
#include "handshake/upcall.h"
#include "version.h"
#define CREATE_TRACE_POINTS
#include "report/trace.h"

static int attach_check(struct sock *sk)
{
	if (sk->sk_state != TCP_ESTABLISHED)
		return -ENOTCONN;
	if (tcp_sk(sk)->repair)
		return -EOPNOTSUPP;
	/* A peek that begins in mid-queue would have to draw all keystream before it. */
	if (READ_ONCE(sk->sk_peek_off) >= 0)
		return -EINVAL;
	return 0;
}

static int attach(struct sock *sk)
{
	struct xcrypt_ctx *ctx;
	int err;

	err = attach_check(sk);
	if (err)
		return err;
	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);
	if (!ctx)
		return -ENOMEM;
	ctx->stat = xcrypt_stat_of(sk);
	err = xcrypt_proto_attach(sk, ctx);
	if (err) {
		kfree(ctx);
		return err;
	}
	/* Urgent octets stay in the stream: taken out, the ciphers would lose count. */
	sock_set_flag(sk, SOCK_URGINLINE);
	xcrypt_stat_inc(sk, XCRYPT_STAT_SOCKETS);
	xcrypt_stat_inc(sk, XCRYPT_STAT_CURR_SOCKETS);
	return 0;
}

/* setsockopt(TCP_ULP), under the socket lock. */
static int ulp_init(struct sock *sk)
{
	int err = attach(sk);

	if (err)
		xcrypt_stat_inc(sk, XCRYPT_STAT_REFUSED_ATTACH);
	trace_xcrypt_attach(sk, err);
	return err;
}

/* The socket is about to be destroyed. Its keys went when it was closed. */
static void ulp_release(struct sock *sk)
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);

	xcrypt_proto_detach(sk, ctx);
	xcrypt_dir_clear(sk, &ctx->tx);
	xcrypt_dir_clear(sk, &ctx->rx);
	xcrypt_snap_free(ctx);
	xcrypt_stat_add(sk, XCRYPT_STAT_CURR_SOCKETS, -1);
	/* Of a handshake that was settled in closing. */
	kfree(ctx->words);
	kfree_rcu(ctx, rcu);
}

static struct tcp_ulp_ops ulp_ops __read_mostly = {
	.name		= XCRYPT_ULP_NAME,
	.owner		= THIS_MODULE,
	.init		= ulp_init,
	.release	= ulp_release,
	.get_info	= xcrypt_diag_get,
	.get_info_size	= xcrypt_diag_size,
};

static int __init xcrypt_init(void)
{
	int err;

	xcrypt_sockopt_init();
	err = xcrypt_ciphers_init();
	if (err)
		return err;
	err = xcrypt_stat_init();
	if (err)
		goto out_ciphers;
	err = xcrypt_proto_init();
	if (err)
		goto out_stat;
	err = xcrypt_upcall_init();
	if (err)
		goto out_stat;
	err = tcp_register_ulp(&ulp_ops);
	if (err)
		goto out_upcall;
	return 0;

out_upcall:
	xcrypt_upcall_exit();
out_stat:
	xcrypt_stat_exit();
out_ciphers:
	xcrypt_ciphers_exit();
	return err;
}

static void __exit xcrypt_exit(void)
{
	tcp_unregister_ulp(&ulp_ops);
	xcrypt_upcall_exit();
	xcrypt_stat_exit();
	xcrypt_ciphers_exit();
	xcrypt_buf_exit();
}

module_init(xcrypt_init);
module_exit(xcrypt_exit);

MODULE_AUTHOR("ssmail");
MODULE_DESCRIPTION("TCP ULP that encrypts a socket's octet stream");
MODULE_VERSION(XCRYPT_RELEASE);
MODULE_LICENSE("GPL");
MODULE_ALIAS_TCP_ULP(XCRYPT_ULP_NAME);
