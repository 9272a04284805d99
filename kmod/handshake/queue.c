// SPDX-License-Identifier: GPL-2.0
/*
 * The requests of each network namespace: waiting in their users' shares, taken by the daemon,
 * or lost with it. One that ends stays where it is, if the daemon may still have its descriptor.
 * All functions but the first are called under the queue's lock, if they do not say otherwise.
 * What is in a list has a reference.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <net/netns/generic.h>
#include "pin.h"
#include "queue.h"

unsigned int xcrypt_queue_id;

struct xcrypt_queue *xcrypt_queue_of(const struct net *net)
{
	return net_generic(net, xcrypt_queue_id);
}

void xcrypt_queue_setup(struct xcrypt_queue *q, const struct xcrypt_notices *notices)
{
	spin_lock_init(&q->lock);
	q->notices = notices;
	xcrypt_shares_init(&q->shares);
	INIT_LIST_HEAD(&q->taken);
	INIT_LIST_HEAD(&q->lost);
}

/* Return: 0, -ESRCH, -EUSERS, -EDQUOT, -ENOMEM */
int xcrypt_queue_add(struct xcrypt_request *req)
{
	struct xcrypt_queue *q = xcrypt_queue_of(sock_net(req->sk));
	int err;

	if (!q->port)
		return -ESRCH;
	err = xcrypt_share_take(&q->shares, req->uid, req->admin, &req->user);
	if (err)
		return err;
	req->id = ++q->last_id;
	refcount_inc(&req->ref);
	xcrypt_share_wait(&q->shares, req->user, &req->list);
	return 0;
}

/* The file of a request that is waiting: its socket is not closed before it has left. */
static struct file *file_of(const struct xcrypt_request *req)
{
	struct file *file = READ_ONCE(req->sk->sk_socket->file);

	/* It may be about to be closed, and the queue does not know it yet. */
	return file ? compat_file_active(file) : NULL;
}

static struct xcrypt_request *next_waiting(struct xcrypt_queue *q, struct file **file)
{
	struct xcrypt_request *req;
	struct xcrypt_user *user;

	list_for_each_entry(user, &q->shares.turn, turn) {
		list_for_each_entry(req, &user->waiting, list) {
			/* Not before the pin of a failed ACCEPT is put: one at a time. */
			if (req->pin)
				continue;
			*file = file_of(req);
			if (*file)
				return req;
		}
	}
	return NULL;
}

/* For the caller, who gets a reference, with its file in @pin. Return: NULL if none waits. */
struct xcrypt_request *xcrypt_queue_take(struct xcrypt_queue *q, u32 port, struct xcrypt_pin *pin)
{
	struct file *file;
	struct xcrypt_request *req = next_waiting(q, &file);

	if (!req)
		return NULL;
	pin->file = file;
	req->pin = pin;
	req->port = port;
	req->daemon = get_pid(task_tgid(current));
	WRITE_ONCE(xcrypt_ctx(req->sk)->daemon, req->daemon);
	refcount_inc(&req->ref);
	xcrypt_share_waited(&q->shares, req->user, &req->list, true);
	list_add_tail(&req->list, &q->taken);
	return req;
}

/* As if it had not been taken, but for the pin. Return: false if it has ended. */
bool xcrypt_queue_untake(struct xcrypt_queue *q, struct xcrypt_request *req)
{
	if (req->ended)
		return false;
	refcount_inc(&req->ref);
	xcrypt_pin_drop(req);
	/* Compared without a lock: first of all nobody finds it any more. */
	WRITE_ONCE(xcrypt_ctx(req->sk)->daemon, NULL);
	put_pid(req->daemon);
	req->daemon = NULL;
	list_del(&req->list);
	xcrypt_share_wait_first(&q->shares, req->user, &req->list);
	return true;
}

/* One that this daemon has taken and not given back, with a reference; or NULL. */
struct xcrypt_request *xcrypt_queue_find(struct xcrypt_queue *q, u32 id)
{
	struct xcrypt_request *req;

	list_for_each_entry(req, &q->taken, list) {
		if (req->id == id) {
			refcount_inc(&req->ref);
			return req;
		}
	}
	return NULL;
}

/* It counts for as long as it is in a list or pinned. */
static void give_back(struct xcrypt_queue *q, struct xcrypt_request *req)
{
	if (!list_empty(&req->list) || req->pin)
		return;
	xcrypt_share_give_back(&q->shares, req->user);
	req->user = NULL;
}

/* One that was not taken. Return: it was in a list, whose reference is the caller's now. */
bool xcrypt_queue_leave(struct xcrypt_queue *q, struct xcrypt_request *req)
{
	if (list_empty(&req->list))
		return false;
	xcrypt_share_waited(&q->shares, req->user, &req->list, false);
	give_back(q, req);
	return true;
}

/*
 * One that was taken and has ended leaves its list, unless it has, and the list's reference goes
 * to its pin. The caller has one of its own.
 */
void xcrypt_queue_unpin(struct xcrypt_request *req)
{
	if (list_empty(&req->list))
		return;
	if (cancel_delayed_work(&req->expiry))
		refcount_dec(&req->ref);
	list_del_init(&req->list);
	xcrypt_pin_drop(req);
}

/* Its pin is put: it may wait to be taken again. Without the lock. */
void xcrypt_queue_pin_gone(struct xcrypt_request *req)
{
	struct net *net = sock_net(req->sk);
	struct xcrypt_queue *q = xcrypt_queue_of(net);
	bool waits;

	spin_lock_bh(&q->lock);
	req->pin = NULL;
	give_back(q, req);
	waits = req->user;
	spin_unlock_bh(&q->lock);
	if (waits)
		q->notices->ready(net);
}

/* Nobody serves any more. */
void xcrypt_queue_lose(struct xcrypt_queue *q)
{
	q->port = 0;
	q->suites[0] = '\0';
	xcrypt_shares_drain(&q->shares, &q->lost);
	list_splice_tail_init(&q->taken, &q->lost);
}
