/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_REQUEST_H
#define _XCRYPT_REQUEST_H

#include <linux/completion.h>
#include <linux/in6.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/workqueue.h>
#include "context.h"

struct xcrypt_pin;
struct xcrypt_user;

/**
 * struct xcrypt_end - one end of the connection
 * @addr:	an IPv4 address is mapped
 * @port:	in the processor's order
 */
struct xcrypt_end {
	struct in6_addr addr;
	u16 port;
};

/**
 * struct xcrypt_request - one handshake under way
 * @list:	waiting, taken and not yet given back by the daemon, or lost with it: in one
 *		of the queue's lists, under its lock
 * @sk:		held
 * @user:	whose share it is counted in, as long as it is in a list or pinned
 * @uid:	who asked: xcrypt_share_owner()
 * @admin:	with CAP_NET_ADMIN
 * @id:		how the daemon calls it
 * @daemon:	who took it, NULL before
 * @port:	by which netlink socket
 * @pin:	the file, from then on until the daemon has closed its descriptor and it is put
 * @ended:	@outcome is known. Set once, under the queue's lock
 * @outcome:	as it was said; settled with the socket when that can be done without waiting
 * @text:	with it, for a client: why it was refused, or NULL. From then on the socket's
 * @error:	-errno for the requester, whatever becomes of the socket's result meanwhile
 * @accept_by:	jiffies, when it is too late to take it; once it has ended otherwise than by the
 *		daemon, to give it back
 * @expiry:	first the limit to be taken, then that of the whole exchange, then to be given back
 * @done:	the outcome is with the socket
 * @ref:	of the requester, of the socket, of the time limit, of the list and then the pin
 * @offer:	what XCRYPT_SUITES answered on this socket, or NULL
 * @peer:	the other end
 * @local:	ours
 * @ask:	as the MTA said it, with ask.data
 */
struct xcrypt_request {
	struct list_head list;
	struct sock *sk;
	struct xcrypt_user *user;
	kuid_t uid;
	bool admin;
	bool ended;
	u32 id;
	struct pid *daemon;
	u32 port;
	struct xcrypt_pin *pin;
	struct xcrypt_result outcome;
	char *text;
	int error;
	unsigned long accept_by;
	struct delayed_work expiry;
	struct completion done;
	refcount_t ref;
	char *offer;
	struct xcrypt_end peer;
	struct xcrypt_end local;
	struct xcrypt_handshake ask;
};

void xcrypt_request_free(struct xcrypt_request *req);
void xcrypt_request_put(struct xcrypt_request *req);

int xcrypt_request_attach(struct sock *sk, struct xcrypt_request *req);
void xcrypt_request_refuse(struct sock *sk, const struct xcrypt_result *before, int err);
void xcrypt_request_settle(struct sock *sk, struct xcrypt_ctx *ctx);

/* After every call on the socket, with its spin lock held: is there an outcome to settle? */
static inline void xcrypt_request_release_cb(struct sock *sk, struct xcrypt_ctx *ctx)
{
	/* Pairs with xcrypt_request_end(). */
	if (unlikely(ctx->request) && smp_load_acquire(&ctx->request->ended))
		xcrypt_request_settle(sk, ctx);
}

#endif /* _XCRYPT_REQUEST_H */
