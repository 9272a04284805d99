/* SPDX-License-Identifier: GPL-2.0 */
/* What a client and a server need that may wait: sockets, lines, and the exchange. */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/xcrypt.h>

/* One line and no octet more, without its end. Nothing may be buffered at the hand-over. */
static inline int read_line(int fd, char *line, size_t size)
{
	size_t n = 0;

	while (n < size - 1 && read(fd, line + n, 1) == 1 && line[n] != '\n')
		n++;
	line[n] = '\0';
	line[strcspn(line, "\r")] = '\0';
	return n > 0;
}

/* Connect to, or wait for one connection at, a numeric address. */
static inline int open_connection(const char *host, const char *port, int passive)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *ai;
	int one = 1, fd, listener;

	if (getaddrinfo(host, port, &hints, &ai))
		errx(1, "no such address: %s %s", host, port);
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (passive ? bind(fd, ai->ai_addr, ai->ai_addrlen) || listen(fd, 1) :
		      connect(fd, ai->ai_addr, ai->ai_addrlen))
		err(1, "%s %s", host, port);
	freeaddrinfo(ai);
	if (!passive)
		return fd;
	fprintf(stderr, "listening\n");
	listener = fd;
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	return fd;
}

/* Ask for the exchange on a blocking socket. How it ended, always filled in. */
static inline struct xcrypt_outcome handshake(int fd, int role, const char *line)
{
	char buf[sizeof(struct xcrypt_handshake) + XCRYPT_LINE_MAX] = { 0 };
	struct xcrypt_handshake *ask = (void *)buf;
	struct xcrypt_outcome outcome = { 0 };
	socklen_t len = sizeof(outcome);

	ask->version = XCRYPT_VERSION;
	ask->role = role;
	ask->line_len = strnlen(line, XCRYPT_LINE_MAX);
	memcpy(ask->data, line, ask->line_len);
	outcome.error = setsockopt(fd, SOL_XCRYPT, XCRYPT_HANDSHAKE, ask,
				   sizeof(*ask) + ask->line_len) ? errno : 0;
	if (getsockopt(fd, SOL_XCRYPT, XCRYPT_HANDSHAKE, &outcome, &len) ||
	    outcome.state != XCRYPT_STATE_ENDED)
		outcome.outcome_class = XCRYPT_CLASS_NONE;
	return outcome;
}

/* The descriptor is what is encrypted: it survives dup, fork and exec. */
static inline _Noreturn void run_on(int fd, char **argv)
{
	dup2(fd, 0);
	dup2(fd, 1);
	execvp(argv[0], argv);
	err(1, "%s", argv[0]);
}
