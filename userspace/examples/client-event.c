// SPDX-License-Identifier: GPL-2.0
/*
 * client-event ADDRESS PORT [COUNT]: so many connections at once, that never wait for one. Each
 * does the exchange, then says EHLO and QUIT.
 */
#include "event.h"

enum { GREETING, HELLO, EXCHANGE, AGAIN, LEAVING };

static int left, good;

/* Of the reply to EHLO that has come in so far. */
struct client {
	struct conn *conn;
	int lists;
	char words[XCRYPT_LINE_MAX];
};

static struct client *clients;

static struct client *client_of(struct conn *c)
{
	struct client *client = clients;

	while (client->conn != c)
		client++;
	return client;
}

static void quit(struct conn *c)
{
	conn_say(c, "QUIT\r\n");
	c->state = LEAVING;
}

static void finish(int epoll, struct conn *c)
{
	struct xcrypt_outcome outcome;

	if (!exchange_end(c, &outcome))
		return;
	switch (outcome.outcome_class) {
	case XCRYPT_CLASS_ENCRYPTED:
		printf("encrypted with %s\n", outcome.suite);
		conn_say(c, "EHLO a.test\r\n");
		c->state = AGAIN;
		break;
	case XCRYPT_CLASS_NONE:		/* nothing was said: on in the clear, or QUIT */
	case XCRYPT_CLASS_ANSWERED:	/* at a line's end: the same */
		printf("in the clear: %s\n", strerror(outcome.error));
		quit(c);
		break;
	default:			/* shut down: connect anew, in the clear but for EACCES */
		printf("closed: %s\n", strerror(outcome.error));
		c->state = LEAVING;
		c->closing = 1;
	}
	conn_wait(epoll, c, EPOLLIN | EPOLLOUT);
}

static void begin(int epoll, struct conn *c)
{
	const struct client *client = client_of(c);

	if (client->lists != 1 || !client->words[0] ||
	    setsockopt(c->fd, SOL_TCP, TCP_ULP, "xcrypt", sizeof("xcrypt"))) {
		printf("not offered, or no module: in the clear\n");
		quit(c);
		return;
	}
	c->state = EXCHANGE;
	if (exchange_begin(c, XCRYPT_ROLE_CLIENT, client->words))
		conn_wait(epoll, c, EPOLLOUT);
	else
		finish(epoll, c);
}

static void remember(struct conn *c)
{
	struct client *client = client_of(c);

	if (strncasecmp(c->line + 4, "XCRYPT ", 7))
		return;
	client->lists++;
	strcpy(client->words, c->line + 11);
}

/* The last line of a reply. */
static void reply(int epoll, struct conn *c)
{
	switch (c->state) {
	case GREETING:
		conn_say(c, "EHLO a.test\r\n");
		c->state = HELLO;
		break;
	case HELLO:
		begin(epoll, c);
		break;
	case AGAIN:
		good++;
		quit(c);
		break;
	default:
		c->closing = 1;
	}
}

static void line(int epoll, struct conn *c)
{
	if (strlen(c->line) < 3) {
		c->closing = 1;		/* that is no reply */
		return;
	}
	if (c->state == HELLO && c->line[3])
		remember(c);
	if (c->line[3] != '-')
		reply(epoll, c);
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
		line(epoll, c);
	if (c->state == EXCHANGE)
		return 1;
	if (got < 0 || conn_flush(c) || c->closing)
		return 0;
	conn_wait(epoll, c, EPOLLIN | (c->out_len ? EPOLLOUT : 0));
	return 1;
}

static struct conn *dial(int epoll, const char *host, const char *port)
{
	struct addrinfo *ai;
	int fd = event_socket(host, port, &ai);

	if (connect(fd, ai->ai_addr, ai->ai_addrlen) && errno != EINPROGRESS)
		err(1, "%s %s", host, port);
	freeaddrinfo(ai);
	return conn_new(epoll, fd, GREETING);
}

int main(int argc, char **argv)
{
	int count = argc == 4 ? atoi(argv[3]) : 1, epoll = epoll_create1(EPOLL_CLOEXEC);

	if (argc < 3 || argc > 4 || count < 1)
		errx(1, "usage: %s ADDRESS PORT [COUNT]", argv[0]);
	clients = calloc(count, sizeof(*clients));
	if (!clients)
		err(1, "memory");
	for (left = 0; left < count; left++)
		clients[left].conn = dial(epoll, argv[1], argv[2]);
	while (left) {
		struct conn *c = conn_next(epoll);

		if (step(epoll, c))
			continue;
		client_of(c)->conn = NULL;
		conn_free(epoll, c);
		left--;
	}
	printf("%d of %d encrypted\n", good, count);
	return good != count;
}
