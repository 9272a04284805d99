// SPDX-License-Identifier: GPL-2.0
#include "net.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG		1024
#define ORIGINAL_DST	80	/* of both families: <linux/netfilter_ipv4.h> */

union address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

static void endpoint_from(struct endpoint *end, const union address *address)
{
	memset(end, 0, sizeof(*end));
	if (address->sa.sa_family == AF_INET) {
		memcpy(end->addr.s6_addr, mapped, sizeof(mapped));
		memcpy(end->addr.s6_addr + 12, &address->v4.sin_addr, 4);
		end->port = ntohs(address->v4.sin_port);
	} else {
		end->addr = address->v6.sin6_addr;
		end->port = ntohs(address->v6.sin6_port);
	}
}

static socklen_t address_from(union address *address, const struct endpoint *end)
{
	memset(address, 0, sizeof(*address));
	if (IN6_IS_ADDR_V4MAPPED(&end->addr)) {
		address->v4.sin_family = AF_INET;
		memcpy(&address->v4.sin_addr, end->addr.s6_addr + 12, 4);
		address->v4.sin_port = htons(end->port);
		return sizeof(address->v4);
	}
	address->v6.sin6_family = AF_INET6;
	address->v6.sin6_addr = end->addr;
	address->v6.sin6_port = htons(end->port);
	return sizeof(address->v6);
}

int net_name(int fd, struct endpoint *here)
{
	union address address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, &address.sa, &len))
		return -errno;
	if (address.sa.sa_family != AF_INET && address.sa.sa_family != AF_INET6)
		return -EAFNOSUPPORT;
	endpoint_from(here, &address);
	return 0;
}

bool net_is_v6(int fd)
{
	int family = 0;
	socklen_t len = sizeof(family);

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len) && family == AF_INET6;
}

void net_prompt(int fd)
{
	int one = 1;

	setsockopt(fd, SOL_TCP, TCP_NODELAY, &one, sizeof(one));
}

int net_ends(int fd, struct endpoint *here, struct endpoint *there)
{
	union address address;
	socklen_t len = sizeof(address);
	int err = net_name(fd, here);

	if (err)
		return err;
	if (getpeername(fd, &address.sa, &len))
		return -errno;
	endpoint_from(there, &address);
	return 0;
}

int net_original(int fd, struct endpoint *to)
{
	struct endpoint here, there;
	union address address;
	socklen_t len = sizeof(address);
	bool v4;
	int err = net_ends(fd, &here, &there);

	if (err)
		return err;
	v4 = IN6_IS_ADDR_V4MAPPED(&here.addr);
	if (getsockopt(fd, v4 ? SOL_IP : SOL_IPV6, ORIGINAL_DST, &address, &len))
		return -errno;
	endpoint_from(to, &address);
	/* Not redirected, but sent to us: there is nowhere to go on to. */
	if (to->port == here.port && IN6_ARE_ADDR_EQUAL(&to->addr, &here.addr))
		return -ELOOP;
	return 0;
}

static int bind_from(int fd, const struct endpoint *from)
{
	union address address;
	socklen_t len = address_from(&address, from);
	int one = 1;

	/* The port is chosen when it is known where to: more connections find one. */
	setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (address.sa.sa_family == AF_INET)
		address.v4.sin_port = 0;
	else
		address.v6.sin6_port = 0;
	return bind(fd, &address.sa, len) ? -errno : 0;
}

int net_connect(const struct endpoint *from, const struct endpoint *to, unsigned int mark)
{
	union address address;
	socklen_t len = address_from(&address, to);
	int fd = socket(address.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)))
		err = -errno;
	if (!err && from)
		err = bind_from(fd, from);
	if (!err && connect(fd, &address.sa, len) && errno != EINPROGRESS)
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

int net_connected(int fd)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return -errno;
	return -err;
}

int net_listen(const struct endpoint *at, bool v6)
{
	union address address;
	socklen_t len = address_from(&address, at);
	int one = 1;
	int fd = socket(address.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    (v6 && setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &one, sizeof(one))) ||
	    bind(fd, &address.sa, len) || listen(fd, BACKLOG)) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}
