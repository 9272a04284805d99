// SPDX-License-Identifier: GPL-2.0
/*
 * The daemon's side of the handshake: a generic netlink family. One socket serves a network
 * namespace. Nobody can pass for it, and when it is closed all who wait for it are told at
 * once. Nothing here waits for the lock of a socket: a command or notifier that sleeps stops
 * the netlink of the whole machine.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/netns/generic.h>
#include "cipher/table.h"
#include "lifetime.h"
#include "pin.h"
#include "queue.h"
#include "request.h"
#include "upcall.h"

#define EXCHANGE_LIMIT		30000		/* milliseconds, if nobody says another */
#define EXCHANGE_GRACE		(2 * HZ)	/* the daemon's own limit comes first */

static struct genl_family upcall_family;

/* --- notices --- */

/* Return: the daemon has it in its queue. */
static bool upcall_tell(struct net *net, u32 port, u8 cmd, u32 id, u32 error)
{
	struct sk_buff *skb;
	void *head;

	/* Port 0 is the kernel's own. */
	if (!port)
		return false;
	skb = genlmsg_new(2 * nla_total_size(sizeof(u32)), GFP_KERNEL);
	if (!skb)
		return false;
	head = genlmsg_put(skb, 0, 0, &upcall_family, 0, cmd);
	if (!head || (id && (nla_put_u32(skb, XCRYPT_A_ID, id) ||
			     nla_put_u32(skb, XCRYPT_A_ERROR, error)))) {
		nlmsg_free(skb);
		return false;
	}
	genlmsg_end(skb, head);
	/* A daemon whose queue is full asks for requests and finds them ended. */
	return !genlmsg_unicast(net, skb, port);
}

/* READY or what it asked for did not come to the daemon: say it again. */
static void untell(struct xcrypt_queue *q)
{
	spin_lock_bh(&q->lock);
	q->told = false;
	spin_unlock_bh(&q->lock);
}

/*
 * Once for any number of requests: the daemon asks until there are no more, and a flood
 * of requests must not fill the queue that its answers come by.
 */
static void notice_ready(struct net *net)
{
	struct xcrypt_queue *q = xcrypt_queue_of(net);
	bool told;
	u32 port;

	spin_lock_bh(&q->lock);
	told = q->told;
	q->told = true;
	port = q->port;
	spin_unlock_bh(&q->lock);
	if (!told && !upcall_tell(net, port, XCRYPT_CMD_READY, 0, 0))
		untell(q);
}

/* Not if its daemon is gone: the port may be another's by now. */
static void notice_cancel(const struct xcrypt_request *req, int error)
{
	struct net *net = sock_net(req->sk);
	struct xcrypt_queue *q = xcrypt_queue_of(net);
	bool serves;

	spin_lock_bh(&q->lock);
	serves = q->port == req->port;
	spin_unlock_bh(&q->lock);
	if (serves)
		upcall_tell(net, req->port, XCRYPT_CMD_CANCEL, req->id, error);
}

static const struct xcrypt_notices notices = {
	.ready	= notice_ready,
	.cancel	= notice_cancel,
};

/* --- the end of a daemon --- */

/* The daemon has closed its descriptor, or is gone. */
static void let_go(struct xcrypt_queue *q, struct xcrypt_request *req)
{
	spin_lock_bh(&q->lock);
	xcrypt_queue_unpin(req);
	spin_unlock_bh(&q->lock);
}

static struct xcrypt_request *next_lost(struct xcrypt_queue *q)
{
	struct xcrypt_request *req;

	spin_lock_bh(&q->lock);
	req = list_first_entry_or_null(&q->lost, struct xcrypt_request, list);
	if (req)
		refcount_inc(&req->ref);
	spin_unlock_bh(&q->lock);
	return req;
}

/* End all that a daemon had, and all that waited for it. The next one may serve already. */
static void end_lost(struct work_struct *work)
{
	struct xcrypt_queue *q = container_of(work, struct xcrypt_queue, lost_work);
	struct xcrypt_request *req;

	while ((req = next_lost(q))) {
		xcrypt_request_fail(req, req->daemon ? -ECONNABORTED : -ESRCH);
		let_go(q, req);
		xcrypt_request_put(req);
		cond_resched();
	}
}

/* Called under a lock of all netlink: mark only. */
static int netlink_event(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct netlink_notify *n = data;
	struct xcrypt_queue *q;

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	q = xcrypt_queue_of(n->net);
	spin_lock_bh(&q->lock);
	if (q->port == n->portid) {
		xcrypt_queue_lose(q);
		xcrypt_request_run(&q->lost_work);
	}
	spin_unlock_bh(&q->lock);
	return NOTIFY_DONE;
}

static struct notifier_block netlink_notifier = {
	.notifier_call = netlink_event,
};

/* --- commands --- */

static struct sk_buff *reply_new(struct genl_info *info, size_t size, void **head)
{
	struct sk_buff *skb = genlmsg_new(size, GFP_KERNEL);

	if (!skb)
		return NULL;
	*head = genlmsg_put_reply(skb, info, &upcall_family, 0, info->genlhdr->cmd);
	return skb;
}

static int serve_versions(struct genl_info *info)
{
	u32 min, max;

	if (!info->attrs[XCRYPT_A_VERSION_MIN] || !info->attrs[XCRYPT_A_VERSION_MAX] ||
	    !info->attrs[XCRYPT_A_SUITES])
		return -EINVAL;
	min = nla_get_u32(info->attrs[XCRYPT_A_VERSION_MIN]);
	max = nla_get_u32(info->attrs[XCRYPT_A_VERSION_MAX]);
	if (min <= XCRYPT_UPCALL_VERSION && XCRYPT_UPCALL_VERSION <= max)
		return 0;
	NL_SET_ERR_MSG(info->extack,
		       "xcrypt.ko and xcryptd are of different versions: install both from the same release");
	return -EPROTONOSUPPORT;
}

static int serve_locked(struct xcrypt_queue *q, struct genl_info *info)
{
	if (q->port && q->port != info->snd_portid) {
		NL_SET_ERR_MSG(info->extack, "another xcryptd serves this network namespace");
		return -EBUSY;
	}
	q->port = info->snd_portid;
	q->told = false;
	q->timeout = EXCHANGE_LIMIT;
	if (info->attrs[XCRYPT_A_TIMEOUT])
		q->timeout = nla_get_u32(info->attrs[XCRYPT_A_TIMEOUT]);
	nla_strscpy(q->suites, info->attrs[XCRYPT_A_SUITES], sizeof(q->suites));
	return 0;
}

static int serve_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct xcrypt_queue *q = xcrypt_queue_of(genl_info_net(info));
	struct sk_buff *rsp;
	void *head;
	int err;

	err = serve_versions(info);
	if (err)
		return err;
	rsp = reply_new(info, NLMSG_DEFAULT_SIZE, &head);
	if (!rsp)
		return -ENOMEM;
	spin_lock_bh(&q->lock);
	err = serve_locked(q, info);
	spin_unlock_bh(&q->lock);
	if (!err)
		err = nla_put_u32(rsp, XCRYPT_A_VERSION, XCRYPT_UPCALL_VERSION) ?:
		      nla_put_string(rsp, XCRYPT_A_CIPHERS, xcrypt_cipher_names());
	if (err) {
		nlmsg_free(rsp);
		return err;
	}
	genlmsg_end(rsp, head);
	return genlmsg_reply(rsp, info);
}

/* What the MTA wishes, within what the administrator allows. */
static u32 exchange_limit(u32 limit, const struct xcrypt_request *req)
{
	return req->ask.timeout ? min(req->ask.timeout, limit) : limit;
}

static int accept_fill_ends(struct sk_buff *skb, const struct xcrypt_request *req)
{
	if (nla_put_in6_addr(skb, XCRYPT_A_PEER_ADDR, &req->peer.addr) ||
	    nla_put_u16(skb, XCRYPT_A_PEER_PORT, req->peer.port) ||
	    nla_put_in6_addr(skb, XCRYPT_A_LOCAL_ADDR, &req->local.addr) ||
	    nla_put_u16(skb, XCRYPT_A_LOCAL_PORT, req->local.port))
		return -EMSGSIZE;
	return 0;
}

/* What stands behind the line, where there is any. */
static int accept_fill_names(struct sk_buff *skb, const struct xcrypt_handshake *ask)
{
	const char *host = ask->data + ask->line_len;
	const char *domain = host + ask->host_len;
	const char *early = domain + ask->domain_len;

	if ((ask->host_len && nla_put(skb, XCRYPT_A_HOST, ask->host_len, host)) ||
	    (ask->domain_len && nla_put(skb, XCRYPT_A_DOMAIN, ask->domain_len, domain)) ||
	    (ask->early_len && nla_put(skb, XCRYPT_A_EARLY, ask->early_len, early)))
		return -EMSGSIZE;
	return 0;
}

static int accept_fill(struct sk_buff *skb, const struct xcrypt_request *req, int fd, u32 limit)
{
	const struct xcrypt_handshake *ask = &req->ask;

	if (nla_put_u32(skb, XCRYPT_A_ID, req->id) ||
	    nla_put_u32(skb, XCRYPT_A_FD, fd) ||
	    nla_put_u8(skb, XCRYPT_A_ROLE, ask->role) ||
	    nla_put_u8(skb, XCRYPT_A_FLAGS, ask->flags) ||
	    nla_put_u32(skb, XCRYPT_A_TIMEOUT, limit) ||
	    nla_put_u32(skb, XCRYPT_A_UID, from_kuid_munged(current_user_ns(), req->uid)) ||
	    nla_put(skb, XCRYPT_A_LINE, ask->line_len, ask->data))
		return -EMSGSIZE;
	if (accept_fill_names(skb, ask))
		return -EMSGSIZE;
	if (req->offer && nla_put_string(skb, XCRYPT_A_OFFER, req->offer))
		return -EMSGSIZE;
	return accept_fill_ends(skb, req);
}

/* The daemon did not hear of it: as if it had not asked, unless the request ended. */
static void accept_undo(struct xcrypt_queue *q, struct xcrypt_request *req)
{
	spin_lock_bh(&q->lock);
	if (xcrypt_queue_untake(q, req))
		xcrypt_request_limit(req, max(0L, (long)(req->accept_by - jiffies)));
	else
		xcrypt_queue_unpin(req);
	spin_unlock_bh(&q->lock);
}

/* The reply goes out, and then the descriptor is there. @file's reference is used up. */
static int accept_hand_over(struct genl_info *info, struct sk_buff *rsp, void *head,
			    struct xcrypt_request *req, struct file *file, int fd, u32 limit)
{
	int err = accept_fill(rsp, req, fd, limit);

	if (err) {
		nlmsg_free(rsp);
	} else {
		genlmsg_end(rsp, head);
		err = genlmsg_reply(rsp, info);
		/* A full queue is not the same as that none waits. */
		if (err == -EAGAIN)
			err = -ENOBUFS;
	}
	if (err)
		fput(file);
	else
		fd_install(fd, file);
	return err;
}

/*
 * Under the queue's lock: with it gone a DONE of another thread may drop the pin, so the
 * descriptor's reference to the file is taken here. Return: NULL if none waits.
 */
static struct xcrypt_request *accept_take(struct xcrypt_queue *q, struct xcrypt_pin *pin,
					  struct file **file, u32 *limit)
{
	struct xcrypt_request *req = xcrypt_queue_take(q, q->port, pin);

	q->told = req;
	if (!req)
		return NULL;
	*file = get_file(pin->file);
	*limit = exchange_limit(q->timeout, req);
	xcrypt_request_limit(req, msecs_to_jiffies(*limit) + EXCHANGE_GRACE);
	return req;
}

/* Both @rsp and @pin are used up. */
static int accept_one(struct genl_info *info, struct sk_buff *rsp, void *head, int fd,
		      struct xcrypt_pin *pin)
{
	struct xcrypt_queue *q = xcrypt_queue_of(genl_info_net(info));
	struct xcrypt_request *req = NULL;
	struct file *file;
	int err = -EPERM;
	u32 limit;

	spin_lock_bh(&q->lock);
	if (q->port == info->snd_portid) {
		err = -EAGAIN;
		req = accept_take(q, pin, &file, &limit);
	}
	spin_unlock_bh(&q->lock);
	if (!req) {
		kfree(pin);
		nlmsg_free(rsp);
		return err;
	}
	err = accept_hand_over(info, rsp, head, req, file, fd, limit);
	if (err)
		accept_undo(q, req);
	xcrypt_request_put(req);
	return err;
}

static int accept_doit(struct sk_buff *skb, struct genl_info *info)
{
	const size_t size = XCRYPT_LINE_MAX + XCRYPT_HOST_MAX + XCRYPT_DOMAIN_MAX +
			    XCRYPT_EARLY_MAX + XCRYPT_SUITES_MAX + 512;
	int fd = get_unused_fd_flags(O_CLOEXEC), err = -ENOMEM;
	struct xcrypt_pin *pin;
	struct sk_buff *rsp;
	void *head;

	if (fd < 0) {
		untell(xcrypt_queue_of(genl_info_net(info)));
		return fd;
	}
	pin = xcrypt_pin_new();
	rsp = pin ? reply_new(info, size, &head) : NULL;
	if (rsp)
		err = accept_one(info, rsp, head, fd, pin);
	else
		kfree(pin);
	if (err) {
		untell(xcrypt_queue_of(genl_info_net(info)));
		put_unused_fd(fd);
	}
	return err;
}

static int done_outcome(struct genl_info *info, struct xcrypt_result *outcome)
{
	struct nlattr **attrs = info->attrs;

	if (!attrs[XCRYPT_A_ID] || !attrs[XCRYPT_A_CLASS] || !attrs[XCRYPT_A_ERROR])
		return -EINVAL;
	outcome->class = nla_get_u8(attrs[XCRYPT_A_CLASS]);
	outcome->error = nla_get_u32(attrs[XCRYPT_A_ERROR]);
	/* XCRYPT_CLASS_ENCRYPTED, zero, has no error, and all else has one. */
	if (!outcome->error ^ !outcome->class)
		return -EINVAL;
	if (attrs[XCRYPT_A_SUITE])
		nla_strscpy(outcome->suite, attrs[XCRYPT_A_SUITE], sizeof(outcome->suite));
	if (attrs[XCRYPT_A_CACHE_HIT])
		outcome->cache_hit = nla_get_u8(attrs[XCRYPT_A_CACHE_HIT]);
	if (attrs[XCRYPT_A_EARLY_SENT])
		outcome->early_sent = nla_get_u8(attrs[XCRYPT_A_EARLY_SENT]);
	return 0;
}

/*
 * Why a client was refused. A server's socket has no place for it, and who is encrypted needs
 * none. Without memory it goes without words.
 */
static char *done_text(struct genl_info *info, const struct xcrypt_request *req, u8 class)
{
	const struct nlattr *text = info->attrs[XCRYPT_A_TEXT];

	if (!text || class == XCRYPT_CLASS_ENCRYPTED || req->ask.role != XCRYPT_ROLE_CLIENT)
		return NULL;
	return nla_strdup(text, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
}

/* Also of one that has ended: it tells that the descriptor is closed. */
static int done_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct xcrypt_queue *q = xcrypt_queue_of(genl_info_net(info));
	struct xcrypt_result outcome = { 0 };
	struct xcrypt_request *req = NULL;
	char *text;
	int err;

	err = done_outcome(info, &outcome);
	if (err)
		return err;
	spin_lock_bh(&q->lock);
	if (q->port == info->snd_portid)
		req = xcrypt_queue_find(q, nla_get_u32(info->attrs[XCRYPT_A_ID]));
	spin_unlock_bh(&q->lock);
	if (!req)
		return -ENOENT;
	text = done_text(info, req, outcome.class);
	if (!xcrypt_request_end(req, &outcome, text)) {
		kfree(text);
		err = -ENOENT;
	}
	let_go(q, req);
	xcrypt_request_put(req);
	return err;
}

/* Each attribute has its command; NLA_REJECT, which is zero's meaning here, for all others. */
static struct netlink_range_validation timeout_range = { .max = XCRYPT_TIMEOUT_MAX };

static const struct nla_policy serve_policy[] = {
	[XCRYPT_A_VERSION_MIN]	= { .type = NLA_U32 },
	[XCRYPT_A_VERSION_MAX]	= { .type = NLA_U32 },
	[XCRYPT_A_VERSION]	= { .type = NLA_REJECT },
	[XCRYPT_A_SUITES]	= { .type = NLA_NUL_STRING, .len = XCRYPT_SUITES_MAX },
	[XCRYPT_A_ID]		= { .type = NLA_REJECT },
	[XCRYPT_A_FD]		= { .type = NLA_REJECT },
	[XCRYPT_A_ROLE]		= { .type = NLA_REJECT },
	[XCRYPT_A_TIMEOUT]	= NLA_POLICY_FULL_RANGE(NLA_U32, &timeout_range),
};

static const struct nla_policy done_policy[] = {
	[XCRYPT_A_VERSION_MIN]	= { .type = NLA_REJECT },
	[XCRYPT_A_VERSION_MAX]	= { .type = NLA_REJECT },
	[XCRYPT_A_VERSION]	= { .type = NLA_REJECT },
	[XCRYPT_A_SUITES]	= { .type = NLA_REJECT },
	[XCRYPT_A_ID]		= { .type = NLA_U32 },
	[XCRYPT_A_FD]		= { .type = NLA_REJECT },
	[XCRYPT_A_ROLE]		= { .type = NLA_REJECT },
	[XCRYPT_A_TIMEOUT]	= { .type = NLA_REJECT },
	[XCRYPT_A_UID]		= { .type = NLA_REJECT },
	[XCRYPT_A_LINE]		= { .type = NLA_REJECT },
	[XCRYPT_A_HOST]		= { .type = NLA_REJECT },
	[XCRYPT_A_OFFER]	= { .type = NLA_REJECT },
	[XCRYPT_A_CLASS]	= NLA_POLICY_MAX(NLA_U8, XCRYPT_CLASS_CLOSED),
	[XCRYPT_A_ERROR]	= NLA_POLICY_MAX(NLA_U32, MAX_ERRNO),
	[XCRYPT_A_SUITE]	= { .type = NLA_NUL_STRING, .len = XCRYPT_SUITE_MAX - 1 },
	[XCRYPT_A_SESSION]	= NLA_POLICY_EXACT_LEN(XCRYPT_SESSION_LEN),
	[XCRYPT_A_CACHE_HIT]	= NLA_POLICY_MAX(NLA_U8, 1),
	[XCRYPT_A_PAD]		= { .type = NLA_REJECT },
	[XCRYPT_A_CIPHERS]	= { .type = NLA_REJECT },
	[XCRYPT_A_PEER_ADDR]	= { .type = NLA_REJECT },
	[XCRYPT_A_PEER_PORT]	= { .type = NLA_REJECT },
	[XCRYPT_A_LOCAL_ADDR]	= { .type = NLA_REJECT },
	[XCRYPT_A_LOCAL_PORT]	= { .type = NLA_REJECT },
	[XCRYPT_A_FLAGS]	= { .type = NLA_REJECT },
	[XCRYPT_A_DOMAIN]	= { .type = NLA_REJECT },
	[XCRYPT_A_EARLY]	= { .type = NLA_REJECT },
	[XCRYPT_A_EARLY_SENT]	= NLA_POLICY_MAX(NLA_U8, 1),
	[XCRYPT_A_TEXT]		= { .type = NLA_NUL_STRING, .len = XCRYPT_TEXT_MAX - 1 },
};

static const struct nla_policy accept_policy[] = {
	[XCRYPT_A_UNSPEC]	= { .type = NLA_REJECT },
	[XCRYPT_A_VERSION_MIN]	= { .type = NLA_REJECT },
};

static const struct genl_ops upcall_ops[] = {
	{
		.cmd		= XCRYPT_CMD_SERVE,
		.flags		= GENL_UNS_ADMIN_PERM,
		.policy		= serve_policy,
		.maxattr	= ARRAY_SIZE(serve_policy) - 1,
		.doit		= serve_doit,
	}, {
		.cmd		= XCRYPT_CMD_ACCEPT,
		.flags		= GENL_UNS_ADMIN_PERM,
		.policy		= accept_policy,
		.maxattr	= ARRAY_SIZE(accept_policy) - 1,
		.doit		= accept_doit,
	}, {
		.cmd		= XCRYPT_CMD_DONE,
		.flags		= GENL_UNS_ADMIN_PERM,
		.policy		= done_policy,
		.maxattr	= ARRAY_SIZE(done_policy) - 1,
		.doit		= done_doit,
	},
};

static struct genl_family upcall_family __ro_after_init = {
	.name		= XCRYPT_GENL_NAME,
	.version	= XCRYPT_GENL_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= upcall_ops,
	.n_ops		= ARRAY_SIZE(upcall_ops),
};

static int __net_init upcall_net_init(struct net *net)
{
	struct xcrypt_queue *q = xcrypt_queue_of(net);

	xcrypt_queue_setup(q, &notices);
	INIT_WORK(&q->lost_work, end_lost);
	return 0;
}

/* No socket is left here, so nothing is in the queue; but the work may be about to find that. */
static void __net_exit upcall_net_exit(struct net *net)
{
	cancel_work_sync(&xcrypt_queue_of(net)->lost_work);
}

static struct pernet_operations upcall_net_ops = {
	.init	= upcall_net_init,
	.exit	= upcall_net_exit,
	.id	= &xcrypt_queue_id,
	.size	= sizeof(struct xcrypt_queue),
};

int __init xcrypt_upcall_init(void)
{
	int err;

	err = xcrypt_lifetime_init();
	if (err)
		return err;
	err = xcrypt_pin_init(xcrypt_queue_pin_gone);
	if (err)
		goto out_request;
	err = register_pernet_subsys(&upcall_net_ops);
	if (err)
		goto out_pin;
	err = genl_register_family(&upcall_family);
	if (err)
		goto out_net;
	err = netlink_register_notifier(&netlink_notifier);
	if (!err)
		return 0;
	genl_unregister_family(&upcall_family);
out_net:
	unregister_pernet_subsys(&upcall_net_ops);
out_pin:
	xcrypt_pin_exit();
out_request:
	xcrypt_lifetime_exit();
	return err;
}

void xcrypt_upcall_exit(void)
{
	netlink_unregister_notifier(&netlink_notifier);
	/* Waits for commands that run; a last DONE may have let go of the last socket. */
	genl_unregister_family(&upcall_family);
	xcrypt_pin_exit();
	xcrypt_lifetime_exit();
	unregister_pernet_subsys(&upcall_net_ops);
}
