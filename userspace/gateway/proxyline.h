/* SPDX-License-Identifier: GPL-2.0 */
/* The header of the PROXY protocol, by which an MTA learns the true client address. */
#ifndef XCRYPT_GATEWAY_PROXYLINE_H
#define XCRYPT_GATEWAY_PROXYLINE_H

#include <stddef.h>
#include <netinet/in.h>

#define PROXYLINE_MAX	128	/* octets of a header of either version */

/* One end of a connection; IPv4 addresses are mapped ones. */
struct endpoint {
	struct in6_addr addr;
	unsigned int port;
};

/* Version 1 (text) or 2 (binary). Return: octets written, at most PROXYLINE_MAX. */
size_t proxyline(char dst[PROXYLINE_MAX], int version, const struct endpoint *client,
		 const struct endpoint *server);

#endif
