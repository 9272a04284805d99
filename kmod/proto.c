// SPDX-License-Identifier: GPL-2.0
/*
 * The two tables of functions of an attached socket: TCP's own, with every way replaced or
 * closed that reaches the octet stream past the ciphers.
 */
#include <linux/net.h>
#include <linux/poll.h>
#include <net/tcp.h>
#include <net/transp_v6.h>
#include "direction.h"
#include "handshake.h"
#include "proto.h"
#include "rx.h"
#include "sockopt.h"
#include "tx.h"

/* One an address family, made once: sockets compare their functions with @base. */
static struct xcrypt_family families[] = {
	{ .base = &tcp_prot },
#if IS_ENABLED(CONFIG_IPV6)
	{ .base = &tcpv6_prot },
#endif
};

/* The keys go with the file descriptor: what was written is encrypted already. */
static void proto_close(struct sock *sk, long timeout)
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);
	struct proto *base = ctx->family->base;

	xcrypt_handshake_close(sk);
	lock_sock(sk);
	xcrypt_dir_clear(sk, &ctx->tx);
	xcrypt_dir_clear(sk, &ctx->rx);
	xcrypt_snap_free(ctx);
	release_sock(sk);
	base->close(sk, timeout);
}

/*
 * connect(AF_UNSPEC) would make a new connection's socket of this one, with old keys. It
 * is refused here: sk_prot->disconnect has to stay, close with SO_LINGER 0 needs it.
 */
static int ops_connect(struct socket *sock, struct sockaddr *addr, int len, int flags)
{
	if (len >= (int)sizeof(addr->sa_family) && addr->sa_family == AF_UNSPEC)
		return -EINVAL;
	return xcrypt_ctx(sock->sk)->family->base_ops->connect(sock, addr, len, flags);
}

/* A handshake under way is the daemon's to watch; to others its end is what they wait for. */
static __poll_t ops_poll(struct file *file, struct socket *sock, struct poll_table_struct *wait)
{
	const struct xcrypt_ctx *ctx = xcrypt_ctx(sock->sk);
	__poll_t mask = ctx->family->base_ops->poll(file, sock, wait);

	if (unlikely(xcrypt_guard(ctx) == -EBUSY))
		mask &= EPOLLERR | EPOLLHUP;
	return mask;
}

static void family_prot(struct xcrypt_family *f)
{
	f->prot = *f->base;
	f->prot.close = proto_close;
	f->prot.sendmsg = xcrypt_sendmsg;
	f->prot.recvmsg = xcrypt_recvmsg;
	f->prot.setsockopt = xcrypt_setsockopt;
	f->prot.getsockopt = xcrypt_getsockopt;
#ifdef CONFIG_BPF_SYSCALL
	f->prot.psock_update_sk_prot = NULL;	/* sockmap: EOPNOTSUPP */
#endif
	compat_set_prot(&f->prot);
}

/* .owner stays: the socket's reference to it is put when it is closed. */
static void family_ops(struct xcrypt_family *f)
{
	f->ops = *f->base_ops;
	f->ops.connect = ops_connect;
	f->ops.poll = ops_poll;
	f->ops.splice_read = xcrypt_splice_read;
	f->ops.mmap = sock_no_mmap;		/* ENODEV */
	f->ops.set_peek_off = NULL;		/* EOPNOTSUPP */
	f->ops.read_sock = NULL;
	f->ops.read_skb = NULL;
	f->ops.sendmsg_locked = NULL;		/* EOPNOTSUPP */
	compat_set_ops(&f->ops);
}

/*
 * IPv6's socket functions are not exported, so a socket of each family is asked for
 * them. A family that makes no sockets needs no table.
 */
static int family_init(struct xcrypt_family *f, int family)
{
	struct socket *sock;
	int err;

	err = sock_create_kern(&init_net, family, SOCK_STREAM, IPPROTO_TCP, &sock);
	if (err)
		return err == -EAFNOSUPPORT ? 0 : err;
	f->base_ops = sock->ops;
	sock_release(sock);
	family_prot(f);
	family_ops(f);
	return 0;
}

int __init xcrypt_proto_init(void)
{
	static const int af[] = { AF_INET, AF_INET6 };
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < ARRAY_SIZE(families); i++)
		err = family_init(&families[i], af[i]);
	return err;
}

/**
 * xcrypt_proto_attach() - give a socket the functions that encrypt
 * @sk:		the socket, locked
 * @ctx:	published here, before the functions that use it
 *
 * Return: 0, or -EOPNOTSUPP if it has others than plain TCP's: sockmap, SMC, MPTCP, ...
 */
int xcrypt_proto_attach(struct sock *sk, struct xcrypt_ctx *ctx)
{
	struct socket *sock = sk->sk_socket;
	struct xcrypt_family *f;

	for (f = families; f < families + ARRAY_SIZE(families); f++) {
		if (!sock || sk->sk_prot != f->base || sock->ops != f->base_ops)
			continue;
		ctx->family = f;
		rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, ctx);
		/* Who finds the new functions finds the context. */
		smp_wmb();
		WRITE_ONCE(sock->ops, &f->ops);
		WRITE_ONCE(sk->sk_prot, &f->prot);
		return 0;
	}
	return -EOPNOTSUPP;
}

/* The core goes on to use sk_prot after the ULP's release. */
void xcrypt_proto_detach(struct sock *sk, struct xcrypt_ctx *ctx)
{
	WRITE_ONCE(sk->sk_prot, ctx->family->base);
	RCU_INIT_POINTER(inet_csk(sk)->icsk_ulp_data, NULL);
}
