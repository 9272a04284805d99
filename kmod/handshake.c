// SPDX-License-Identifier: GPL-2.0
/*
 * The MTA's side of the handshake: one request a socket, from setsockopt to its outcome.
 * The daemon, a signal, the time limit and close may all end it; the first one does.
 */
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/tcp.h>
#include "direction.h"
#include "handshake.h"
#include "stat.h"
#include "upcall.h"

static void request_free(struct xcrypt_request *req)
{
	put_pid(req->daemon);
	kfree(req->offer);
	sock_put(req->sk);
	kfree(req);
}

void xcrypt_request_put(struct xcrypt_request *req)
{
	if (refcount_dec_and_test(&req->ref))
		request_free(req);
}

static void offer_free(struct xcrypt_ctx *ctx)
{
	kfree(ctx->offer);
	ctx->offer = NULL;
}

/* Under the socket lock. What is queued is not for the MTA, nor what still comes. */
static void shut_down(struct sock *sk, struct xcrypt_ctx *ctx)
{
	WRITE_ONCE(ctx->guard, -ECONNABORTED);
	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN))
		return;
	sk->sk_shutdown |= SHUTDOWN_MASK;
	sk->sk_prot->shutdown(sk, SHUTDOWN_MASK);
}

/* The daemon's word is checked: a key half installed is never anything but the end. */
static void outcome_settle(const struct xcrypt_ctx *ctx, struct xcrypt_outcome *outcome)
{
	bool both = ctx->tx.cipher && ctx->rx.cipher;
	bool any = ctx->tx.cipher || ctx->rx.cipher;

	if (outcome->class == XCRYPT_CLASS_ENCRYPTED ? !both : any) {
		outcome->class = XCRYPT_CLASS_CLOSED;
		outcome->error = outcome->error ?: EPROTO;
	}
	outcome->state = XCRYPT_STATE_ENDED;
}

static void result_store(struct sock *sk, struct xcrypt_ctx *ctx,
			 const struct xcrypt_outcome *outcome)
{
	ctx->result.state = outcome->state;
	ctx->result.class = outcome->class;
	ctx->result.error = outcome->error;
	ctx->result.cache_hit = outcome->cache_hit;
	strscpy(ctx->result.suite, outcome->suite, sizeof(ctx->result.suite));
	xcrypt_stat_inc(sk, XCRYPT_STAT_ENCRYPTED + outcome->class);
}

/**
 * xcrypt_handshake_end() - end a request, unless it has ended
 * @req:	a reference is held by the caller
 * @outcome:	class, error and what else is known; completed here
 *
 * Sleeps. Return: false if another did it; then the outcome is another's.
 */
bool xcrypt_handshake_end(struct xcrypt_request *req, struct xcrypt_outcome *outcome)
{
	struct sock *sk = req->sk;
	struct xcrypt_ctx *ctx;
	bool accepted;

	if (test_and_set_bit(0, &req->ended))
		return false;
	accepted = xcrypt_upcall_forget(req);
	if (outcome->class == XCRYPT_CLASS_BY_MOMENT)
		outcome->class = accepted ? XCRYPT_CLASS_CLOSED : XCRYPT_CLASS_NONE;

	/* xcrypt_handshake_close() waits for @done, so the context is there. */
	lock_sock(sk);
	ctx = xcrypt_ctx(sk);
	outcome_settle(ctx, outcome);
	result_store(sk, ctx, outcome);
	req->error = -(int)outcome->error;
	ctx->request = NULL;
	WRITE_ONCE(ctx->daemon, NULL);
	/* Readers look at the guard without the lock: from -EBUSY it goes straight to the end. */
	if (outcome->class == XCRYPT_CLASS_CLOSED)
		shut_down(sk, ctx);
	else
		WRITE_ONCE(ctx->guard, 0);
	if (outcome->class == XCRYPT_CLASS_ENCRYPTED)
		offer_free(ctx);
	sk->sk_state_change(sk);
	release_sock(sk);

	if (cancel_delayed_work(&req->expiry))
		xcrypt_request_put(req);
	complete_all(&req->done);
	xcrypt_request_put(req);	/* the socket's */
	return true;
}

/* End it for a reason of our own, and tell the daemon if it has taken it. */
void xcrypt_handshake_fail(struct xcrypt_request *req, int error)
{
	struct xcrypt_outcome outcome = { .class = XCRYPT_CLASS_BY_MOMENT, .error = -error };

	if (xcrypt_handshake_end(req, &outcome) && outcome.class == XCRYPT_CLASS_CLOSED)
		xcrypt_upcall_cancel(req, outcome.error);
}

static void request_expired(struct work_struct *work)
{
	struct xcrypt_request *req = container_of(to_delayed_work(work), struct xcrypt_request,
						  expiry);

	xcrypt_handshake_fail(req, -ETIMEDOUT);
	xcrypt_request_put(req);
}

static int ask_check(const struct xcrypt_handshake *ask, unsigned int optlen)
{
	if (ask->version != XCRYPT_VERSION)
		return -EPROTONOSUPPORT;
	if (ask->role != XCRYPT_ROLE_CLIENT && ask->role != XCRYPT_ROLE_SERVER)
		return -EINVAL;
	if (ask->flags || ask->reserved || ask->timeout > XCRYPT_TIMEOUT_MAX)
		return -EINVAL;
	if (!ask->line_len || ask->line_len > XCRYPT_LINE_MAX || ask->host_len > XCRYPT_HOST_MAX)
		return -EINVAL;
	if (optlen != sizeof(*ask) + ask->line_len + ask->host_len)
		return -EINVAL;
	return 0;
}

static struct xcrypt_request *request_new(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	struct xcrypt_request *req;
	int err;

	if (optlen < sizeof(req->ask) ||
	    optlen > sizeof(req->ask) + XCRYPT_LINE_MAX + XCRYPT_HOST_MAX)
		return ERR_PTR(-EINVAL);
	req = kzalloc(offsetof(struct xcrypt_request, ask) + optlen, GFP_KERNEL_ACCOUNT);
	if (!req)
		return ERR_PTR(-ENOMEM);
	err = copy_from_sockptr(&req->ask, optval, optlen) ? -EFAULT :
	      ask_check(&req->ask, optlen);
	if (err) {
		kfree(req);
		return ERR_PTR(err);
	}
	INIT_LIST_HEAD(&req->list);
	INIT_DELAYED_WORK(&req->expiry, request_expired);
	init_completion(&req->done);
	req->uid = current_uid();
	req->sk = sk;
	sock_hold(sk);
	/* Ours while we wait, the socket's, the time limit's. */
	refcount_set(&req->ref, 3);
	return req;
}

static int request_check(struct sock *sk, const struct xcrypt_ctx *ctx)
{
	int err = xcrypt_guard(ctx);

	if (err)
		return err;
	/* The daemon, whom the guard lets pass, may not ask either. */
	if (ctx->request || ctx->tx.cipher || ctx->rx.cipher)
		return -EBUSY;
	/* One who waits for memory inside plain TCP would write into the exchange. */
	if (sk->sk_write_pending)
		return -EBUSY;
	if (sk->sk_state != TCP_ESTABLISHED)
		return -ENOTCONN;
	/* The daemon gets a descriptor of this file: there has to be one. */
	return sk->sk_socket->file ? 0 : -EOPNOTSUPP;
}

/* Under the socket lock. */
static int request_start(struct sock *sk, struct xcrypt_request *req)
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);
	struct xcrypt_outcome outcome = { .class = XCRYPT_CLASS_NONE };
	int err;

	if (ctx->offer) {
		req->offer = kstrdup(ctx->offer, GFP_KERNEL_ACCOUNT);
		if (!req->offer)
			return -ENOMEM;
	}
	ctx->result = (struct xcrypt_result) { .state = XCRYPT_STATE_RUNNING };
	ctx->request = req;
	WRITE_ONCE(ctx->guard, -EBUSY);
	err = xcrypt_upcall_queue(req);
	if (!err)
		return 0;
	ctx->request = NULL;
	WRITE_ONCE(ctx->guard, 0);
	outcome.state = XCRYPT_STATE_ENDED;
	outcome.error = -err;
	result_store(sk, ctx, &outcome);
	return err;
}

static int request_wait(struct xcrypt_request *req)
{
	if (req->sk->sk_socket->file->f_flags & O_NONBLOCK)
		return -EINPROGRESS;
	if (wait_for_completion_interruptible(&req->done)) {
		xcrypt_handshake_fail(req, -EINTR);
		/* Ended by another in this moment: that is what counts. */
		wait_for_completion(&req->done);
	}
	return req->error;
}

/* setsockopt(XCRYPT_HANDSHAKE) */
int xcrypt_handshake_ask(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	struct xcrypt_request *req = request_new(sk, optval, optlen);
	int err;

	if (IS_ERR(req))
		return PTR_ERR(req);
	lock_sock(sk);
	err = request_check(sk, xcrypt_ctx(sk)) ?: request_start(sk, req);
	release_sock(sk);
	if (err) {
		request_free(req);
		return err;
	}
	xcrypt_upcall_ready(sk);
	err = request_wait(req);
	xcrypt_request_put(req);
	return err;
}

/* The descriptor is closed, and with it all that anybody could do with the outcome. */
void xcrypt_handshake_close(struct sock *sk)
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);
	struct xcrypt_request *req;

	lock_sock(sk);
	req = ctx->request;
	if (req)
		refcount_inc(&req->ref);
	offer_free(ctx);
	release_sock(sk);
	if (!req)
		return;
	xcrypt_handshake_fail(req, -ECONNABORTED);
	wait_for_completion(&req->done);
	xcrypt_request_put(req);
}

static int reply(const void *from, int size, int least, char __user *optval, int __user *optlen)
{
	int len;

	if (get_user(len, optlen))
		return -EFAULT;
	if (len < least)
		return -EINVAL;
	len = min(len, size);
	if (put_user(len, optlen) || copy_to_user(optval, from, len))
		return -EFAULT;
	return 0;
}

int xcrypt_handshake_outcome(struct sock *sk, char __user *optval, int __user *optlen)
{
	struct xcrypt_outcome outcome = { .version = XCRYPT_VERSION };
	const struct xcrypt_ctx *ctx = xcrypt_ctx(sk);

	lock_sock(sk);
	outcome.state = ctx->result.state;
	outcome.class = ctx->result.class;
	outcome.error = ctx->result.error;
	outcome.cache_hit = ctx->result.cache_hit;
	strscpy(outcome.suite, ctx->result.suite, sizeof(outcome.suite));
	if (outcome.state == XCRYPT_STATE_ENDED)
		memcpy(outcome.session, ctx->tx.session, sizeof(outcome.session));
	release_sock(sk);
	return reply(&outcome, sizeof(outcome), offsetof(struct xcrypt_outcome, suite), optval,
		     optlen);
}

/* The list is asked for once a socket: what was offered has to stay what was offered. */
int xcrypt_handshake_suites(struct sock *sk, char __user *optval, int __user *optlen)
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);
	char *offer;
	int err = 0;

	offer = kmalloc(XCRYPT_SUITES_MAX + 1, GFP_KERNEL_ACCOUNT);
	if (!offer)
		return -ENOMEM;
	lock_sock(sk);
	if (!ctx->offer) {
		err = xcrypt_upcall_suites(sk, offer, XCRYPT_SUITES_MAX + 1);
		ctx->offer = err ? NULL : kstrdup(offer, GFP_KERNEL_ACCOUNT);
		err = err ?: ctx->offer ? 0 : -ENOMEM;
	} else {
		strscpy(offer, ctx->offer, XCRYPT_SUITES_MAX + 1);
	}
	release_sock(sk);
	if (!err)
		err = reply(offer, strlen(offer) + 1, strlen(offer) + 1, optval, optlen);
	kfree(offer);
	return err;
}
