// SPDX-License-Identifier: GPL-2.0
/*
 * The last close of a file can take as long as its owner likes: SO_LINGER with a peer that does
 * not read, or an epoll instance whose events somebody reads into memory that never comes. The
 * daemon's close must not be the last one, so a pin is held from ACCEPT to DONE or to the
 * daemon's end. It is put here, where a user waits for nobody but himself: the first of his pins
 * has a worker, the others queue up behind it. And since his share is not given back before,
 * he cannot have more of them than requests.
 */
#include <linux/file.h>
#include <linux/slab.h>
#include "pin.h"
#include "request.h"
#include "share.h"

static struct workqueue_struct *pin_wq;

/* Of each user who has any: the pin whose work puts them. */
static LIST_HEAD(firsts);
static DEFINE_SPINLOCK(firsts_lock);

/* Whom to tell that a file is put. */
static void (*pin_gone)(struct xcrypt_request *req);

static void pin_put(struct xcrypt_pin *pin)
{
	struct xcrypt_request *req = pin->req;

	/* fput() in a kernel thread leaves the close to a queue that all the system shares. */
	__fput_sync(pin->file);
	pin_gone(req);
	xcrypt_request_put(req);
}

/* What came behind @first meanwhile; if nothing did, the next one will be a first. */
static struct xcrypt_pin *next_behind(struct xcrypt_pin *first)
{
	struct xcrypt_pin *pin;

	spin_lock_bh(&firsts_lock);
	pin = list_first_entry_or_null(&first->behind, struct xcrypt_pin, list);
	list_del(pin ? &pin->list : &first->list);
	spin_unlock_bh(&firsts_lock);
	return pin;
}

static void put_all(struct work_struct *work)
{
	struct xcrypt_pin *first = container_of(work, struct xcrypt_pin, work), *pin;

	pin_put(first);
	while ((pin = next_behind(first))) {
		pin_put(pin);
		kfree(pin);
		cond_resched();
	}
	kfree(first);
}

/* Return: a pin without a file, to be freed while it has none, or NULL for no memory. */
struct xcrypt_pin *xcrypt_pin_new(void)
{
	struct xcrypt_pin *pin = kzalloc(sizeof(*pin), GFP_KERNEL_ACCOUNT);

	if (!pin)
		return NULL;
	INIT_WORK(&pin->work, put_all);
	INIT_LIST_HEAD(&pin->behind);
	return pin;
}

static struct xcrypt_pin *first_of(kuid_t owner)
{
	struct xcrypt_pin *pin;

	list_for_each_entry(pin, &firsts, list) {
		if (uid_eq(pin->owner, owner))
			return pin;
	}
	return NULL;
}

/**
 * xcrypt_pin_drop() - put the file of a request's pin, some time
 * @req:	in whose queue's lock; with a reference that is used up
 *
 * Never sleeps.
 */
void xcrypt_pin_drop(struct xcrypt_request *req)
{
	struct xcrypt_pin *pin = req->pin, *first;

	pin->req = req;
	pin->owner = req->user->uid;
	spin_lock_bh(&firsts_lock);
	first = first_of(pin->owner);
	list_add_tail(&pin->list, first ? &first->behind : &firsts);
	if (!first)
		queue_work(pin_wq, &pin->work);
	spin_unlock_bh(&firsts_lock);
}

int __init xcrypt_pin_init(void (*gone)(struct xcrypt_request *req))
{
	pin_gone = gone;
	pin_wq = alloc_workqueue("xcrypt_pin", WQ_UNBOUND, WQ_UNBOUND_MAX_ACTIVE);
	return pin_wq ? 0 : -ENOMEM;
}

void xcrypt_pin_exit(void)
{
	destroy_workqueue(pin_wq);
}
