// SPDX-License-Identifier: GPL-2.0
/*
 * The two tables of functions of an attached socket: TCP's own, with every way replaced or
 * closed that reaches the octet stream past the ciphers.
 */
#include <asm/ioctls.h>
#include <linux/net.h>
#include <linux/poll.h>
#include <linux/sockios.h>
#include <linux/uaccess.h>
#include <net/tcp.h>
#include <net/transp_v6.h>
#include "stream/direction.h"
#include "handshake/ask.h"
#include "stream/guard.h"
#include "handshake/request.h"
#include "proto.h"
#include "stream/queue.h"
#include "stream/rx.h"
#include "stream/rxrecord.h"
#include "stream/sendpage.h"
#include "sockopt.h"
#include "stream/tx.h"
#include "stream/txrecord.h"

/* One an address family, made once: sockets compare their functions with @base. */
static struct xcrypt_family families[] __ro_after_init = {
	{ .base = &tcp_prot },
#if IS_ENABLED(CONFIG_IPV6)
	{ .base = &tcpv6_prot },
#endif
};

/* As TCP closes where octets are left that nobody read. */
static void close_by_reset(struct sock *sk)
{
	sock_set_flag(sk, SOCK_LINGER);
	sk->sk_lingertime = 0;
}

/*
 * The keys go with the file descriptor: what was written is encrypted already. A kernel thread
 * that closes what a handshake kept open has no time to linger: SO_LINGER makes the program
 * wait that closes, and that program is gone.
 */
static void proto_close(struct sock *sk, long timeout)
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);
	struct proto *base = ctx->family->base;

	if (current->flags & PF_KTHREAD)
		timeout = 0;

	xcrypt_handshake_close(sk);
	lock_sock(sk);
	if (!sock_flag(sk, SOCK_LINGER) || sk->sk_lingertime)
		xcrypt_txrecord_end(sk, &ctx->tx);
	xcrypt_rxrecord_close(sk, ctx);
	if (xcrypt_rxrecord_unread(&ctx->rx))
		close_by_reset(sk);
	xcrypt_dir_clear(sk, &ctx->tx);
	xcrypt_dir_clear(sk, &ctx->rx);
	xcrypt_snap_free(ctx);
	release_sock(sk);
	base->close(sk, timeout);
}

/* shutdown(), with the lock. */
static void proto_shutdown(struct sock *sk, int how)
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);

	if (how & SEND_SHUTDOWN)
		xcrypt_txrecord_end(sk, &ctx->tx);
	ctx->family->base->shutdown(sk, how);
}

/* SIOCINQ is about what can be read, not about what came. */
static int proto_ioctl(COMPAT_IOCTL(struct sock *sk, int cmd))
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);
	int n;

	if (cmd != SIOCINQ || !xcrypt_dir_cipher(&ctx->rx) || !xcrypt_dir_sealed(&ctx->rx))
		return compat_ioctl(ctx->family->base, sk, cmd);
	n = xcrypt_lock_to_ask(sk, ctx);
	if (n)
		return n;
	n = xcrypt_rxrecord_inq(sk, ctx);
	release_sock(sk);
	return compat_ioctl_answer(n);
}

/* An owner of the lock gives it back, with what others left to it. The spin lock is held. */
static void asked_release_cb(struct sock *sk)
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);

	xcrypt_request_release_cb(sk, ctx);
	ctx->family->base->release_cb(sk);
}

/*
 * connect(AF_UNSPEC) would make a new connection's socket of this one, with old keys. It
 * is refused here: sk_prot->disconnect has to stay, close with SO_LINGER 0 needs it.
 */
static int ops_connect(struct socket *sock, struct sockaddr_unsized *addr, int len, int flags)
{
	if (len >= (int)sizeof(addr->sa_family) && addr->sa_family == AF_UNSPEC)
		return -EINVAL;
	return xcrypt_ctx(sock->sk)->family->base_ops->connect(sock, addr, len, flags);
}

/* Octets that are not a whole record yet cannot be read, but one that was opened can. */
static __poll_t poll_records(struct sock *sk, const struct xcrypt_ctx *ctx, __poll_t mask)
{
	if (xcrypt_rxrecord_ready(sk, &ctx->rx))
		return mask | EPOLLIN | EPOLLRDNORM;
	if (mask & (EPOLLRDHUP | EPOLLHUP))
		return mask;
	return mask & ~(EPOLLIN | EPOLLRDNORM);
}

/*
 * TCP does not count an urgent octet that is next, where the program has cleared SO_OOBINLINE. Here
 * it can be read as any other.
 */
static __poll_t poll_stream(const struct sock *sk, __poll_t mask)
{
	if (unlikely(READ_ONCE(tcp_sk(sk)->urg_data)) &&
	    xcrypt_queue_octets(sk) >= sock_rcvlowat(sk, 0, INT_MAX))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}

/*
 * A handshake under way is the daemon's to watch; to others its end is what they wait for. Not
 * even EPOLLHUP and EPOLLERR before, which nobody can ask epoll to leave out: who finds no outcome
 * then would be woken again and again. The error queue, timestamps above all, is the MTA's: the
 * daemon does not read it, so what lies there would be such an event to it.
 */
static __poll_t ops_poll(struct file *file, struct socket *sock, struct poll_table_struct *wait)
{
	const struct xcrypt_ctx *ctx = xcrypt_ctx(sock->sk);
	__poll_t mask = ctx->family->base_ops->poll(file, sock, wait);

	if (unlikely(xcrypt_guard(ctx) == -EBUSY))
		return 0;
	if (xcrypt_dir_cipher(&ctx->rx))
		mask = xcrypt_dir_sealed(&ctx->rx) ? poll_records(sock->sk, ctx, mask) :
						     poll_stream(sock->sk, mask);
	if (unlikely(xcrypt_is_daemon(ctx)) && !READ_ONCE(sock->sk->sk_err))
		mask &= ~EPOLLERR;
	return mask;
}

/*
 * The core's options come here for as long as a handshake runs: each takes the lock, some copy
 * the caller's memory with it held, and the daemon has to be able to get it.
 */
static int ops_setsockopt(struct socket *sock, int level, int optname, sockptr_t optval,
			  unsigned int optlen)
{
	const struct xcrypt_ctx *ctx = xcrypt_ctx(sock->sk);

	if (level == SOL_SOCKET)
		return -EBUSY;
	return ctx->family->base_ops->setsockopt(sock, level, optname, optval, optlen);
}

static int ops_shutdown(struct socket *sock, int how)
{
	const struct xcrypt_ctx *ctx = xcrypt_ctx(sock->sk);

	/* Who was the daemon until a moment ago must not wait for the lock either. */
	if (unlikely(xcrypt_is_daemon(ctx) || READ_ONCE(ctx->guard) == -ECONNABORTED))
		return xcrypt_daemon_shutdown(sock->sk, how);
	return ctx->family->base_ops->shutdown(sock, how);
}

static void family_prot(struct xcrypt_family *f)
{
	f->prot = *f->base;
	f->prot.close = proto_close;
	f->prot.shutdown = proto_shutdown;
	f->prot.ioctl = proto_ioctl;
	f->prot.sendmsg = xcrypt_sendmsg;
	f->prot.recvmsg = xcrypt_recvmsg;
	f->prot.setsockopt = xcrypt_setsockopt;
	f->prot.getsockopt = xcrypt_getsockopt;
#ifdef CONFIG_BPF_SYSCALL
	f->prot.psock_update_sk_prot = NULL;	/* sockmap: EOPNOTSUPP */
#endif
}

/* .owner stays: the socket's reference to it is put when it is closed. */
static void family_ops(struct xcrypt_family *f)
{
	f->ops = *f->base_ops;
	f->ops.connect = ops_connect;
	f->ops.poll = ops_poll;
	f->ops.setsockopt = ops_setsockopt;
	f->ops.shutdown = ops_shutdown;
	f->ops.splice_read = xcrypt_splice_read;
	f->ops.mmap = sock_no_mmap;		/* ENODEV */
	f->ops.set_peek_off = NULL;		/* EOPNOTSUPP */
	f->ops.read_sock = NULL;
	f->ops.read_skb = NULL;
	f->ops.sendmsg_locked = NULL;		/* EOPNOTSUPP */
	xcrypt_sendpage_set(&f->prot, &f->ops);
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
	f->asked = f->prot;
	f->asked.release_cb = asked_release_cb;
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

/*
 * Does the socket belong to the file that programs have of it? Not after SMC fell back to
 * TCP: the program's file is SMC's, which takes its TCP socket away again when it closes.
 */
static bool own_file(struct socket *sock)
{
	const struct file *file = READ_ONCE(sock->file);

	return file && file_inode(file) == SOCK_INODE(sock);
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

	if (!sock || !own_file(sock))
		return -EOPNOTSUPP;
	for (f = families; f < families + ARRAY_SIZE(families); f++) {
		if (sk->sk_prot != f->base || sock->ops != f->base_ops)
			continue;
		ctx->family = f;
		rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, ctx);
		/* Readers that see the new functions must see ctx. */
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
