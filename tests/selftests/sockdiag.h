/* SPDX-License-Identifier: GPL-2.0 */
/* What inet_diag tells of a TCP socket of this process. */
#ifndef _SELFTESTS_SOCKDIAG_H
#define _SELFTESTS_SOCKDIAG_H

#include <linux/netlink.h>
#include <stddef.h>

/* The socket's whole message, its octets in @len; NULL if there is none. */
struct nlmsghdr *sockdiag(int fd, size_t *len);

/* The attribute in the message's ULP information, or in @nest; NULL if absent. */
const struct nlattr *sockdiag_ulp(const struct nlmsghdr *nlh, int type);
const struct nlattr *nested(const struct nlattr *nest, int type);

static inline const void *attr_data(const struct nlattr *attr)
{
	return (const char *)attr + NLA_HDRLEN;
}

#endif /* _SELFTESTS_SOCKDIAG_H */
