// SPDX-License-Identifier: GPL-2.0
/* A request as an object, and what the socket that it is for has of it. */
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include "report/stat.h"
#include "request.h"

void xcrypt_request_free(struct xcrypt_request *req)
{
	put_pid(req->daemon);
	kfree(req->text);
	kfree(req->offer);
	sock_put(req->sk);
	kfree(req);
}

void xcrypt_request_put(struct xcrypt_request *req)
{
	if (refcount_dec_and_test(&req->ref))
		xcrypt_request_free(req);
}

/*
 * FIN without sleeping: older kernels allocate it as the socket's owner may, not as we have to.
 * By TCP's own function: what ends here did not end in order, so there is no end record.
 */
static void shut_down(struct sock *sk)
{
	gfp_t allocation = sk->sk_allocation;

	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN))
		return;
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SHUTDOWN_MASK);
	sk->sk_allocation = GFP_ATOMIC;
	xcrypt_ctx(sk)->family->base->shutdown(sk, SHUTDOWN_MASK);
	sk->sk_allocation = allocation;
}

/* The daemon's word is checked: a key half installed is never anything but the end. */
static void result_settle(const struct xcrypt_ctx *ctx, struct xcrypt_result *result)
{
	bool both = ctx->tx.cipher && ctx->rx.cipher;
	bool any = ctx->tx.cipher || ctx->rx.cipher;

	if (result->class == XCRYPT_CLASS_ENCRYPTED ? !both : any) {
		result->class = XCRYPT_CLASS_CLOSED;
		result->error = result->error ?: EPROTO;
	}
	result->state = XCRYPT_STATE_ENDED;
}

/* The socket's request is over. */
static void detach(struct sock *sk, struct xcrypt_ctx *ctx, int guard)
{
	ctx->request = NULL;
	WRITE_ONCE(sk->sk_prot, &ctx->family->prot);
	WRITE_ONCE(ctx->daemon, NULL);
	/* Readers look at the guard without the lock: from -EBUSY it goes straight to the end. */
	WRITE_ONCE(ctx->guard, guard);
	if (sk->sk_socket)
		compat_catch_options(sk->sk_socket, false);
}

/* What XCRYPT_SUITES answered is of no use any more, nor what was said of the last handshake. */
static void words_settle(struct xcrypt_ctx *ctx, char *refusal)
{
	if (!refusal && !ctx->refused && ctx->result.class != XCRYPT_CLASS_ENCRYPTED)
		return;
	kfree(ctx->words);
	ctx->words = refusal;
	ctx->refused = refusal;
}

/**
 * xcrypt_request_settle() - let the socket have the outcome of its request
 * @sk:		the socket. Its spin lock is held, and nobody else owns it
 * @ctx:	its context, with a request that has ended
 */
void xcrypt_request_settle(struct sock *sk, struct xcrypt_ctx *ctx)
{
	struct xcrypt_request *req = ctx->request;
	struct xcrypt_result *result = &ctx->result;
	bool closed;

	*result = req->outcome;
	result_settle(ctx, result);
	xcrypt_stat_inc(sk, XCRYPT_STAT_ENCRYPTED + result->class);
	req->error = -(int)result->error;
	words_settle(ctx, req->text);
	req->text = NULL;
	closed = result->class == XCRYPT_CLASS_CLOSED;
	detach(sk, ctx, closed ? -ECONNABORTED : 0);
	/* What is queued is not for the MTA, nor what still comes. */
	if (closed)
		shut_down(sk);
	sk->sk_state_change(sk);
	complete_all(&req->done);
	xcrypt_request_put(req);
}

/* The daemon must not ask the socket for them: that would wait for its lock. */
static void note_ends(const struct sock *sk, struct xcrypt_request *req)
{
	req->peer.port = ntohs(sk->sk_dport);
	req->local.port = sk->sk_num;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		req->peer.addr = sk->sk_v6_daddr;
		req->local.addr = sk->sk_v6_rcv_saddr;
		return;
	}
#endif
	ipv6_addr_set_v4mapped(sk->sk_daddr, &req->peer.addr);
	ipv6_addr_set_v4mapped(sk->sk_rcv_saddr, &req->local.addr);
}

/**
 * xcrypt_request_attach() - make it the socket's
 * @sk:		the socket, locked, without a request
 * @req:	prepared
 *
 * Return: 0; -ENOMEM
 */
int xcrypt_request_attach(struct sock *sk, struct xcrypt_request *req)
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);

	if (ctx->words && !ctx->refused) {
		req->offer = kstrdup(ctx->words, GFP_KERNEL_ACCOUNT);
		if (!req->offer)
			return -ENOMEM;
	}
	note_ends(sk, req);
	ctx->result = (struct xcrypt_result) { .state = XCRYPT_STATE_RUNNING };
	refcount_inc(&req->ref);
	ctx->request = req;
	/* With the lock: who gets it from now on gives it back by way of @asked. */
	WRITE_ONCE(sk->sk_prot, &ctx->family->asked);
	WRITE_ONCE(ctx->guard, -EBUSY);
	compat_catch_options(sk->sk_socket, true);
	return 0;
}

/**
 * xcrypt_request_refuse() - take it from the socket: nobody takes it up
 * @sk:		the socket, locked, with the request
 * @before:	the result before it was attached: without memory there was no request
 * @err:	why
 */
void xcrypt_request_refuse(struct sock *sk, const struct xcrypt_result *before, int err)
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);
	struct xcrypt_request *req = ctx->request;

	detach(sk, ctx, 0);
	xcrypt_request_put(req);
	if (err == -ENOMEM) {
		ctx->result = *before;
		return;
	}
	ctx->result = (struct xcrypt_result) {
		.state = XCRYPT_STATE_ENDED,
		.class = XCRYPT_CLASS_NONE,
		.error = -err,
	};
	words_settle(ctx, NULL);
	xcrypt_stat_inc(sk, XCRYPT_STAT_NONE);
}
