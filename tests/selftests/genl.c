// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "genl.h"
#include "sock.h"

#define WAIT_MS 10000

static void begin(struct genl_msg *msg, int type, int cmd)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)msg->buf;
	struct genlmsghdr *head = NLMSG_DATA(nlh);

	memset(msg, 0, sizeof(*msg));
	nlh->nlmsg_type = type;
	head->cmd = cmd;
	head->version = XCRYPT_GENL_VERSION;
	msg->len = NLMSG_LENGTH(GENL_HDRLEN);
}

void genl_begin(struct genl_msg *msg, const struct genl *genl, int cmd)
{
	begin(msg, genl->family, cmd);
}

void genl_put(struct genl_msg *msg, int attr, const void *data, size_t len)
{
	struct nlattr *nla = (struct nlattr *)(msg->buf + msg->len);

	if (msg->len + NLA_HDRLEN + NLA_ALIGN(len) > sizeof(msg->buf))
		abort();
	nla->nla_type = attr;
	nla->nla_len = NLA_HDRLEN + len;
	memcpy((char *)nla + NLA_HDRLEN, data, len);
	msg->len += NLA_ALIGN(nla->nla_len);
}

void genl_put_u32(struct genl_msg *msg, int attr, __u32 value)
{
	genl_put(msg, attr, &value, sizeof(value));
}

void genl_put_u8(struct genl_msg *msg, int attr, __u8 value)
{
	genl_put(msg, attr, &value, sizeof(value));
}

void genl_put_string(struct genl_msg *msg, int attr, const char *value)
{
	genl_put(msg, attr, value, strlen(value) + 1);
}

static const struct genlmsghdr *head_of(const struct genl_msg *msg)
{
	return NLMSG_DATA((struct nlmsghdr *)msg->buf);
}

const void *genl_get(const struct genl_msg *msg, int attr, int *len)
{
	size_t at = NLMSG_LENGTH(GENL_HDRLEN);

	while (at + NLA_HDRLEN <= msg->len) {
		const struct nlattr *nla = (const struct nlattr *)(msg->buf + at);

		if ((nla->nla_type & NLA_TYPE_MASK) == attr) {
			if (len)
				*len = nla->nla_len - NLA_HDRLEN;
			return (const char *)nla + NLA_HDRLEN;
		}
		at += NLA_ALIGN(nla->nla_len);
	}
	return NULL;
}

static __u32 get_u32(const struct genl_msg *msg, int attr)
{
	const __u32 *value = genl_get(msg, attr, NULL);

	return value ? *value : 0;
}

static __u16 get_u16(const struct genl_msg *msg, int attr)
{
	const __u16 *value = genl_get(msg, attr, NULL);

	return value ? *value : 0;
}

/* The kernel sends one message in each datagram. */
static int receive(struct genl *genl, struct genl_msg *msg, int flags)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)msg->buf;
	ssize_t n;

	do {
		n = recv(genl->fd, msg->buf, sizeof(msg->buf), flags);
	} while (n < 0 && (errno == EINTR || errno == ENOBUFS));
	if (n < 0)
		return -1;
	msg->len = nlh->nlmsg_len;
	return 0;
}

static void keep_event(struct genl *genl, const struct genl_msg *msg)
{
	if (genl->events == 64)
		return;
	genl->event[genl->events++] = (struct genl_event) {
		.cmd = head_of(msg)->cmd,
		.id = get_u32(msg, XCRYPT_A_ID),
		.error = get_u32(msg, XCRYPT_A_ERROR),
	};
}

/* The answer takes the place of the question. */
static int await(struct genl *genl, struct genl_msg *msg)
{
	const struct nlmsghdr *nlh;
	struct genl_msg in;

	for (;;) {
		if (receive(genl, &in, 0)) {
			errno = errno == EAGAIN ? ETIME : errno;
			return -1;
		}
		nlh = (const struct nlmsghdr *)in.buf;
		if (nlh->nlmsg_seq != genl->seq) {
			keep_event(genl, &in);
		} else if (nlh->nlmsg_type != NLMSG_ERROR) {
			*msg = in;
		} else {
			errno = -((const struct nlmsgerr *)NLMSG_DATA(nlh))->error;
			return errno ? -1 : 0;
		}
	}
}

int genl_send(struct genl *genl, struct genl_msg *msg)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)msg->buf;

	nlh->nlmsg_len = msg->len;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = ++genl->seq;
	return send(genl->fd, msg->buf, msg->len, 0) == (ssize_t)msg->len ? 0 : -1;
}

int genl_call(struct genl *genl, struct genl_msg *msg)
{
	return genl_send(genl, msg) ? -1 : await(genl, msg);
}

static int find_family(struct genl *genl)
{
	const __u16 *id;
	struct genl_msg msg;

	begin(&msg, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	genl_put_string(&msg, CTRL_ATTR_FAMILY_NAME, XCRYPT_GENL_NAME);
	if (genl_call(genl, &msg))
		return -1;
	id = genl_get(&msg, CTRL_ATTR_FAMILY_ID, NULL);
	genl->family = id ? *id : 0;
	return id ? 0 : -1;
}

int genl_open(struct genl *genl)
{
	struct timeval limit = { .tv_sec = WAIT_MS / 1000 };
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };

	memset(genl, 0, sizeof(*genl));
	genl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (genl->fd < 0)
		return -1;
	setsockopt(genl->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	opt_set(genl->fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
	if (bind(genl->fd, (struct sockaddr *)&any, sizeof(any)))
		return -1;
	return find_family(genl);
}

void genl_close(struct genl *genl)
{
	close(genl->fd);
	genl->fd = -1;
	genl->events = 0;
}

int genl_serve(struct genl *genl, const char *suites, int timeout)
{
	struct genl_msg msg;

	genl_begin(&msg, genl, XCRYPT_CMD_SERVE);
	genl_put_u32(&msg, XCRYPT_A_VERSION_MIN, XCRYPT_UPCALL_VERSION);
	genl_put_u32(&msg, XCRYPT_A_VERSION_MAX, XCRYPT_UPCALL_VERSION);
	genl_put_string(&msg, XCRYPT_A_SUITES, suites);
	if (timeout >= 0)
		genl_put_u32(&msg, XCRYPT_A_TIMEOUT, timeout);
	if (genl_call(genl, &msg))
		return -1;
	errno = EBADMSG;
	return get_u32(&msg, XCRYPT_A_VERSION) == XCRYPT_UPCALL_VERSION ? 0 : -1;
}

/* Its length; -1 if it is not there or does not fit. */
static int copy_attr(const struct genl_msg *msg, int attr, char *to, int size)
{
	const void *from;
	int len;

	from = genl_get(msg, attr, &len);
	if (!from || len > size)
		return -1;
	memcpy(to, from, len);
	return len;
}

int genl_accept(struct genl *genl, struct genl_request *req)
{
	struct genl_msg msg;
	const __u8 *role, *flags;

	genl_begin(&msg, genl, XCRYPT_CMD_ACCEPT);
	if (genl_call(genl, &msg))
		return -1;
	memset(req, 0, sizeof(*req));
	role = genl_get(&msg, XCRYPT_A_ROLE, NULL);
	errno = EBADMSG;
	if (!role || !genl_get(&msg, XCRYPT_A_ID, NULL) || !genl_get(&msg, XCRYPT_A_FD, NULL))
		return -1;
	req->id = get_u32(&msg, XCRYPT_A_ID);
	req->fd = get_u32(&msg, XCRYPT_A_FD);
	req->role = *role;
	req->timeout = get_u32(&msg, XCRYPT_A_TIMEOUT);
	req->uid = get_u32(&msg, XCRYPT_A_UID);
	req->line_len = copy_attr(&msg, XCRYPT_A_LINE, req->line, XCRYPT_LINE_MAX);
	req->host_len = copy_attr(&msg, XCRYPT_A_HOST, req->host, XCRYPT_HOST_MAX);
	req->domain_len = copy_attr(&msg, XCRYPT_A_DOMAIN, req->domain, XCRYPT_DOMAIN_MAX);
	req->early_len = copy_attr(&msg, XCRYPT_A_EARLY, req->early, XCRYPT_EARLY_MAX);
	flags = genl_get(&msg, XCRYPT_A_FLAGS, NULL);
	req->flags = flags ? *flags : -1;
	copy_attr(&msg, XCRYPT_A_OFFER, req->offer, sizeof(req->offer));
	copy_attr(&msg, XCRYPT_A_PEER_ADDR, (char *)&req->peer, sizeof(req->peer));
	copy_attr(&msg, XCRYPT_A_LOCAL_ADDR, (char *)&req->local, sizeof(req->local));
	req->peer_port = get_u16(&msg, XCRYPT_A_PEER_PORT);
	req->local_port = get_u16(&msg, XCRYPT_A_LOCAL_PORT);
	return 0;
}

int genl_done(struct genl *genl, __u32 id, int class, int error)
{
	struct genl_msg msg;

	genl_begin(&msg, genl, XCRYPT_CMD_DONE);
	genl_put_u32(&msg, XCRYPT_A_ID, id);
	genl_put_u8(&msg, XCRYPT_A_CLASS, class);
	genl_put_u32(&msg, XCRYPT_A_ERROR, error);
	return genl_call(genl, &msg);
}

static bool kept_event(struct genl *genl, int cmd, struct genl_event *event)
{
	while (genl->events) {
		*event = genl->event[0];
		genl->events--;
		memmove(genl->event, genl->event + 1, genl->events * sizeof(*event));
		if (event->cmd == cmd)
			return true;
	}
	return false;
}

int genl_event(struct genl *genl, int cmd, struct genl_event *event, int ms)
{
	double end = now() + ms / 1000.0;
	double left = end - now();
	struct genl_msg msg;

	while (!kept_event(genl, cmd, event)) {
		if (left < 0)
			return -1;
		if (poll_for(genl->fd, POLLIN, left * 1000) > 0 &&
		    !receive(genl, &msg, MSG_DONTWAIT))
			keep_event(genl, &msg);
		left = end - now();
	}
	return 0;
}

int genl_next(struct genl *genl, struct genl_request *req)
{
	struct genl_event event;
	int err;

	do {
		err = genl_accept(genl, req);
	} while (err && errno == EAGAIN && !genl_event(genl, XCRYPT_CMD_READY, &event, WAIT_MS));
	return err;
}
