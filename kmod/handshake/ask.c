// SPDX-License-Identifier: GPL-2.0
/* The MTA's side of the handshake: one request a socket, from setsockopt to its outcome. */
#include <linux/freezer.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/tcp.h>
#include "ask.h"
#include "lifetime.h"
#include "stream/guard.h"
#include "queue.h"
#include "request.h"

#define FLAGS_TOLD	(XCRYPT_H_UNLISTED | XCRYPT_H_TLS)
#define FLAGS_ALL	(FLAGS_TOLD | XCRYPT_H_VERIFY)
#define ASK_MAX		(sizeof(struct xcrypt_handshake) + XCRYPT_LINE_MAX + XCRYPT_HOST_MAX + \
			 XCRYPT_DOMAIN_MAX + XCRYPT_EARLY_MAX)

/* What was not listed has no line, and where nothing is exchanged there is nothing early. */
static int ask_check_lengths(const struct xcrypt_handshake *ask, unsigned int optlen)
{
	if (ask->line_len > XCRYPT_LINE_MAX || ask->host_len > XCRYPT_HOST_MAX ||
	    ask->domain_len > XCRYPT_DOMAIN_MAX || ask->early_len > XCRYPT_EARLY_MAX)
		return -EINVAL;
	if (ask->flags & FLAGS_TOLD ? ask->early_len : !ask->line_len)
		return -EINVAL;
	if (ask->flags & XCRYPT_H_UNLISTED && ask->line_len)
		return -EINVAL;
	if (optlen != sizeof(*ask) + ask->line_len + ask->host_len + ask->domain_len +
		      ask->early_len)
		return -EINVAL;
	return 0;
}

static int ask_check(const struct xcrypt_handshake *ask, unsigned int optlen)
{
	if (ask->version != XCRYPT_VERSION)
		return -EPROTONOSUPPORT;
	if (ask->role != XCRYPT_ROLE_CLIENT && ask->role != XCRYPT_ROLE_SERVER)
		return -EINVAL;
	if (ask->timeout > XCRYPT_TIMEOUT_MAX || ask->flags & ~FLAGS_ALL)
		return -EINVAL;
	if (ask->role == XCRYPT_ROLE_SERVER && (ask->flags || ask->domain_len || ask->early_len))
		return -EINVAL;
	return ask_check_lengths(ask, optlen);
}

static struct xcrypt_request *request_new(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	struct xcrypt_request *req;
	int err;

	if (optlen < sizeof(req->ask) || optlen > ASK_MAX)
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
	xcrypt_request_prepare(req, sk);
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

static bool signal_matters(const struct sigaction *action, int sig)
{
	if (action->sa_handler == SIG_IGN)
		return false;
	if (action->sa_handler != SIG_DFL)
		return true;
	return !sig_kernel_ignore(sig) && !sig_kernel_stop(sig);
}

/*
 * Will a handler be called, or the task end? A stop, a tracer, the freezer and task work wake an
 * interruptible sleeper, too; to them it is as if the call were a long one.
 */
static bool signal_is_due(void)
{
	/* Our own, which nobody else replaces. */
	struct sighand_struct *sighand = rcu_dereference_protected(current->sighand, 1);
	sigset_t pending;
	bool due = false;
	int sig;

	if (fatal_signal_pending(current))
		return true;
	spin_lock_irq(&sighand->siglock);
	sigorsets(&pending, &current->pending.signal, &current->signal->shared_pending.signal);
	sigandnsets(&pending, &pending, &current->blocked);
	for (sig = 1; sig <= _NSIG && !due; sig++)
		due = sigismember(&pending, sig) &&
		      signal_matters(&sighand->action[sig - 1].sa, sig);
	spin_unlock_irq(&sighand->siglock);
	return due;
}

/*
 * Return: 0 when it has ended, -EINTR when a signal is due. Where one is pending that is not,
 * there is no interruptible sleep: look again ten times a second.
 */
static int wait_for_end(struct xcrypt_request *req)
{
	long left;

	do {
		if (!wait_for_completion_state(&req->done, TASK_INTERRUPTIBLE | TASK_FREEZABLE))
			return 0;
		if (signal_is_due())
			return -EINTR;
		try_to_freeze();
		left = wait_for_completion_killable_timeout(&req->done, HZ / 10);
	} while (!left);
	return left > 0 ? 0 : -EINTR;
}

static int request_wait(struct xcrypt_request *req)
{
	if (req->sk->sk_socket->file->f_flags & O_NONBLOCK)
		return -EINPROGRESS;
	if (wait_for_end(req)) {
		xcrypt_request_fail(req, -EINTR);
		/*
		 * Ended by another in this moment: that is what counts. Another thread of this
		 * program may have the lock; a killed one does not wait for it.
		 */
		if (wait_for_completion_killable(&req->done))
			return -EINTR;
	}
	return req->error;
}

/* setsockopt(XCRYPT_HANDSHAKE) */
int xcrypt_handshake_ask(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	const struct xcrypt_ctx *ctx = xcrypt_ctx(sk);
	struct xcrypt_request *req = request_new(sk, optval, optlen);
	int err;

	if (IS_ERR(req))
		return PTR_ERR(req);
	err = xcrypt_lock(sk, ctx);
	if (!err) {
		err = request_check(sk, ctx) ?: xcrypt_request_start(sk, req);
		release_sock(sk);
	}
	if (!err) {
		xcrypt_queue_of(sock_net(sk))->notices->ready(sock_net(sk));
		err = request_wait(req);
	}
	xcrypt_request_put(req);
	return err;
}

/*
 * The last descriptor is closed, and with it all that anybody could do with the outcome. No
 * call on the socket runs any more, so its lock is free but for moments.
 */
void xcrypt_handshake_close(struct sock *sk)
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);
	struct xcrypt_request *req;

	lock_sock(sk);
	req = ctx->request;
	if (req) {
		refcount_inc(&req->ref);
		xcrypt_request_fail(req, -ECONNABORTED);
		xcrypt_request_put(req);
	}
	kfree(ctx->words);
	ctx->words = NULL;
	ctx->refused = false;
	/* Settles it, whoever ended it. */
	release_sock(sk);
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
	int err = xcrypt_lock_to_ask(sk, ctx);

	if (err)
		return err;
	outcome.state = ctx->result.state;
	outcome.outcome_class = ctx->result.class;
	outcome.error = ctx->result.error;
	outcome.cache_hit = ctx->result.cache_hit;
	outcome.early_sent = ctx->result.early_sent;
	strscpy(outcome.suite, ctx->result.suite, sizeof(outcome.suite));
	if (outcome.state == XCRYPT_STATE_ENDED)
		memcpy(outcome.session, ctx->tx.session, sizeof(outcome.session));
	if (outcome.state == XCRYPT_STATE_ENDED && ctx->refused)
		strscpy(outcome.text, ctx->words, sizeof(outcome.text));
	release_sock(sk);
	return reply(&outcome, sizeof(outcome), offsetof(struct xcrypt_outcome, suite), optval,
		     optlen);
}

/* Return: 0, or -ESRCH if nobody serves servers here. */
static int suites_now(const struct sock *sk, char *buf, size_t size)
{
	struct xcrypt_queue *q = xcrypt_queue_of(sock_net(sk));
	int err;

	spin_lock_bh(&q->lock);
	err = q->port && q->suites[0] ? 0 : -ESRCH;
	strscpy(buf, q->suites, size);
	spin_unlock_bh(&q->lock);
	return err;
}

/* The list is asked for once a socket: what was offered has to stay what was offered. */
static int suites_of(const struct sock *sk, struct xcrypt_ctx *ctx, char *buf, size_t size)
{
	int err;

	if (ctx->words && !ctx->refused) {
		strscpy(buf, ctx->words, size);
		return 0;
	}
	err = suites_now(sk, buf, size);
	/* A client has no use for them, and its last outcome is complete. */
	if (err || ctx->refused)
		return err;
	ctx->words = kstrdup(buf, GFP_KERNEL_ACCOUNT);
	return ctx->words ? 0 : -ENOMEM;
}

int xcrypt_handshake_suites(struct sock *sk, char __user *optval, int __user *optlen)
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);
	char *offer;
	int err;

	offer = kmalloc(XCRYPT_SUITES_MAX + 1, GFP_KERNEL_ACCOUNT);
	if (!offer)
		return -ENOMEM;
	err = xcrypt_lock_to_ask(sk, ctx);
	if (!err) {
		err = suites_of(sk, ctx, offer, XCRYPT_SUITES_MAX + 1);
		release_sock(sk);
	}
	if (!err)
		err = reply(offer, strlen(offer) + 1, strlen(offer) + 1, optval, optlen);
	kfree(offer);
	return err;
}
