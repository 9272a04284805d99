/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses of peers. IPv4 is held as IPv4-mapped IPv6 (::ffff:192.0.2.7).
 */
#ifndef XCRYPTD_ADDR_H
#define XCRYPTD_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <netinet/in.h>

/* An address and the leading bits of it that count, 0 to 128. */
struct xc_net {
	struct in6_addr addr;
	int prefix;
};

#define XC_ADDR_TEXT	56	/* "[ADDRESS]:PORT" with its NUL */

/* "192.0.2.7", "192.0.2.0/24", "2001:db8::1", "2001:db8::/32". 0, or -EINVAL: not an
 * address; -ERANGE: a bad prefix length, or bits set behind it.
 */
int xc_addr_parse(struct xc_net *net, const char *text);

/* From the raw address of AF_INET or AF_INET6, in the byte order of the network. */
void xc_addr_of(struct in6_addr *addr, int family, const void *raw);

bool xc_addr_in(const struct in6_addr *addr, const struct xc_net *net);

/*
 * "[192.0.2.7]:40112": the one form, in logs and in what the control tool prints. An IPv4 peer is
 * written as such on an IPv6 socket, too.
 */
void xc_addr_format(char dst[XC_ADDR_TEXT], const struct in6_addr *addr, unsigned int port);

/*
 * Set bits behind the prefix to zero. For accounting, an IPv6 site has at least a /64 to
 * choose addresses from: xc_addr_site gives that, or the IPv4 address itself.
 */
void xc_addr_mask(struct in6_addr *addr, int prefix);
void xc_addr_site(struct in6_addr *site, const struct in6_addr *addr);

#endif
