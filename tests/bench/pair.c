// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pair.h"

static void set(int fd, int level, int option, int value, const char *name)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		err(1, "%s %d (buffers of any size need root)", name, value);
}

/* Fixed: a buffer that adapts itself makes the measure depend on the moment. */
static int buffered_socket(int buffer)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	if (buffer) {
		set(fd, SOL_SOCKET, SO_SNDBUFFORCE, buffer, "SO_SNDBUFFORCE");
		set(fd, SOL_SOCKET, SO_RCVBUFFORCE, buffer, "SO_RCVBUFFORCE");
	}
	set(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
	return fd;
}

void pair_open(struct pair *pair, int buffer)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);
	int listener = buffered_socket(buffer);

	*pair = (struct pair){ 0 };
	if (bind(listener, (struct sockaddr *)&addr, len) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&addr, &len))
		err(1, "listen on loopback");
	pair->tx = buffered_socket(buffer);
	if (connect(pair->tx, (struct sockaddr *)&addr, len))
		err(1, "connect over loopback");
	pair->rx = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (pair->rx < 0)
		err(1, "accept");
	close(listener);
}

void pair_close(struct pair *pair)
{
	close(pair->tx);
	close(pair->rx);
}
