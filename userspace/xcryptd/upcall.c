// SPDX-License-Identifier: GPL-2.0
#include "upcall.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/xcrypt.h>

#define MESSAGE_MAX	8192
#define QUEUE		(4 << 20)	/* octets of notices that may wait for us */
#define PATIENCE	5000		/* milliseconds for the kernel's answer at the start */
#define ERRNO_MAX	4095
#define RETRY		1000		/* milliseconds after an ACCEPT that failed */

union message {
	char octets[MESSAGE_MAX];
	struct nlmsghdr head;
};

/* --- out --- */

static struct nlmsghdr *begin(struct xc_upcall *up, union message *m, uint16_t family,
			      uint8_t cmd, uint8_t version)
{
	struct nlmsghdr *head = mnl_nlmsg_put_header(m->octets);
	struct genlmsghdr *genl;

	head->nlmsg_type = family;
	head->nlmsg_flags = NLM_F_REQUEST;
	head->nlmsg_seq = ++up->seq;
	genl = mnl_nlmsg_put_extra_header(head, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;
	return head;
}

static int transmit(struct xc_upcall *up, const struct nlmsghdr *head)
{
	if (mnl_socket_sendto(up->nl, head, head->nlmsg_len) >= 0)
		return 0;
	return -errno;
}

/* Requests may wait that no READY will tell of. */
static void accept_later(struct xc_upcall *up)
{
	if (!up->retry.place)
		xc_timer_set(up->loop, &up->retry, RETRY);
}

static void accept_next(struct xc_upcall *up)
{
	union message m;
	int err;

	/* What failed a moment ago would fail again. */
	if (!up->family || up->retry.place)
		return;
	err = transmit(up, begin(up, &m, up->family, XCRYPT_CMD_ACCEPT, XCRYPT_GENL_VERSION));
	if (!err)
		return;
	xc_log(up->log, LOG_ERR, "upcall event=accept-failed error=\"%s\"", strerror(-err));
	accept_later(up);
}

static int upcall_serve(struct xc_upcall *up)
{
	union message m;
	struct nlmsghdr *head = begin(up, &m, up->family, XCRYPT_CMD_SERVE, XCRYPT_GENL_VERSION);

	mnl_attr_put_u32(head, XCRYPT_A_VERSION_MIN, XCRYPT_UPCALL_VERSION);
	mnl_attr_put_u32(head, XCRYPT_A_VERSION_MAX, XCRYPT_UPCALL_VERSION);
	/* Nothing is listed before it is known what the module can do. */
	mnl_attr_put_strz(head, XCRYPT_A_SUITES, up->known ? up->suites : "");
	mnl_attr_put_u32(head, XCRYPT_A_TIMEOUT, up->limit);
	up->served = 1;
	return transmit(up, head);
}

/* The answer is the family, or that there is none. */
static int ask_family(struct xc_upcall *up)
{
	union message m;
	struct nlmsghdr *head = begin(up, &m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);

	mnl_attr_put_strz(head, CTRL_ATTR_FAMILY_NAME, XCRYPT_GENL_NAME);
	return transmit(up, head);
}

void xc_upcall_done(struct xc_upcall *up, const struct xc_verdict *verdict)
{
	union message m;
	struct nlmsghdr *head = begin(up, &m, up->family, XCRYPT_CMD_DONE, XCRYPT_GENL_VERSION);
	char text[XCRYPT_TEXT_MAX];
	int err;

	mnl_attr_put_u32(head, XCRYPT_A_ID, verdict->id);
	mnl_attr_put_u8(head, XCRYPT_A_CLASS, verdict->class);
	mnl_attr_put_u32(head, XCRYPT_A_ERROR, verdict->error);
	if (verdict->suite)
		mnl_attr_put_strz(head, XCRYPT_A_SUITE, verdict->suite);
	mnl_attr_put_u8(head, XCRYPT_A_CACHE_HIT, verdict->hit);
	mnl_attr_put_u8(head, XCRYPT_A_EARLY_SENT, verdict->early_sent);
	if (verdict->text) {
		snprintf(text, sizeof(text), "%s", verdict->text);
		mnl_attr_put_strz(head, XCRYPT_A_TEXT, text);
	}
	err = transmit(up, head);
	if (err)
		xc_log(up->log, LOG_ERR, "upcall event=done-failed error=\"%s\"", strerror(-err));
}

/* --- faults --- */

static const char *advice(int err)
{
	if (err == -ENOENT)
		return "the module xcrypt is not loaded: modprobe xcrypt, and for every boot see /etc/modules-load.d";
	if (err == -EPERM)
		return "this needs CAP_NET_ADMIN in the network namespace: start it as root or by its systemd unit";
	if (err == -EBUSY)
		return "another xcryptd serves this network namespace: end that one first";
	if (err == -EPROTONOSUPPORT)
		return "install xcrypt.ko and xcryptd from the same release, and reload the module";
	if (err == -EMFILE)
		return "requests wait until exchanges have ended: raise LimitNOFILE in the unit or ulimit -Hn, or lower exchanges in the configuration";
	if (err == -ENFILE)
		return "requests wait: all programs together have as many files open as fs.file-max allows";
	return "see the kernel's log";
}

static void log_fault(const struct xc_upcall *up, const char *what, int err, const char *said)
{
	xc_log(up->log, LOG_ERR, "upcall event=%s error=\"%s\"%s%s%s hint=\"%s\"", what,
	       strerror(-err), said ? " kernel=\"" : "", said ? said : "", said ? "\"" : "",
	       advice(err));
}

static int string_attr(const struct nlattr *attr, void *data)
{
	const char **said = data;

	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
	    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
		*said = mnl_attr_get_str(attr);
	return MNL_CB_OK;
}

/* The kernel's own words about a fault, NULL if there are none. */
static const char *extack(const struct nlmsghdr *head)
{
	const struct nlmsgerr *fault = mnl_nlmsg_get_payload(head);
	size_t offset = sizeof(*fault);
	const char *said = NULL;

	if (!(head->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (!(head->nlmsg_flags & NLM_F_CAPPED))
		offset += mnl_nlmsg_get_payload_len(&fault->msg);
	if (offset > mnl_nlmsg_get_payload_len(head))
		return NULL;
	mnl_attr_parse(head, offset, string_attr, &said);
	return said;
}

/* --- the module comes and goes --- */

static void serve_again(struct xc_upcall *up)
{
	int err = upcall_serve(up);

	if (!err)
		return;
	up->served = err;
	log_fault(up, "serve-failed", err, NULL);
	accept_later(up);
}

static void retry(struct xc_timer *timer)
{
	struct xc_upcall *up = (void *)((char *)timer - offsetof(struct xc_upcall, retry));

	if (ask_family(up))
		accept_later(up);
	if (up->family && up->served < 0)
		serve_again(up);
	else
		accept_next(up);
}

/* Whoever uses the module keeps it loaded: no exchange is under way. */
static void lose_family(struct xc_upcall *up)
{
	if (!up->family)
		return;
	up->family = 0;
	up->known = false;
	up->served = -ENOENT;
	xc_log(up->log, LOG_WARNING,
	       "upcall event=module-gone hint=\"modprobe xcrypt: this xcryptd serves again at once\"");
}

/* The first one is xc_upcall_open()'s to serve, and so is one that we know. */
static void find_family(struct xc_upcall *up, uint16_t family)
{
	bool again = up->running && family && family != up->family;

	if (family)
		up->family = family;
	if (!again)
		return;
	up->known = false;
	serve_again(up);
}

/* SERVE was refused to a daemon that had been served before. */
static void refuse(struct xc_upcall *up, int err)
{
	if (err == -ENOENT)
		lose_family(up);
	else if (err == -ENOMEM || err == -ENOBUFS)
		accept_later(up);
	else
		up->user.refused(up->user.ctx);
}

/* The first answer says what the module has, so that SERVE can say what is to be listed. */
static void learn_ciphers(struct xc_upcall *up, const char *ciphers)
{
	int err;

	if (ciphers)
		up->user.ciphers(up->user.ctx, ciphers);
	up->known = true;
	err = upcall_serve(up);
	if (err)
		up->served = err;
}

/* SERVE was answered. */
static void served(struct xc_upcall *up, const char *ciphers)
{
	if (!up->known) {
		learn_ciphers(up, ciphers);
		return;
	}
	if (up->served && up->running)
		xc_log(up->log, LOG_NOTICE, "upcall event=serving");
	up->served = 0;
	if (up->running)
		accept_next(up);
}

/* Whether there is such a family: there is not, or memory failed. */
static void got_family_fault(struct xc_upcall *up, const struct nlmsghdr *head, int err)
{
	if (!up->running) {
		up->served = err;
		log_fault(up, "serve-failed", err, extack(head));
	} else if (err == -ENOENT) {
		lose_family(up);
	} else {
		accept_later(up);
	}
}

/* Once, not each second for as long as it lasts. */
static void accept_failed(struct xc_upcall *up, int err, const char *said)
{
	if (up->failing != err)
		log_fault(up, "accept-failed", err, said);
	up->failing = err;
	accept_later(up);
}

static void got_command_fault(struct xc_upcall *up, const struct nlmsghdr *head, uint8_t cmd,
			      int err)
{
	switch (cmd) {
	case XCRYPT_CMD_ACCEPT:
		if (err == -EAGAIN)
			break;
		accept_failed(up, err, extack(head));
		break;
	case XCRYPT_CMD_DONE:
		/* ENOENT: the kernel has ended it, a CANCEL is on its way. */
		if (err != -ENOENT)
			log_fault(up, "done-failed", err, extack(head));
		break;
	case XCRYPT_CMD_SERVE:
		up->served = err;
		log_fault(up, "serve-failed", err, extack(head));
		if (up->running)
			refuse(up, err);
		break;
	}
}

/* What was said to a family that is gone does not matter any more. */
static void got_fault(struct xc_upcall *up, const struct nlmsghdr *head)
{
	const struct nlmsgerr *fault = mnl_nlmsg_get_payload(head);
	const struct genlmsghdr *genl = (const void *)(&fault->msg + 1);

	if (mnl_nlmsg_get_payload_len(head) < sizeof(*fault) + sizeof(*genl) ||
	    fault->error >= 0 || fault->error < -ERRNO_MAX)
		return;
	if (fault->msg.nlmsg_type == GENL_ID_CTRL)
		got_family_fault(up, head, fault->error);
	else if (fault->msg.nlmsg_type == up->family)
		got_command_fault(up, head, genl->cmd, fault->error);
}

/* --- in --- */

struct attrs {
	const struct nlattr *at[__XCRYPT_A_MAX];
};

/* The types, where the kernel is of another version than its number says. */
static const enum mnl_attr_data_type attr_types[__XCRYPT_A_MAX] = {
	[XCRYPT_A_VERSION]	= MNL_TYPE_U32,
	[XCRYPT_A_ID]		= MNL_TYPE_U32,
	[XCRYPT_A_FD]		= MNL_TYPE_U32,
	[XCRYPT_A_ROLE]		= MNL_TYPE_U8,
	[XCRYPT_A_TIMEOUT]	= MNL_TYPE_U32,
	[XCRYPT_A_UID]		= MNL_TYPE_U32,
	[XCRYPT_A_LINE]		= MNL_TYPE_BINARY,
	[XCRYPT_A_HOST]		= MNL_TYPE_BINARY,
	[XCRYPT_A_OFFER]	= MNL_TYPE_NUL_STRING,
	[XCRYPT_A_ERROR]	= MNL_TYPE_U32,
	[XCRYPT_A_PEER_ADDR]	= MNL_TYPE_BINARY,
	[XCRYPT_A_PEER_PORT]	= MNL_TYPE_U16,
	[XCRYPT_A_CIPHERS]	= MNL_TYPE_NUL_STRING,
	[XCRYPT_A_FLAGS]	= MNL_TYPE_U8,
	[XCRYPT_A_DOMAIN]	= MNL_TYPE_BINARY,
	[XCRYPT_A_EARLY]	= MNL_TYPE_BINARY,
};

static int one_attr(const struct nlattr *attr, void *data)
{
	struct attrs *attrs = data;
	unsigned int type = mnl_attr_get_type(attr);

	if (type < __XCRYPT_A_MAX && mnl_attr_validate(attr, attr_types[type]) >= 0)
		attrs->at[type] = attr;
	return MNL_CB_OK;
}

static uint32_t number(const struct attrs *attrs, int type)
{
	return attrs->at[type] ? mnl_attr_get_u32(attrs->at[type]) : 0;
}

static size_t octets(const struct attrs *attrs, int type, const char **at)
{
	*at = attrs->at[type] ? mnl_attr_get_payload(attrs->at[type]) : "";
	return attrs->at[type] ? mnl_attr_get_payload_len(attrs->at[type]) : 0;
}

/* To ask the socket for it would be to wait for its lock. */
static bool peer(const struct attrs *attrs, struct xc_request *request)
{
	const struct nlattr *addr = attrs->at[XCRYPT_A_PEER_ADDR];
	const struct nlattr *port = attrs->at[XCRYPT_A_PEER_PORT];

	if (!addr || !port || mnl_attr_get_payload_len(addr) != sizeof(request->peer))
		return false;
	memcpy(&request->peer, mnl_attr_get_payload(addr), sizeof(request->peer));
	request->peer_port = mnl_attr_get_u16(port);
	return true;
}

static void got_request(struct xc_upcall *up, const struct attrs *attrs)
{
	struct xc_request request = {
		.id = number(attrs, XCRYPT_A_ID),
		.timeout = number(attrs, XCRYPT_A_TIMEOUT),
		.uid = number(attrs, XCRYPT_A_UID),
	};

	if (!attrs->at[XCRYPT_A_ID] || !attrs->at[XCRYPT_A_FD] || !attrs->at[XCRYPT_A_ROLE] ||
	    !peer(attrs, &request))
		return;
	up->failing = 0;
	request.fd = number(attrs, XCRYPT_A_FD);
	request.server = mnl_attr_get_u8(attrs->at[XCRYPT_A_ROLE]) == XCRYPT_ROLE_SERVER;
	request.line_len = octets(attrs, XCRYPT_A_LINE, &request.line);
	request.host_len = octets(attrs, XCRYPT_A_HOST, &request.host);
	request.domain_len = octets(attrs, XCRYPT_A_DOMAIN, &request.domain);
	request.early_len = octets(attrs, XCRYPT_A_EARLY, &request.early);
	if (attrs->at[XCRYPT_A_FLAGS])
		request.flags = mnl_attr_get_u8(attrs->at[XCRYPT_A_FLAGS]);
	if (attrs->at[XCRYPT_A_OFFER])
		request.offer = mnl_attr_get_str(attrs->at[XCRYPT_A_OFFER]);
	up->user.request(up->user.ctx, &request);
	accept_next(up);
}

static int got_message(const struct nlmsghdr *head, void *data)
{
	struct xc_upcall *up = data;
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(head);
	struct attrs attrs = { 0 };

	if (head->nlmsg_type != up->family || mnl_nlmsg_get_payload_len(head) < sizeof(*genl))
		return MNL_CB_OK;
	mnl_attr_parse(head, sizeof(*genl), one_attr, &attrs);
	switch (genl->cmd) {
	case XCRYPT_CMD_SERVE:
		served(up, attrs.at[XCRYPT_A_CIPHERS] ?
			   mnl_attr_get_str(attrs.at[XCRYPT_A_CIPHERS]) : NULL);
		break;
	case XCRYPT_CMD_READY:
		accept_next(up);
		break;
	case XCRYPT_CMD_ACCEPT:
		got_request(up, &attrs);
		break;
	case XCRYPT_CMD_CANCEL:
		up->user.cancel(up->user.ctx, number(&attrs, XCRYPT_A_ID),
				number(&attrs, XCRYPT_A_ERROR));
		break;
	}
	return MNL_CB_OK;
}

struct family {
	const char *name;
	uint16_t id;
};

static int family_attr(const struct nlattr *attr, void *data)
{
	struct family *family = data;

	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
	    mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
		family->id = mnl_attr_get_u16(attr);
	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_NAME &&
	    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
		family->name = mnl_attr_get_str(attr);
	return MNL_CB_OK;
}

/* The answer to ask_family(), or a notice of any family's coming and going. */
static void got_family(struct xc_upcall *up, const struct nlmsghdr *head)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(head);
	struct family family = { "", 0 };

	if (mnl_nlmsg_get_payload_len(head) < sizeof(*genl))
		return;
	mnl_attr_parse(head, sizeof(*genl), family_attr, &family);
	if (strcmp(family.name, XCRYPT_GENL_NAME))
		return;
	if (genl->cmd == CTRL_CMD_NEWFAMILY)
		find_family(up, family.id);
	else if (genl->cmd == CTRL_CMD_DELFAMILY && family.id == up->family)
		lose_family(up);
}

/* Each message of one datagram. */
static void dispatch(struct xc_upcall *up, const union message *m, int len)
{
	const struct nlmsghdr *head = &m->head;

	/* libmnl takes a length of more than INT_MAX for a good one. */
	for (; mnl_nlmsg_ok(head, len) && head->nlmsg_len <= (unsigned int)len;
	     head = mnl_nlmsg_next(head, &len)) {
		if (head->nlmsg_type == NLMSG_ERROR)
			got_fault(up, head);
		else if (head->nlmsg_type == GENL_ID_CTRL)
			got_family(up, head);
		else
			got_message(head, up);
	}
}

/* One datagram. 0, -EAGAIN: none is there; -errno. Others than the kernel are not heard. */
static int receive(struct xc_upcall *up)
{
	union message m;
	struct sockaddr_nl from = { 0 };
	socklen_t from_len = sizeof(from);
	ssize_t len = recvfrom(mnl_socket_get_fd(up->nl), &m, sizeof(m),
			       MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&from, &from_len);

	if (len < 0)
		return -errno;
	if (from_len != sizeof(from) || from.nl_pid)
		return 0;
	if ((size_t)len > sizeof(m))
		return -EMSGSIZE;
	dispatch(up, &m, len);
	return 0;
}

/* Ask whether there are requests, and whether the module is the one that it was. */
static void notices_lost(struct xc_upcall *up)
{
	xc_log(up->log, LOG_WARNING, "upcall event=notices-lost");
	if (ask_family(up))
		accept_later(up);
	accept_next(up);
}

static void upcall_ready(struct xc_source *source, uint32_t events)
{
	struct xc_upcall *up = (struct xc_upcall *)source;
	int err;

	(void)events;
	err = receive(up);
	if (err == -ENOBUFS)
		notices_lost(up);
	else if (err && err != -EAGAIN && err != -EINTR)
		xc_log(up->log, LOG_ERR, "upcall event=receive-failed error=\"%s\"",
		       strerror(-err));
}

/* --- the whole --- */

static int await(struct xc_upcall *up)
{
	struct pollfd wait = { .fd = mnl_socket_get_fd(up->nl), .events = POLLIN };
	int n = poll(&wait, 1, PATIENCE);

	if (n <= 0)
		return n ? -errno : -ETIMEDOUT;
	return receive(up);
}

static int first_family(struct xc_upcall *up)
{
	int err;

	up->served = 1;
	err = ask_family(up);
	while (!err && !up->family && up->served == 1)
		err = await(up);
	return err ? err : up->family ? 0 : up->served;
}

static int first_serve(struct xc_upcall *up)
{
	int err = upcall_serve(up);

	while (!err && up->served == 1)
		err = await(up);
	if (err)
		log_fault(up, "serve-failed", err, NULL);
	return err ? err : up->served;
}

static int open_socket(struct xc_upcall *up)
{
	int one = 1, queue = QUEUE, families = GENL_ID_CTRL, fd;

	up->nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!up->nl || mnl_socket_bind(up->nl, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	fd = mnl_socket_get_fd(up->nl);
	mnl_socket_setsockopt(up->nl, NETLINK_EXT_ACK, &one, sizeof(one));
	/* To be told of the coming and going of modules; the group's number is the family's. */
	if (mnl_socket_setsockopt(up->nl, NETLINK_ADD_MEMBERSHIP, &families, sizeof(families)))
		return -errno;
	/* Best effort: a queue that is too short costs a question, see upcall_ready(). */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &queue, sizeof(queue)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &queue, sizeof(queue));
	up->source.fd = fd;
	up->source.ready = upcall_ready;
	return 0;
}

static void set_words(struct xc_upcall *up, const char *suites, uint32_t limit)
{
	snprintf(up->suites, sizeof(up->suites), "%s", suites);
	up->limit = limit;
}

int xc_upcall_open(struct xc_upcall *up, struct xc_loop *loop, const struct xc_log *log,
		   const struct xc_upcall_user *user, const char *suites, uint32_t limit)
{
	int err;

	*up = (struct xc_upcall){ .loop = loop, .log = log, .user = *user };
	up->retry.expired = retry;
	set_words(up, suites, limit);
	err = open_socket(up);
	if (err)
		log_fault(up, "no-netlink", err, NULL);
	if (!err)
		err = first_family(up);
	if (!err)
		err = first_serve(up);
	if (!err)
		err = xc_loop_wait(loop, &up->source, EPOLLIN);
	if (err) {
		xc_upcall_close(up);
		return err;
	}
	up->running = true;
	accept_next(up);
	return 0;
}

void xc_upcall_close(struct xc_upcall *up)
{
	if (!up->nl)
		return;
	xc_timer_clear(up->loop, &up->retry);
	xc_loop_wait(up->loop, &up->source, 0);
	mnl_socket_close(up->nl);
	up->nl = NULL;
}

void xc_upcall_serve(struct xc_upcall *up, const char *suites, uint32_t limit)
{
	set_words(up, suites, limit);
	if (up->family && up->known)
		serve_again(up);
}

bool xc_upcall_serving(const struct xc_upcall *up)
{
	return up->family && up->served >= 0;
}
