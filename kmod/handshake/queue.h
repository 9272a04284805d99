/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_QUEUE_H
#define _XCRYPT_QUEUE_H

#include <linux/spinlock.h>
#include "request.h"
#include "share.h"

/**
 * struct xcrypt_queue - the requests of one network namespace
 * @lock:	of all of it
 * @notices:	how the daemon is told
 * @port:	the daemon's netlink socket, 0: nobody serves
 * @told:	the daemon, since it last found nothing waiting
 * @timeout:	for an exchange, milliseconds: the administrator's
 * @last_id:	of a request
 * @shares:	who has how many, and those that are waiting
 * @taken:	by the daemon, which may still have the descriptor of those that have ended
 * @lost:	their daemon is gone
 * @lost_work:	ends them
 * @suites:	to be offered by servers
 */
struct xcrypt_queue {
	spinlock_t lock;	/* taken within that of a socket, never around it */
	const struct xcrypt_notices *notices;
	u32 port;
	bool told;
	u32 timeout;
	u32 last_id;
	struct xcrypt_shares shares;
	struct list_head taken;
	struct list_head lost;
	struct work_struct lost_work;
	char suites[XCRYPT_SUITES_MAX + 1];
};

/* Neither sleeps for anybody but the allocator. */
struct xcrypt_notices {
	/* Requests are waiting. */
	void (*ready)(struct net *net);
	/* One that the daemon has taken ended for a reason of ours, errno. */
	void (*cancel)(const struct xcrypt_request *req, int error);
};

extern unsigned int xcrypt_queue_id;

struct xcrypt_queue *xcrypt_queue_of(const struct net *net);
void xcrypt_queue_setup(struct xcrypt_queue *q, const struct xcrypt_notices *notices);

int xcrypt_queue_add(struct xcrypt_request *req);
struct xcrypt_request *xcrypt_queue_take(struct xcrypt_queue *q, u32 port, struct xcrypt_pin *pin);
bool xcrypt_queue_untake(struct xcrypt_queue *q, struct xcrypt_request *req);
struct xcrypt_request *xcrypt_queue_find(struct xcrypt_queue *q, u32 id);
bool xcrypt_queue_leave(struct xcrypt_queue *q, struct xcrypt_request *req);
void xcrypt_queue_unpin(struct xcrypt_request *req);
void xcrypt_queue_pin_gone(struct xcrypt_request *req);
void xcrypt_queue_lose(struct xcrypt_queue *q);

#endif /* _XCRYPT_QUEUE_H */
