/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a client and a server need that never wait: one loop of epoll, a connection's lines in and
 * out, and the exchange.
 */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/xcrypt.h>

struct conn {
	int fd;
	int state;		/* the program's own */
	int closing;		/* close it when all is written */
	char line[XCRYPT_LINE_MAX + 1];
	size_t len;		/* of the line so far */
	char out[2048];
	size_t out_len;		/* not written yet */
};

static inline struct conn *conn_new(int epoll, int fd, int state)
{
	struct conn *c = calloc(1, sizeof(*c));
	struct epoll_event event = { .events = EPOLLOUT, .data.ptr = c };

	if (!c || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		err(1, "epoll");
	c->fd = fd;
	c->state = state;
	return c;
}

/*
 * xcryptd, or the kernel for it, may have the file open for a moment longer: then close() alone
 * leaves it in the epoll, with a pointer to what is freed here.
 */
static inline void conn_free(int epoll, struct conn *c)
{
	epoll_ctl(epoll, EPOLL_CTL_DEL, c->fd, NULL);
	close(c->fd);
	free(c);
}

static inline void conn_wait(int epoll, struct conn *c, unsigned int events)
{
	struct epoll_event event = { .events = events, .data.ptr = c };

	epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

/* Wait for any of them. The connection, NULL for what is none. */
static inline struct conn *conn_next(int epoll)
{
	struct epoll_event event;

	while (epoll_wait(epoll, &event, 1, -1) < 0) {
		if (errno != EINTR)
			err(1, "epoll");
	}
	return event.data.ptr;
}

static inline void __attribute__((format(printf, 2, 3)))
conn_say(struct conn *c, const char *fmt, ...)
{
	size_t room = sizeof(c->out) - c->out_len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(c->out + c->out_len, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room)
		c->closing = 1;		/* it asks faster than it reads */
	else
		c->out_len += n;
}

/* Write what there is. 0, also where it has to wait; -1: the connection is gone. */
static inline int conn_flush(struct conn *c)
{
	ssize_t n;

	if (!c->out_len)
		return 0;
	n = send(c->fd, c->out, c->out_len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	c->out_len -= n;
	memmove(c->out, c->out + n, c->out_len);
	return 0;
}

/*
 * A line, without its end, in c->line; it takes no octet behind the LF, which may be for the
 * exchange. 1; 0: not all of it has come; -1: the connection is at its end, or the line too long.
 */
static inline int conn_line(struct conn *c)
{
	size_t room = XCRYPT_LINE_MAX - c->len;
	ssize_t n = recv(c->fd, c->line + c->len, room, MSG_PEEK | MSG_DONTWAIT);
	char *lf;

	if (n <= 0)
		return n < 0 && errno == EAGAIN ? 0 : -1;
	lf = memchr(c->line + c->len, '\n', n);
	if (lf)
		n = lf + 1 - (c->line + c->len);
	n = recv(c->fd, c->line + c->len, n, MSG_DONTWAIT);
	if (n <= 0)
		return -1;
	c->len += n;
	if (!lf)
		return c->len < XCRYPT_LINE_MAX ? 0 : -1;
	c->line[c->len] = '\0';
	c->line[strcspn(c->line, "\r\n")] = '\0';
	c->len = 0;
	return 1;
}

/*
 * Ask for the exchange; c->out is empty by now. True: it is under way, and the next EPOLLOUT says
 * that it has ended. False: it has ended already.
 */
static inline int exchange_begin(struct conn *c, int role, const char *line)
{
	char buf[sizeof(struct xcrypt_handshake) + XCRYPT_LINE_MAX] = { 0 };
	struct xcrypt_handshake *ask = (void *)buf;

	ask->version = XCRYPT_VERSION;
	ask->role = role;
	ask->line_len = strnlen(line, XCRYPT_LINE_MAX);
	memcpy(ask->data, line, ask->line_len);
	return setsockopt(c->fd, SOL_XCRYPT, XCRYPT_HANDSHAKE, ask,
			  sizeof(*ask) + ask->line_len) && errno == EINPROGRESS;
}

/* How it ended. True: it has. */
static inline int exchange_end(struct conn *c, struct xcrypt_outcome *outcome)
{
	socklen_t len = sizeof(*outcome);

	memset(outcome, 0, sizeof(*outcome));
	if (getsockopt(c->fd, SOL_XCRYPT, XCRYPT_HANDSHAKE, outcome, &len)) {
		outcome->outcome_class = XCRYPT_CLASS_NONE;
		return 1;
	}
	if (outcome->state == XCRYPT_STATE_IDLE)	/* the request was no good: none began */
		outcome->outcome_class = XCRYPT_CLASS_NONE;
	return outcome->state != XCRYPT_STATE_RUNNING;
}

/* A socket that never waits, and the numeric address it is for. */
static inline int event_socket(const char *host, const char *port, struct addrinfo **ai)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	int one = 1, fd;

	if (getaddrinfo(host, port, &hints, ai))
		errx(1, "no such address: %s %s", host, port);
	fd = socket((*ai)->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return fd;
}
