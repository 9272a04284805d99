// SPDX-License-Identifier: GPL-2.0
/*
 * A request from its beginning to its end. The daemon, a signal, the time limit and close may
 * all end it; the first one does. Ending never sleeps: whoever ends it notes the outcome, and
 * settles it with the socket if nobody has the lock. Else whoever has it does so in giving it
 * back. So no program can make others wait by holding the lock of its own socket.
 */
#include <linux/cred.h>
#include <linux/jiffies.h>
#include <linux/user_namespace.h>
#include <net/sock.h>
#include "lifetime.h"
#include "queue.h"
#include "share.h"

static struct workqueue_struct *expiry_wq;

static void settle_or_leave(struct xcrypt_request *req)
{
	struct sock *sk = req->sk;
	struct xcrypt_ctx *ctx;

	local_bh_disable();
	bh_lock_sock(sk);
	/* The owner's release_sock() comes later than this, and finds @ended. */
	ctx = sock_owned_by_user(sk) ? NULL : xcrypt_ctx(sk);
	if (ctx && ctx->request == req)
		xcrypt_request_settle(sk, ctx);
	bh_unlock_sock(sk);
	local_bh_enable();
}

/* Run @expiry in @delay jiffies, with a reference. */
static void expire_in(struct xcrypt_request *req, unsigned long delay)
{
	if (!mod_delayed_work(expiry_wq, &req->expiry, delay))
		refcount_inc(&req->ref);
}

/* The daemon, which has the descriptor still, is to say that it has it no more. */
static void await_return(struct xcrypt_request *req)
{
	req->accept_by = jiffies + XCRYPT_ACCEPT_LIMIT;
	expire_in(req, XCRYPT_ACCEPT_LIMIT);
}

/**
 * xcrypt_request_end() - end a request, unless it has ended
 * @req:	a reference is held by the caller
 * @outcome:	class, error and what else is known
 * @text:	why it was refused, or NULL; from kmalloc(), used up if it is ended here
 *
 * Never sleeps. Return: false if another did it; then the outcome is another's.
 */
bool xcrypt_request_end(struct xcrypt_request *req, const struct xcrypt_result *outcome,
			char *text)
{
	struct xcrypt_queue *q = xcrypt_queue_of(sock_net(req->sk));
	bool expiring = false, left = false;

	spin_lock_bh(&q->lock);
	if (req->ended) {
		spin_unlock_bh(&q->lock);
		return false;
	}
	req->outcome = *outcome;
	req->text = text;
	if (outcome->class == XCRYPT_CLASS_BY_MOMENT)
		req->outcome.class = req->daemon ? XCRYPT_CLASS_CLOSED : XCRYPT_CLASS_NONE;
	/* Pairs with xcrypt_request_release_cb(). */
	smp_store_release(&req->ended, true);
	if (req->daemon) {
		await_return(req);
	} else {
		left = xcrypt_queue_leave(q, req);
		expiring = cancel_delayed_work(&req->expiry);
	}
	spin_unlock_bh(&q->lock);

	settle_or_leave(req);
	if (expiring)
		xcrypt_request_put(req);
	if (left)
		xcrypt_request_put(req);
	return true;
}

/* End it for a reason of our own, and tell the daemon if it has taken it. */
void xcrypt_request_fail(struct xcrypt_request *req, int error)
{
	const struct xcrypt_result outcome = { .class = XCRYPT_CLASS_BY_MOMENT, .error = -error };

	if (xcrypt_request_end(req, &outcome, NULL) && req->outcome.class == XCRYPT_CLASS_CLOSED)
		xcrypt_queue_of(sock_net(req->sk))->notices->cancel(req, -error);
}

/*
 * The daemon did not give it back. It may have the descriptor, as anybody may who was passed one,
 * but it does not keep the file open by saying nothing, nor the share of who asked.
 */
static void give_up_waiting(struct xcrypt_request *req)
{
	struct xcrypt_queue *q = xcrypt_queue_of(sock_net(req->sk));

	spin_lock_bh(&q->lock);
	/* This work may have been meant for an earlier limit. */
	if (!time_before(jiffies, req->accept_by))
		xcrypt_queue_unpin(req);
	spin_unlock_bh(&q->lock);
}

static void request_expired(struct work_struct *work)
{
	struct xcrypt_request *req = container_of(to_delayed_work(work), struct xcrypt_request,
						  expiry);

	/* Pairs with xcrypt_request_end(). */
	if (smp_load_acquire(&req->ended))
		give_up_waiting(req);
	else
		xcrypt_request_fail(req, -ETIMEDOUT);
	xcrypt_request_put(req);
}

/*
 * It ends in @delay jiffies, unless it has by then. Under the queue's lock, with which it came to
 * where that limit holds: nobody gives it another one in between.
 */
void xcrypt_request_limit(struct xcrypt_request *req, unsigned long delay)
{
	if (!req->ended)
		expire_in(req, delay);
}

/* @req is zero but for what the MTA said. The caller has the only reference. */
void xcrypt_request_prepare(struct xcrypt_request *req, struct sock *sk)
{
	INIT_LIST_HEAD(&req->list);
	INIT_DELAYED_WORK(&req->expiry, request_expired);
	init_completion(&req->done);
	req->uid = xcrypt_share_owner();
	req->admin = ns_capable_noaudit(sock_net(sk)->user_ns, CAP_NET_ADMIN);
	req->sk = sk;
	sock_hold(sk);
	refcount_set(&req->ref, 1);
}

static int queue_up(struct xcrypt_request *req)
{
	struct xcrypt_queue *q = xcrypt_queue_of(sock_net(req->sk));
	int err;

	spin_lock_bh(&q->lock);
	err = xcrypt_queue_add(req);
	if (!err) {
		req->accept_by = jiffies + XCRYPT_ACCEPT_LIMIT;
		xcrypt_request_limit(req, XCRYPT_ACCEPT_LIMIT);
	}
	spin_unlock_bh(&q->lock);
	return err;
}

/**
 * xcrypt_request_start() - make it the socket's, and let the daemon have it
 * @sk:		the socket, locked, without a request
 * @req:	prepared
 *
 * Return: 0; -ESRCH, -EUSERS or -EDQUOT, and that is the socket's outcome; -ENOMEM.
 */
int xcrypt_request_start(struct sock *sk, struct xcrypt_request *req)
{
	const struct xcrypt_result before = xcrypt_ctx(sk)->result;
	int err = xcrypt_request_attach(sk, req);

	if (err)
		return err;
	err = queue_up(req);
	if (err)
		xcrypt_request_refuse(sk, &before, err);
	return err;
}

/* Where time limits run, too: no work there waits for anybody. */
void xcrypt_request_run(struct work_struct *work)
{
	queue_work(expiry_wq, work);
}

int __init xcrypt_lifetime_init(void)
{
	/* A queue of its own, so that unloading can wait for the end of what runs. */
	expiry_wq = alloc_workqueue("xcrypt", WQ_UNBOUND, 0);
	return expiry_wq ? 0 : -ENOMEM;
}

void xcrypt_lifetime_exit(void)
{
	destroy_workqueue(expiry_wq);
}
