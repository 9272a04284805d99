// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockdiag.h"

struct request {
	struct nlmsghdr nlh;
	struct inet_diag_req_v2 req;
};

static char reply[65536];

static __be16 port_of(int fd, int *family)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len))
		return 0;
	*family = ss.ss_family;
	/* The same place in an IPv6 address. */
	return ((struct sockaddr_in *)&ss)->sin_port;
}

static int dump(int nl, int family)
{
	struct request r = {
		.nlh = {
			.nlmsg_len = sizeof(r),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.req = {
			.sdiag_family = family,
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_states = ~0U,
			.idiag_ext = 1 << (INET_DIAG_INFO - 1),
		},
	};

	return send(nl, &r, sizeof(r), 0) == sizeof(r) ? 0 : -1;
}

/* The message of @port among @n octets of the reply; NULL: not there. @end: no more follow. */
static struct nlmsghdr *find(int n, __be16 port, int *end)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)reply;
	struct inet_diag_msg *msg;

	for (; NLMSG_OK(nlh, n); nlh = NLMSG_NEXT(nlh, n)) {
		if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR)
			*end = 1;
		msg = NLMSG_DATA(nlh);
		if (nlh->nlmsg_type == SOCK_DIAG_BY_FAMILY && msg->id.idiag_sport == port)
			return nlh;
	}
	return NULL;
}

struct nlmsghdr *sockdiag(int fd, size_t *len)
{
	int nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	struct nlmsghdr *nlh = NULL;
	int family = 0, end = 0;
	__be16 port = port_of(fd, &family);

	if (nl < 0 || !port || dump(nl, family))
		return NULL;
	while (!nlh && !end) {
		int n = recv(nl, reply, sizeof(reply), 0);

		if (n <= 0)
			break;
		nlh = find(n, port, &end);
	}
	close(nl);
	if (nlh)
		*len = nlh->nlmsg_len;
	return nlh;
}

static const struct nlattr *among(const char *p, const char *end, int type)
{
	while (p + NLA_HDRLEN <= end) {
		const struct nlattr *attr = (const struct nlattr *)p;

		if (attr->nla_len < NLA_HDRLEN)
			break;
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
		p += NLA_ALIGN(attr->nla_len);
	}
	return NULL;
}

const struct nlattr *nested(const struct nlattr *nest, int type)
{
	if (!nest)
		return NULL;
	return among(attr_data(nest), (const char *)nest + nest->nla_len, type);
}

const struct nlattr *sockdiag_ulp(const struct nlmsghdr *nlh, int type)
{
	const char *p = (const char *)nlh + NLMSG_LENGTH(sizeof(struct inet_diag_msg));

	return nested(among(p, (const char *)nlh + nlh->nlmsg_len, INET_DIAG_ULP_INFO), type);
}
