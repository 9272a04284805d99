// SPDX-License-Identifier: GPL-2.0
#include "addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void map_v4(struct in6_addr *addr, const struct in_addr *v4)
{
	memset(addr, 0, sizeof(*addr));
	memset(addr->s6_addr + 10, 0xff, 2);
	memcpy(addr->s6_addr + 12, v4, 4);
}

void xc_addr_of(struct in6_addr *addr, int family, const void *raw)
{
	if (family == AF_INET)
		map_v4(addr, raw);
	else
		memcpy(addr, raw, sizeof(*addr));
}

void xc_addr_mask(struct in6_addr *addr, int prefix)
{
	int i;

	for (i = 0; i < 16; i++, prefix -= 8) {
		if (prefix <= 0)
			addr->s6_addr[i] = 0;
		else if (prefix < 8)
			addr->s6_addr[i] &= 0xff << (8 - prefix);
	}
}

/* 0 to max, or -ERANGE. */
static int parse_prefix(const char *text, int max)
{
	char *end;
	long n;

	if (text[0] < '0' || text[0] > '9')
		return -ERANGE;
	n = strtol(text, &end, 10);
	return *end || n > max ? -ERANGE : n;
}

int xc_addr_parse(struct xc_net *net, const char *text)
{
	char copy[INET6_ADDRSTRLEN + 4];
	struct in6_addr masked;
	struct in_addr v4;
	int max = 128;
	char *slash;

	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	slash = strchr(copy, '/');
	if (slash)
		*slash = '\0';
	if (inet_pton(AF_INET, copy, &v4) == 1) {
		map_v4(&net->addr, &v4);
		max = 32;
	} else if (inet_pton(AF_INET6, copy, &net->addr) != 1) {
		return -EINVAL;
	}
	net->prefix = slash ? parse_prefix(slash + 1, max) : max;
	if (net->prefix < 0)
		return -ERANGE;
	net->prefix += 128 - max;
	masked = net->addr;
	xc_addr_mask(&masked, net->prefix);
	return memcmp(&masked, &net->addr, sizeof(masked)) ? -ERANGE : 0;
}

bool xc_addr_in(const struct in6_addr *addr, const struct xc_net *net)
{
	struct in6_addr masked = *addr;

	/* An IPv4 address is no part of an IPv6 network that has room for ::ffff:0:0/96. */
	if (IN6_IS_ADDR_V4MAPPED(addr) && net->prefix < 96)
		return false;
	xc_addr_mask(&masked, net->prefix);
	return memcmp(&masked, &net->addr, sizeof(masked)) == 0;
}

void xc_addr_format(char dst[XC_ADDR_TEXT], const struct in6_addr *addr, unsigned int port)
{
	char text[INET6_ADDRSTRLEN];

	if (IN6_IS_ADDR_V4MAPPED(addr))
		inet_ntop(AF_INET, addr->s6_addr + 12, text, sizeof(text));
	else
		inet_ntop(AF_INET6, addr, text, sizeof(text));
	snprintf(dst, XC_ADDR_TEXT, "[%s]:%u", text, port & 0xffff);
}

void xc_addr_site(struct in6_addr *site, const struct in6_addr *addr)
{
	*site = *addr;
	if (!IN6_IS_ADDR_V4MAPPED(addr))
		xc_addr_mask(site, 64);
}
