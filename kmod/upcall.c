// SPDX-License-Identifier: GPL-2.0
/*
 * The daemon's side of the handshake: a generic netlink family, and the requests of each
 * network namespace. One socket serves a namespace. Nobody can pass for it, and when it
 * is closed all who wait for it are told at once.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/netns/generic.h>
#include "upcall.h"

/* A local user must not be able to force others into the clear by a flood. */
#define REQUESTS_MAX		4096
#define REQUESTS_UID_MAX	2048

#define ACCEPT_LIMIT		(10 * HZ)	/* a daemon that is slower than that hangs */
#define EXCHANGE_LIMIT		30000		/* milliseconds, if nobody says another */
#define EXCHANGE_GRACE		(2 * HZ)	/* the daemon's own limit comes first */

/* @port 0: nobody serves. */
struct upcall_net {
	spinlock_t lock;		/* of all of it */
	u32 port;
	bool told;			/* the daemon, since it last found nothing waiting */
	u32 timeout;
	u32 last_id;
	unsigned int count;
	struct list_head waiting;
	struct list_head accepted;
	char suites[XCRYPT_SUITES_MAX + 1];
};

static unsigned int upcall_net_id;
static struct workqueue_struct *expiry_wq;
static struct genl_family upcall_family;

static struct upcall_net *upcall_of(const struct net *net)
{
	return net_generic(net, upcall_net_id);
}

static unsigned int uid_count(const struct upcall_net *un, kuid_t uid)
{
	const struct xcrypt_request *req;
	unsigned int count = 0;

	list_for_each_entry(req, &un->waiting, list)
		count += uid_eq(req->uid, uid);
	list_for_each_entry(req, &un->accepted, list)
		count += uid_eq(req->uid, uid);
	return count;
}

static int queue_locked(struct upcall_net *un, struct xcrypt_request *req)
{
	if (!un->port)
		return -ESRCH;
	if (un->count >= REQUESTS_MAX)
		return -EUSERS;
	if (un->count >= REQUESTS_UID_MAX && uid_count(un, req->uid) >= REQUESTS_UID_MAX)
		return -EDQUOT;
	un->count++;
	req->id = ++un->last_id;
	list_add_tail(&req->list, &un->waiting);
	queue_delayed_work(expiry_wq, &req->expiry, ACCEPT_LIMIT);
	return 0;
}

/* Return: 0, -ESRCH, -EUSERS, -EDQUOT */
int xcrypt_upcall_queue(struct xcrypt_request *req)
{
	struct upcall_net *un = upcall_of(sock_net(req->sk));
	int err;

	spin_lock(&un->lock);
	err = queue_locked(un, req);
	spin_unlock(&un->lock);
	return err;
}

/* From here on it cannot be accepted. Return: it was. */
bool xcrypt_upcall_forget(struct xcrypt_request *req)
{
	struct upcall_net *un = upcall_of(sock_net(req->sk));
	bool accepted;

	spin_lock(&un->lock);
	list_del_init(&req->list);
	un->count--;
	accepted = req->daemon;
	spin_unlock(&un->lock);
	return accepted;
}

/* Return: the daemon has it in its queue. */
static bool tell(const struct sock *sk, u8 cmd, u32 id, u32 error)
{
	struct upcall_net *un = upcall_of(sock_net(sk));
	u32 port = READ_ONCE(un->port);
	struct sk_buff *skb;
	void *head;

	/* Port 0 is the kernel's own. */
	if (!port)
		return false;
	skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
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
	return !genlmsg_unicast(sock_net(sk), skb, port);
}

/* READY or what it asked for did not come to the daemon: say it again. */
static void untell(struct upcall_net *un)
{
	spin_lock(&un->lock);
	un->told = false;
	spin_unlock(&un->lock);
}

/*
 * Once for any number of requests: the daemon asks until there are no more, and a flood
 * of requests must not fill the queue that its answers come by.
 */
void xcrypt_upcall_ready(const struct sock *sk)
{
	struct upcall_net *un = upcall_of(sock_net(sk));
	bool told;

	spin_lock(&un->lock);
	told = un->told;
	un->told = true;
	spin_unlock(&un->lock);
	if (!told && !tell(sk, XCRYPT_CMD_READY, 0, 0))
		untell(un);
}

void xcrypt_upcall_cancel(const struct xcrypt_request *req, int error)
{
	tell(req->sk, XCRYPT_CMD_CANCEL, req->id, error);
}

/* Return: 0, or -ESRCH if nobody serves servers here. */
int xcrypt_upcall_suites(const struct sock *sk, char *buf, size_t size)
{
	struct upcall_net *un = upcall_of(sock_net(sk));
	int err;

	spin_lock(&un->lock);
	err = un->port && un->suites[0] ? 0 : -ESRCH;
	strscpy(buf, un->suites, size);
	spin_unlock(&un->lock);
	return err;
}

/*
 * The daemon is gone: end all that it had, and all that waited for it. The next one may come
 * before that is done; what it gets is not among these.
 */
static void unserve(struct upcall_net *un, u32 port)
{
	struct xcrypt_request *req;
	LIST_HEAD(lost);

	spin_lock(&un->lock);
	if (un->port != port) {
		spin_unlock(&un->lock);
		return;
	}
	un->port = 0;
	un->suites[0] = '\0';
	list_splice_init(&un->waiting, &lost);
	list_splice_init(&un->accepted, &lost);
	while ((req = list_first_entry_or_null(&lost, struct xcrypt_request, list))) {
		int error = req->daemon ? -ECONNABORTED : -ESRCH;

		list_del_init(&req->list);
		refcount_inc(&req->ref);
		spin_unlock(&un->lock);
		xcrypt_handshake_fail(req, error);
		xcrypt_request_put(req);
		spin_lock(&un->lock);
	}
	spin_unlock(&un->lock);
}

static int netlink_event(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct netlink_notify *n = data;

	if (event == NETLINK_URELEASE && n->protocol == NETLINK_GENERIC)
		unserve(upcall_of(n->net), n->portid);
	return NOTIFY_DONE;
}

static struct notifier_block netlink_notifier = {
	.notifier_call = netlink_event,
};

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

static int serve_locked(struct upcall_net *un, struct genl_info *info)
{
	if (un->port && un->port != info->snd_portid) {
		NL_SET_ERR_MSG(info->extack, "another xcryptd serves this network namespace");
		return -EBUSY;
	}
	un->port = info->snd_portid;
	un->told = false;
	un->timeout = EXCHANGE_LIMIT;
	if (info->attrs[XCRYPT_A_TIMEOUT])
		un->timeout = min_t(u32, nla_get_u32(info->attrs[XCRYPT_A_TIMEOUT]),
				    XCRYPT_TIMEOUT_MAX);
	nla_strscpy(un->suites, info->attrs[XCRYPT_A_SUITES], sizeof(un->suites));
	return 0;
}

static int serve_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct upcall_net *un = upcall_of(genl_info_net(info));
	struct sk_buff *rsp;
	void *head;
	int err;

	err = serve_versions(info);
	if (err)
		return err;
	rsp = reply_new(info, NLMSG_DEFAULT_SIZE, &head);
	if (!rsp)
		return -ENOMEM;
	spin_lock(&un->lock);
	err = serve_locked(un, info);
	spin_unlock(&un->lock);
	if (!err)
		err = nla_put_u32(rsp, XCRYPT_A_VERSION, XCRYPT_UPCALL_VERSION);
	if (err) {
		nlmsg_free(rsp);
		return err;
	}
	genlmsg_end(rsp, head);
	return genlmsg_reply(rsp, info);
}

static unsigned long exchange_limit(const struct upcall_net *un, const struct xcrypt_request *req)
{
	return msecs_to_jiffies(req->ask.timeout ?: un->timeout) + EXCHANGE_GRACE;
}

/*
 * The oldest request whose file is still open, with a reference to both. Its requester
 * may be closing the file now; then the list does not know it yet.
 */
static struct xcrypt_request *accept_next(struct upcall_net *un, struct file **file)
{
	struct xcrypt_request *req;

	list_for_each_entry(req, &un->waiting, list) {
		struct xcrypt_ctx *ctx = xcrypt_ctx(req->sk);

		*file = compat_file_active(req->sk->sk_socket->file);
		if (!*file)
			continue;
		req->daemon = get_pid(task_tgid(current));
		WRITE_ONCE(ctx->daemon, req->daemon);
		refcount_inc(&req->ref);
		list_move_tail(&req->list, &un->accepted);
		if (!mod_delayed_work(expiry_wq, &req->expiry, exchange_limit(un, req)))
			refcount_inc(&req->ref);
		return req;
	}
	return NULL;
}

static int accept_fill(struct sk_buff *skb, const struct xcrypt_request *req, int fd)
{
	const struct xcrypt_handshake *ask = &req->ask;

	if (nla_put_u32(skb, XCRYPT_A_ID, req->id) ||
	    nla_put_u32(skb, XCRYPT_A_FD, fd) ||
	    nla_put_u8(skb, XCRYPT_A_ROLE, ask->role) ||
	    nla_put_u32(skb, XCRYPT_A_TIMEOUT, ask->timeout) ||
	    nla_put_u32(skb, XCRYPT_A_UID, from_kuid_munged(current_user_ns(), req->uid)) ||
	    nla_put(skb, XCRYPT_A_LINE, ask->line_len, ask->data))
		return -EMSGSIZE;
	if (ask->host_len &&
	    nla_put(skb, XCRYPT_A_HOST, ask->host_len, ask->data + ask->line_len))
		return -EMSGSIZE;
	if (req->offer && nla_put_string(skb, XCRYPT_A_OFFER, req->offer))
		return -EMSGSIZE;
	return 0;
}

/* The daemon did not hear of it: as if it had not asked, unless the request ended. */
static void accept_undo(struct upcall_net *un, struct xcrypt_request *req)
{
	struct pid *daemon = NULL;

	spin_lock(&un->lock);
	if (!test_bit(0, &req->ended)) {
		daemon = req->daemon;
		req->daemon = NULL;
		WRITE_ONCE(xcrypt_ctx(req->sk)->daemon, NULL);
		list_move(&req->list, &un->waiting);
		if (!mod_delayed_work(expiry_wq, &req->expiry, ACCEPT_LIMIT))
			refcount_inc(&req->ref);
	}
	spin_unlock(&un->lock);
	put_pid(daemon);
}

static int accept_one(struct genl_info *info, struct sk_buff *rsp, void *head, int fd)
{
	struct upcall_net *un = upcall_of(genl_info_net(info));
	struct xcrypt_request *req = NULL;
	struct file *file;
	int err = -EPERM;

	spin_lock(&un->lock);
	if (un->port == info->snd_portid) {
		err = -EAGAIN;
		req = accept_next(un, &file);
		un->told = req;
	}
	spin_unlock(&un->lock);
	if (!req) {
		nlmsg_free(rsp);
		return err;
	}
	err = accept_fill(rsp, req, fd);
	if (err) {
		nlmsg_free(rsp);
	} else {
		genlmsg_end(rsp, head);
		err = genlmsg_reply(rsp, info);
	}
	if (err) {
		accept_undo(un, req);
		fput(file);
	} else {
		fd_install(fd, file);
	}
	xcrypt_request_put(req);
	return err;
}

static int accept_doit(struct sk_buff *skb, struct genl_info *info)
{
	const size_t size = XCRYPT_LINE_MAX + XCRYPT_HOST_MAX + XCRYPT_SUITES_MAX + 256;
	struct sk_buff *rsp;
	void *head;
	int err, fd;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		untell(upcall_of(genl_info_net(info)));
		return fd;
	}
	rsp = reply_new(info, size, &head);
	err = rsp ? accept_one(info, rsp, head, fd) : -ENOMEM;
	if (err) {
		untell(upcall_of(genl_info_net(info)));
		put_unused_fd(fd);
	}
	return err;
}

static struct xcrypt_request *accepted_find(struct upcall_net *un, u32 id)
{
	struct xcrypt_request *req;

	list_for_each_entry(req, &un->accepted, list) {
		if (req->id == id) {
			refcount_inc(&req->ref);
			return req;
		}
	}
	return NULL;
}

static int done_outcome(struct genl_info *info, struct xcrypt_outcome *outcome)
{
	struct nlattr **attrs = info->attrs;

	if (!attrs[XCRYPT_A_ID] || !attrs[XCRYPT_A_CLASS] || !attrs[XCRYPT_A_ERROR])
		return -EINVAL;
	outcome->class = nla_get_u8(attrs[XCRYPT_A_CLASS]);
	outcome->error = nla_get_u32(attrs[XCRYPT_A_ERROR]);
	if (outcome->class > XCRYPT_CLASS_CLOSED || outcome->error > MAX_ERRNO)
		return -EINVAL;
	/* XCRYPT_CLASS_ENCRYPTED, zero, has no error, and all else has one. */
	if (!outcome->error ^ !outcome->class)
		return -EINVAL;
	if (attrs[XCRYPT_A_SUITE])
		nla_strscpy(outcome->suite, attrs[XCRYPT_A_SUITE], sizeof(outcome->suite));
	if (attrs[XCRYPT_A_CACHE_HIT])
		outcome->cache_hit = !!nla_get_u8(attrs[XCRYPT_A_CACHE_HIT]);
	return 0;
}

static int done_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct upcall_net *un = upcall_of(genl_info_net(info));
	struct xcrypt_outcome outcome = { 0 };
	struct xcrypt_request *req = NULL;
	int err;

	err = done_outcome(info, &outcome);
	if (err)
		return err;
	spin_lock(&un->lock);
	if (un->port == info->snd_portid)
		req = accepted_find(un, nla_get_u32(info->attrs[XCRYPT_A_ID]));
	spin_unlock(&un->lock);
	if (!req)
		return -ENOENT;
	if (!xcrypt_handshake_end(req, &outcome))
		err = -ENOENT;
	xcrypt_request_put(req);
	return err;
}

static const struct nla_policy upcall_policy[__XCRYPT_A_MAX] = {
	[XCRYPT_A_VERSION_MIN]	= { .type = NLA_U32 },
	[XCRYPT_A_VERSION_MAX]	= { .type = NLA_U32 },
	[XCRYPT_A_SUITES]	= { .type = NLA_NUL_STRING, .len = XCRYPT_SUITES_MAX },
	[XCRYPT_A_TIMEOUT]	= { .type = NLA_U32 },
	[XCRYPT_A_ID]		= { .type = NLA_U32 },
	[XCRYPT_A_CLASS]	= { .type = NLA_U8 },
	[XCRYPT_A_ERROR]	= { .type = NLA_U32 },
	[XCRYPT_A_SUITE]	= { .type = NLA_NUL_STRING, .len = XCRYPT_SUITE_MAX - 1 },
	[XCRYPT_A_SESSION]	= NLA_POLICY_EXACT_LEN(XCRYPT_SESSION_LEN),
	[XCRYPT_A_CACHE_HIT]	= { .type = NLA_U8 },
};

static const struct genl_small_ops upcall_ops[] = {
	{ .cmd = XCRYPT_CMD_SERVE,	.flags = GENL_UNS_ADMIN_PERM,	.doit = serve_doit },
	{ .cmd = XCRYPT_CMD_ACCEPT,	.flags = GENL_UNS_ADMIN_PERM,	.doit = accept_doit },
	{ .cmd = XCRYPT_CMD_DONE,	.flags = GENL_UNS_ADMIN_PERM,	.doit = done_doit },
};

static struct genl_family upcall_family __ro_after_init = {
	.name		= XCRYPT_GENL_NAME,
	.version	= XCRYPT_GENL_VERSION,
	.maxattr	= __XCRYPT_A_MAX - 1,
	.policy		= upcall_policy,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.small_ops	= upcall_ops,
	.n_small_ops	= ARRAY_SIZE(upcall_ops),
	.resv_start_op	= __XCRYPT_CMD_MAX,
};

static int __net_init upcall_net_init(struct net *net)
{
	struct upcall_net *un = upcall_of(net);

	spin_lock_init(&un->lock);
	INIT_LIST_HEAD(&un->waiting);
	INIT_LIST_HEAD(&un->accepted);
	return 0;
}

static struct pernet_operations upcall_net_ops = {
	.init	= upcall_net_init,
	.id	= &upcall_net_id,
	.size	= sizeof(struct upcall_net),
};

int __init xcrypt_upcall_init(void)
{
	int err = -ENOMEM;

	/* A queue of its own, so that unloading can wait for the end of what runs. */
	expiry_wq = alloc_workqueue("xcrypt", WQ_UNBOUND, 0);
	if (!expiry_wq)
		return err;
	err = register_pernet_subsys(&upcall_net_ops);
	if (err)
		goto out_wq;
	err = genl_register_family(&upcall_family);
	if (err)
		goto out_net;
	err = netlink_register_notifier(&netlink_notifier);
	if (!err)
		return 0;
	genl_unregister_family(&upcall_family);
out_net:
	unregister_pernet_subsys(&upcall_net_ops);
out_wq:
	destroy_workqueue(expiry_wq);
	return err;
}

void xcrypt_upcall_exit(void)
{
	netlink_unregister_notifier(&netlink_notifier);
	/* No socket is left, but a time limit may still be telling the daemon of its end. */
	destroy_workqueue(expiry_wq);
	genl_unregister_family(&upcall_family);
	unregister_pernet_subsys(&upcall_net_ops);
}
