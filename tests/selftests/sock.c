// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "sock.h"

#define WAIT_MS 10000

void endpoint_init(struct endpoint *ep, int family)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&ep->addr;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&ep->addr;

	memset(ep, 0, sizeof(*ep));
	if (family == AF_INET) {
		ep->domain = AF_INET;
		ep->len = sizeof(*v4);
		v4->sin_family = AF_INET;
		v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return;
	}
	ep->domain = AF_INET6;
	ep->len = sizeof(*v6);
	v6->sin6_family = AF_INET6;
	v6->sin6_addr = in6addr_loopback;
	if (family == FAMILY_MAPPED)
		inet_pton(AF_INET6, "::ffff:127.0.0.1", &v6->sin6_addr);
}

static int listen_on(int fd, struct endpoint *ep, int backlog)
{
	if (bind(fd, (struct sockaddr *)&ep->addr, ep->len))
		return -1;
	if (listen(fd, backlog))
		return -1;
	return getsockname(fd, (struct sockaddr *)&ep->addr, &ep->len);
}

static int close_failed(int fd)
{
	int err = errno;

	close(fd);
	errno = err;
	return -1;
}

static int endpoint_socket(const struct endpoint *ep, void (*prepare)(int fd))
{
	int fd = socket(ep->domain, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && prepare)
		prepare(fd);
	return fd;
}

static int listener(struct endpoint *ep, int backlog, void (*prepare)(int fd))
{
	int fd = endpoint_socket(ep, prepare);

	if (fd >= 0 && listen_on(fd, ep, backlog))
		return close_failed(fd);
	return fd;
}

int endpoint_listen(struct endpoint *ep, int backlog)
{
	return listener(ep, backlog, NULL);
}

static int connect_to(const struct endpoint *ep, void (*prepare)(int fd))
{
	int fd = endpoint_socket(ep, prepare);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)&ep->addr, ep->len))
		return close_failed(fd);
	return fd;
}

int pair_open_with(int family, int fd[2], void (*prepare)(int fd))
{
	struct endpoint ep;
	int lfd;

	endpoint_init(&ep, family);
	lfd = listener(&ep, 1, prepare);
	if (lfd < 0)
		return -1;
	fd[0] = connect_to(&ep, prepare);
	if (fd[0] < 0)
		return close_failed(lfd);
	fd[1] = accept4(lfd, NULL, NULL, SOCK_CLOEXEC);
	close(lfd);
	return fd[1] < 0 ? close_failed(fd[0]) : 0;
}

int pair_open(int family, int fd[2])
{
	return pair_open_with(family, fd, NULL);
}

int opt_set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

int opt_get(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int value = 0;

	return getsockopt(fd, level, name, &value, &len) ? -1 : value;
}

int set_nonblock(int fd)
{
	return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void shrink(int from, int to)
{
	opt_set(from, SOL_SOCKET, SO_SNDBUF, 16384);
	opt_set(to, SOL_SOCKET, SO_RCVBUF, 16384);
}

void close_reset(int fd)
{
	struct linger lg = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &lg, sizeof(lg));
	close(fd);
}

int poll_for(int fd, int events, int ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n = poll(&p, 1, ms);

	return n <= 0 ? n : p.revents;
}

int queued(int fd)
{
	int n = -1;

	return ioctl(fd, FIONREAD, &n) ? -1 : n;
}

int unacked(int fd)
{
	int n = -1;

	return ioctl(fd, SIOCOUTQ, &n) ? -1 : n;
}

int readable(int fd, int octets)
{
	char none;
	int n = recv(fd, &none, octets, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);

	return n < 0 ? 0 : n;
}

int wait_queued(int fd, int octets)
{
	int n = 0;

	for (int ms = 0; ms < WAIT_MS && n < octets; ms += 5) {
		n = queued(fd);
		if (n < octets)
			n = readable(fd, octets + 1);
		if (n < octets)
			pause_ms(5);
	}
	return n < octets ? -1 : n;
}

int wait_acked(int fd)
{
	for (int ms = 0; ms < WAIT_MS && unacked(fd) > 0; ms += 5)
		pause_ms(5);
	return unacked(fd);
}

void pause_ms(int ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}
