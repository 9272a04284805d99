// SPDX-License-Identifier: GPL-2.0
/* What the daemon does on somebody else's socket, without ever waiting for its lock. */
#include <linux/skbuff.h>
#include <net/tcp.h>
#include "guard.h"
#include "direction.h"

/* lock_sock(), if nobody has the lock and the guard lets us. Return: 0, -EBUSY, -ECONNABORTED. */
int xcrypt_lock_by_trying(struct sock *sk)
{
	int err;

	spin_lock_bh(&sk->sk_lock.slock);
	err = sock_owned_by_user_nocheck(sk) ? -EBUSY : xcrypt_guard(xcrypt_ctx(sk));
	if (!err) {
		sk->sk_lock.owned = 1;
		mutex_acquire(&sk->sk_lock.dep_map, 0, 1, _RET_IP_);
	}
	spin_unlock_bh(&sk->sk_lock.slock);
	return err;
}

/* Nothing is queued: why? */
static int recv_nothing(struct sock *sk)
{
	if (sock_flag(sk, SOCK_DONE))
		return 0;
	if (sk->sk_err)
		return sock_error(sk);
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return 0;
	return sk->sk_state == TCP_CLOSE ? -ENOTCONN : -EAGAIN;
}

/* Copy at most @len of what is queued in order. Return: how many octets, or -EFAULT and none. */
static int recv_copy(struct sock *sk, struct msghdr *msg, size_t len)
{
	u32 seq = tcp_sk(sk)->copied_seq;
	const struct sk_buff *skb;
	size_t done = 0;

	/* Sequence numbers, not lengths: the buffers may overlap. */
	skb_queue_walk(&sk->sk_receive_queue, skb) {
		u32 offset = seq + done - TCP_SKB_CB(skb)->seq;
		size_t n;

		if (unlikely(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN))
			offset--;
		if (offset >= skb->len)
			continue;
		n = min_t(size_t, skb->len - offset, len - done);
		if (!n)
			break;
		if (skb_copy_datagram_iter(skb, offset, &msg->msg_iter, n))
			return done ?: -EFAULT;
		done += n;
	}
	return done;
}

/* Urgent octets are in the stream; a mark that was passed is one no more, as tcp_recvmsg(). */
static void recv_consume(struct sock *sk, size_t len)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_read_done(sk, len);
	if (unlikely(tp->urg_data) && after(tp->copied_seq, tp->urg_seq)) {
		WRITE_ONCE(tp->urg_data, 0);
		tcp_fast_path_check(sk);
	}
}

/**
 * xcrypt_daemon_recv() - recv() by the daemon of a running handshake, before the key is in
 * @sk:		the socket
 * @msg:	where to
 * @len:	how many octets at most
 * @flags:	MSG_PEEK or not; it never waits
 *
 * TCP's own recvmsg would wait for the lock. Return: octets; -EBUSY: somebody has the lock;
 * -ECONNABORTED: the request has ended; -EAGAIN: nothing is queued; -EOPNOTSUPP: out-of-band
 * data and the like; TCP's errors.
 */
int xcrypt_daemon_recv(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	int ret;

	if (flags & (MSG_OOB | MSG_ERRQUEUE | MSG_TRUNC))
		return -EOPNOTSUPP;
	ret = xcrypt_lock_by_trying(sk);
	if (ret)
		return ret;
	xcrypt_urgent_inline(sk);
	ret = recv_copy(sk, msg, len);
	if (!ret && len)
		ret = recv_nothing(sk);
	else if (ret > 0 && !(flags & MSG_PEEK))
		recv_consume(sk, ret);
	release_sock(sk);
	return ret;
}

/**
 * xcrypt_daemon_shutdown() - shutdown() by the daemon of a running handshake
 * @sk:		the socket
 * @how:	SHUT_WR
 *
 * The socket layer's would wait for the lock. Return: 0; -EBUSY: somebody has the lock;
 * -ECONNABORTED: the request has ended; -ENOTCONN; -EOPNOTSUPP: another @how.
 */
int xcrypt_daemon_shutdown(struct sock *sk, int how)
{
	int ret;

	ret = xcrypt_lock(sk, xcrypt_ctx(sk));
	if (ret)
		return ret;
	if (how != SHUT_WR) {
		ret = -EOPNOTSUPP;
	} else if ((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)) {
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
		sk->sk_prot->shutdown(sk, SEND_SHUTDOWN);
		sk->sk_state_change(sk);
	} else {
		ret = -ENOTCONN;
	}
	release_sock(sk);
	return ret;
}
