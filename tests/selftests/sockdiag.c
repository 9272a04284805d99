// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sockdiag.h"

struct request {
	struct nlmsghdr nlh;
	struct inet_diag_req_v2 req;
};

static char reply[65536];

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

/*
 * The message of the socket with this inode among @n octets of the reply; NULL: not there. @end: no
 * more follow. A port may be that of an earlier connection, too, in TIME_WAIT.
 */
static struct nlmsghdr *find(int n, ino_t inode, int *end)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)reply;
	struct inet_diag_msg *msg;

	for (; NLMSG_OK(nlh, n); nlh = NLMSG_NEXT(nlh, n)) {
		if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR)
			*end = 1;
		msg = NLMSG_DATA(nlh);
		if (nlh->nlmsg_type == SOCK_DIAG_BY_FAMILY && msg->idiag_inode == inode)
			return nlh;
	}
	return NULL;
}

struct nlmsghdr *sockdiag(int fd, size_t *len)
{
	int nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	struct nlmsghdr *nlh = NULL;
	int family, end = 0;
	socklen_t size = sizeof(family);
	struct stat st;

	if (nl < 0 || fstat(fd, &st) || getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) ||
	    dump(nl, family))
		return NULL;
	while (!nlh && !end) {
		int n = recv(nl, reply, sizeof(reply), 0);

		if (n <= 0)
			break;
		nlh = find(n, st.st_ino, &end);
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
