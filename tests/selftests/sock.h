/* SPDX-License-Identifier: GPL-2.0 */
/* Connected TCP pairs over loopback and small socket helpers. */
#ifndef _SELFTESTS_SOCK_H
#define _SELFTESTS_SOCK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

/* An IPv6 socket that talks to an IPv4 address. */
#define FAMILY_MAPPED	1000

struct endpoint {
	int domain;
	struct sockaddr_storage addr;
	socklen_t len;
};

/* The loopback address of a family, port 0. */
void endpoint_init(struct endpoint *ep, int family);

/* A listener on @ep, whose port is filled in. The descriptor, or -1. */
int endpoint_listen(struct endpoint *ep, int backlog);

/* fd[0] is the connect()ed side, fd[1] the accept()ed. 0, or -1 and errno. */
int pair_open(int family, int fd[2]);

/* The same; @prepare sees the listener and the client before they connect. */
int pair_open_with(int family, int fd[2], void (*prepare)(int fd));

/* An option whose value is an int. */
int opt_set(int fd, int level, int name, int value);
int opt_get(int fd, int level, int name);

int set_nonblock(int fd);

/* Buffers so small that a few ten thousand octets fill the way from @from to @to. */
void shrink(int from, int to);

/* close() sends RST. */
void close_reset(int fd);

/* The events of poll(); 0 after @ms. */
int poll_for(int fd, int events, int ms);

/*
 * Octets that wait to be read, as FIONREAD has it (of records that are not opened yet it knows
 * little); as a peek of at most @octets has it; and a wait until there are @octets (or -1, 10 s).
 */
int queued(int fd);
int readable(int fd, int octets);
int wait_queued(int fd, int octets);

/* Octets that the peer has not acknowledged, and a wait for none. */
int unacked(int fd);
int wait_acked(int fd);

void pause_ms(int ms);
double now(void);

#endif /* _SELFTESTS_SOCK_H */
