// SPDX-License-Identifier: GPL-2.0
#include "diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>

#define ALL_STATES	0xffffffff
#define ANSWER_MAX	32768

struct walk {
	void (*each)(void *ctx, const struct diag_session *session);
	void *ctx;
	int err;
};

static int one_direction(const struct nlattr *attr, void *data)
{
	struct diag_direction *d = data;
	size_t len = mnl_attr_get_payload_len(attr);

	switch (mnl_attr_get_type(attr)) {
	case XCRYPT_DIAG_DIR_CIPHER:
		snprintf(d->cipher, sizeof(d->cipher), "%.*s", (int)len,
			 (const char *)mnl_attr_get_payload(attr));
		break;
	case XCRYPT_DIAG_DIR_SESSION:
		if (len == sizeof(d->session))
			memcpy(d->session, mnl_attr_get_payload(attr), len);
		break;
	case XCRYPT_DIAG_DIR_OCTETS:
		if (len == sizeof(d->octets))
			d->octets = mnl_attr_get_u64(attr);
		break;
	case XCRYPT_DIAG_DIR_ERROR:
		if (len == sizeof(d->error))
			d->error = mnl_attr_get_u32(attr);
		break;
	}
	d->keyed = 1;
	return MNL_CB_OK;
}

static int one_nest(const struct nlattr *attr, void *data)
{
	struct diag_session *s = data;

	if (mnl_attr_get_type(attr) == XCRYPT_DIAG_TX)
		mnl_attr_parse_nested(attr, one_direction, &s->tx);
	else if (mnl_attr_get_type(attr) == XCRYPT_DIAG_RX)
		mnl_attr_parse_nested(attr, one_direction, &s->rx);
	return MNL_CB_OK;
}

static int one_ulp(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == XCRYPT_DIAG_ULP_INFO)
		mnl_attr_parse_nested(attr, one_nest, data);
	return MNL_CB_OK;
}

static int one_attr(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == INET_DIAG_ULP_INFO)
		mnl_attr_parse_nested(attr, one_ulp, data);
	return MNL_CB_OK;
}

static void format(char dst[XC_ADDR_TEXT], int family, const __be32 *raw, __be16 port)
{
	struct in6_addr addr;

	xc_addr_of(&addr, family, raw);
	xc_addr_format(dst, &addr, ntohs(port));
}

static int one_socket(const struct nlmsghdr *head, void *data)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(head);
	struct diag_session s = { 0 };
	struct walk *walk = data;

	if (mnl_nlmsg_get_payload_len(head) < sizeof(*msg))
		return MNL_CB_OK;
	mnl_attr_parse(head, sizeof(*msg), one_attr, &s);
	if (!s.tx.keyed && !s.rx.keyed)
		return MNL_CB_OK;
	format(s.local, msg->idiag_family, msg->id.idiag_src, msg->id.idiag_sport);
	format(s.peer, msg->idiag_family, msg->id.idiag_dst, msg->id.idiag_dport);
	walk->each(walk->ctx, &s);
	return MNL_CB_OK;
}

static int ask_diag(struct mnl_socket *nl, int family)
{
	char buf[MNL_NLMSG_HDRLEN + sizeof(struct inet_diag_req_v2) + 64] = { 0 };
	struct nlmsghdr *head = mnl_nlmsg_put_header(buf);
	struct inet_diag_req_v2 *req;

	head->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	head->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	head->nlmsg_seq = family;
	req = mnl_nlmsg_put_extra_header(head, sizeof(*req));
	req->sdiag_family = family;
	req->sdiag_protocol = IPPROTO_TCP;
	req->idiag_states = ALL_STATES;
	req->idiag_ext = 1 << (INET_DIAG_INFO - 1);
	return mnl_socket_sendto(nl, head, head->nlmsg_len) < 0 ? -errno : 0;
}

static int dump(struct mnl_socket *nl, int family, struct walk *walk)
{
	static char buf[ANSWER_MAX];
	int n, err = ask_diag(nl, family);

	if (err)
		return err;
	do {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (n > 0)
			n = mnl_cb_run(buf, n, family, mnl_socket_get_portid(nl), one_socket,
				       walk);
	} while (n > 0);
	return n < 0 ? -errno : 0;
}

/* Without CAP_NET_ADMIN here the list would be empty. It takes the same to leave TCP_REPAIR alone. */
int diag_permitted(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), off = TCP_REPAIR_OFF_NO_WP;
	int permitted;

	if (fd < 0)
		return 1;
	permitted = !setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &off, sizeof(off)) || errno != EPERM;
	close(fd);
	return permitted;
}

int diag_sessions(void (*each)(void *ctx, const struct diag_session *session), void *ctx)
{
	struct walk walk = { .each = each, .ctx = ctx };
	struct mnl_socket *nl = mnl_socket_open(NETLINK_SOCK_DIAG);
	int err;

	if (!nl)
		return -errno;
	err = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
	if (!err)
		err = dump(nl, AF_INET, &walk);
	if (!err)
		err = dump(nl, AF_INET6, &walk);
	mnl_socket_close(nl);
	return err;
}
