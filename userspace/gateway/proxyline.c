// SPDX-License-Identifier: GPL-2.0
/* As "The PROXY protocol", versions 1 and 2, has it (haproxy's doc/proxy-protocol.txt). */
#include "proxyline.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool both_v4(const struct endpoint *client, const struct endpoint *server)
{
	return IN6_IS_ADDR_V4MAPPED(&client->addr) && IN6_IS_ADDR_V4MAPPED(&server->addr);
}

static void text(char dst[INET6_ADDRSTRLEN], const struct endpoint *end, bool v4)
{
	const unsigned char *octets = end->addr.s6_addr;

	inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? octets + 12 : octets, dst, INET6_ADDRSTRLEN);
}

static size_t version1(char dst[PROXYLINE_MAX], const struct endpoint *client,
		       const struct endpoint *server)
{
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];
	bool v4 = both_v4(client, server);

	text(from, client, v4);
	text(to, server, v4);
	return snprintf(dst, PROXYLINE_MAX, "PROXY TCP%c %s %s %u %u\r\n", v4 ? '4' : '6', from,
			to, client->port, server->port);
}

static size_t put_port(char *dst, unsigned int port)
{
	dst[0] = port >> 8;
	dst[1] = port;
	return 2;
}

static size_t version2(char dst[PROXYLINE_MAX], const struct endpoint *client,
		       const struct endpoint *server)
{
	static const char head[] = "\r\n\r\n\0\r\nQUIT\n\x21";	/* version 2, PROXY */
	bool v4 = both_v4(client, server);
	size_t skip = v4 ? 12 : 0, n = sizeof(head) - 1;

	memcpy(dst, head, n);
	dst[n++] = v4 ? 0x11 : 0x21;		/* TCP over IPv4, IPv6 */
	n += put_port(dst + n, 2 * (16 - skip) + 4);
	memcpy(dst + n, client->addr.s6_addr + skip, 16 - skip);
	n += 16 - skip;
	memcpy(dst + n, server->addr.s6_addr + skip, 16 - skip);
	n += 16 - skip;
	n += put_port(dst + n, client->port);
	return n + put_port(dst + n, server->port);
}

size_t proxyline(char dst[PROXYLINE_MAX], int version, const struct endpoint *client,
		 const struct endpoint *server)
{
	return version == 1 ? version1(dst, client, server) : version2(dst, client, server);
}
