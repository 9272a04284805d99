// SPDX-License-Identifier: GPL-2.0
/* server-event ADDRESS PORT: SMTP without mail, for any number of clients, that never waits. */
#include "event.h"

enum { PLAIN, EXCHANGE, ENDED, ENCRYPTED };

/* The words to list, fixed when first asked for; empty if nobody serves. */
static void words_of(int fd, char words[XCRYPT_SUITES_MAX + 1])
{
	socklen_t len = XCRYPT_SUITES_MAX + 1;

	if (setsockopt(fd, SOL_TCP, TCP_ULP, "xcrypt", sizeof("xcrypt")) && errno != EEXIST)
		words[0] = '\0';
	else if (getsockopt(fd, SOL_XCRYPT, XCRYPT_SUITES, words, &len))
		words[0] = '\0';
}

static void hello(struct conn *c)
{
	char words[XCRYPT_SUITES_MAX + 1] = "";

	if (c->state != ENCRYPTED)
		words_of(c->fd, words);
	if (words[0])
		conn_say(c, "250-b.test\r\n250-XCRYPT %s\r\n250 HELP\r\n", words);
	else
		conn_say(c, "250 b.test%s\r\n", c->state == ENCRYPTED ? ", encrypted" : "");
}

static void finish(int epoll, struct conn *c)
{
	struct xcrypt_outcome outcome;

	if (!exchange_end(c, &outcome))
		return;
	c->state = ENDED;
	switch (outcome.outcome_class) {
	case XCRYPT_CLASS_ENCRYPTED:
		c->state = ENCRYPTED;
		printf("encrypted with %s\n", outcome.suite);
		break;
	case XCRYPT_CLASS_NONE:		/* nothing was said: say it, and it may ask again */
		c->state = PLAIN;
		conn_say(c, "454 4.7.0 XCRYPT FAIL\r\n");
		break;
	case XCRYPT_CLASS_ANSWERED:	/* the answer was given: say nothing, go on */
		break;
	default:			/* shut down already */
		c->closing = 1;
	}
	fflush(stdout);
	conn_wait(epoll, c, EPOLLIN | (c->out_len ? EPOLLOUT : 0));
}

static void begin(int epoll, struct conn *c)
{
	if (c->state != PLAIN || c->out_len) {		/* once only, and nothing unwritten */
		conn_say(c, "503 5.5.1 XCRYPT FAIL\r\n");
		return;
	}
	c->state = EXCHANGE;
	if (exchange_begin(c, XCRYPT_ROLE_SERVER, c->line))
		conn_wait(epoll, c, EPOLLOUT);
	else
		finish(epoll, c);
}

static void command(int epoll, struct conn *c)
{
	if (!strncasecmp(c->line, "EHLO ", 5)) {
		hello(c);
	} else if (!strncasecmp(c->line, "XCRYPT ", 7)) {
		begin(epoll, c);
	} else if (!strcasecmp(c->line, "QUIT")) {
		conn_say(c, "221 bye\r\n");
		c->closing = 1;
	} else {
		conn_say(c, "502 5.5.1 this is an example\r\n");
	}
}

/* False: the connection is at its end. */
static int step(int epoll, struct conn *c)
{
	int got = 0;

	if (c->state == EXCHANGE)
		finish(epoll, c);
	if (conn_flush(c))
		return 0;
	while (c->state != EXCHANGE && !c->closing && (got = conn_line(c)) > 0)
		command(epoll, c);
	if (c->state == EXCHANGE)
		return 1;
	if (got < 0 || conn_flush(c) || (c->closing && !c->out_len))
		return 0;
	conn_wait(epoll, c, EPOLLIN | (c->out_len ? EPOLLOUT : 0));
	return 1;
}

static void welcome(int epoll, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0)
		conn_say(conn_new(epoll, fd, PLAIN), "220 b.test ESMTP\r\n");
}

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN };	/* of the listener: no data.ptr */
	int epoll = epoll_create1(EPOLL_CLOEXEC), listener;
	struct addrinfo *ai;

	if (argc != 3)
		errx(1, "usage: %s ADDRESS PORT", argv[0]);
	listener = event_socket(argv[1], argv[2], &ai);
	if (bind(listener, ai->ai_addr, ai->ai_addrlen) || listen(listener, SOMAXCONN) ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event))
		err(1, "%s %s", argv[1], argv[2]);
	freeaddrinfo(ai);
	fprintf(stderr, "listening\n");
	for (;;) {
		struct conn *c = conn_next(epoll);

		if (!c)
			welcome(epoll, listener);
		else if (!step(epoll, c))
			conn_free(epoll, c);
	}
}
