// SPDX-License-Identifier: GPL-2.0
/* check HOST: a real exchange with a server, step by step. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mta.h"
#include "ctl.h"

#define LINES_MAX	128	/* of one reply */

/**
 * struct talk - a conversation with a server
 * @fd:		the connection
 * @patience:	seconds for each reply
 * @due:	when the present one has to be there, milliseconds
 * @gone:	why the connection has ended, NULL: it has not
 */
struct talk {
	int fd;
	int patience;
	long long due;
	const char *gone;
};

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static void print_step(const char *who, const char *text)
{
	char plain[XC_LOG_PEER_MAX + 1];

	xc_log_escape(plain, text, strlen(text));
	printf("%s %s\n", who, plain);
}

/* 0 when fd is ready, or -errno. */
static int wait_until(int fd, short events, long long due)
{
	struct pollfd wait = { .fd = fd, .events = events };
	long long left = due - now();
	int n = poll(&wait, 1, left > 0 ? (int)left : 0);

	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

/* --- the connection --- */

static int connect_within(int fd, const struct addrinfo *ai, int patience)
{
	socklen_t len = sizeof(int);
	int err;

	if (!connect(fd, ai->ai_addr, ai->ai_addrlen))
		return 0;
	if (errno != EINPROGRESS)
		return -errno;
	err = wait_until(fd, POLLOUT, now() + patience * 1000LL);
	if (err)
		return err;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) ? -errno : -err;
}

/* A connected socket, or -errno. */
static int dial_one(const struct addrinfo *ai, int patience)
{
	int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err = fd < 0 ? -errno : connect_within(fd, ai, patience);

	if (!err)
		return fd;
	if (fd >= 0)
		close(fd);
	return err;
}

static int dial_server(const char *host, const char *port, int patience)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *ai;
	int fd = -EADDRNOTAVAIL, err = getaddrinfo(host, port, &hints, &list);

	if (err) {
		fprintf(stderr, "xcryptctl: %s port %s: %s: check the name and the port\n", host,
			port, gai_strerror(err));
		return -1;
	}
	for (ai = list; ai && fd < 0; ai = ai->ai_next)
		fd = dial_one(ai, patience);
	freeaddrinfo(list);
	if (fd < 0)
		fprintf(stderr, "xcryptctl: %s port %s: no connection within %d seconds: %s: check that a server listens there and no firewall is between\n",
			host, port, patience, strerror(-fd));
	return fd;
}

/* --- lines --- */

/* One octet. False at the end, of which talk->gone tells why. */
static int read_octet(struct talk *t, char *octet)
{
	ssize_t n;
	int err;

	do {
		err = wait_until(t->fd, POLLIN, t->due);
		n = err ? -1 : recv(t->fd, octet, 1, MSG_DONTWAIT);
	} while (!err && n < 0 && errno == EAGAIN);
	if (n == 1)
		return 1;
	t->gone = n ? strerror(err ? -err : errno) : "the server has closed it";
	return 0;
}

/* Octet by octet: nothing may be read that the exchange has to see. False at the end. */
static int read_line(struct talk *t, char *line, size_t size)
{
	size_t n = 0;

	while (n < size - 1 && read_octet(t, line + n) && line[n] != '\n')
		n++;
	line[n] = '\0';
	line[strcspn(line, "\r")] = '\0';
	if (n)
		print_step("S:", line);
	return n > 0;
}

/* A server that is gone shows when its reply is read. */
static void say(struct talk *t, const char *line)
{
	char text[XCRYPT_LINE_MAX + 2];
	int len = snprintf(text, sizeof(text), "%s\r\n", line);

	print_step("C:", line);
	t->due = now() + t->patience * 1000LL;
	if (!wait_until(t->fd, POLLOUT, t->due) &&
	    send(t->fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		t->gone = strerror(errno);
}

/* A reply; the words behind XCRYPT, if they stand in it on one line. The code, 0: no reply. */
static int reply(struct talk *t, char words[XCRYPT_LINE_MAX])
{
	char line[XCRYPT_LINE_MAX];
	int lists = 0, lines = 0;

	words[0] = '\0';
	do {
		if (lines++ == LINES_MAX || !read_line(t, line, sizeof(line)) || strlen(line) < 3)
			return 0;
		if (line[3] && !strncasecmp(line + 4, "XCRYPT ", 7)) {
			strcpy(words, line + 11);
			lists++;
		}
	} while (line[3] == '-');
	if (lists != 1)
		words[0] = '\0';
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
}

static int say_hello(struct talk *t, char words[XCRYPT_LINE_MAX])
{
	char name[256] = "localhost", line[300];

	gethostname(name, sizeof(name) - 1);
	snprintf(line, sizeof(line), "EHLO %s", name);
	say(t, line);
	return reply(t, words) == 250 ? 0 : -EPROTO;
}

static int give_up(struct talk *t, const char *why)
{
	char words[XCRYPT_LINE_MAX];

	printf("-- %s\n", why);
	if (t->gone) {
		printf("-- the connection has ended: %s\n", t->gone);
		return CTL_FOUND;
	}
	say(t, "QUIT");
	reply(t, words);
	return CTL_FOUND;
}

static void print_outcome(const struct xcrypt_outcome *outcome)
{
	int i;

	printf("-- xcryptd: %s%s%s", mta_class_name(outcome->outcome_class), outcome->error ? ", " : "",
	       outcome->error ? strerror(outcome->error) : "");
	if (outcome->suite[0])
		printf(", suite %s, %s", outcome->suite,
		       outcome->cache_hit ? "secret from the cache" : "secret agreed anew");
	printf("\n");
	if (outcome->outcome_class != XCRYPT_CLASS_ENCRYPTED)
		return;
	printf("-- session ");
	for (i = 0; i < XCRYPT_SESSION_LEN; i++)
		printf("%02x", outcome->session[i]);
	printf("\n-- encrypted from here on; nobody is authenticated\n");
}

/* On the encrypted connection: does the other end read what we write? */
static int prove(struct talk *t)
{
	char words[XCRYPT_LINE_MAX];

	if (say_hello(t, words)) {
		printf("-- no sensible answer%s%s: the two ends' keys or streams differ\n",
		       t->gone ? ", " : "", t->gone ? t->gone : "");
		return CTL_FOUND;
	}
	say(t, "QUIT");
	reply(t, words);
	return EX_OK;
}

/* It waits for as long as the daemon lets it. 0 or -errno. */
static int ask_exchange(struct talk *t, const char *host, const char *words)
{
	const struct mta_request request = {
		.role = XCRYPT_ROLE_CLIENT, .line = words, .len = strlen(words), .host = host,
	};
	int flags = fcntl(t->fd, F_GETFL), err;

	fcntl(t->fd, F_SETFL, flags & ~O_NONBLOCK);
	err = mta_ask(t->fd, &request);
	fcntl(t->fd, F_SETFL, flags);
	return err;
}

static int exchange(struct talk *t, const char *host, const char *words)
{
	struct xcrypt_outcome outcome = { 0 };
	int err = mta_attach(t->fd);

	if (err == -ENOENT)
		return give_up(t, "the module xcrypt is not loaded: modprobe xcrypt");
	if (err) {
		t->gone = strerror(-err);
		return give_up(t, "the module xcrypt does not take this connection");
	}
	printf("-- the exchange, by xcryptd\n");
	err = ask_exchange(t, host, words);
	if (err == -ESRCH)
		return give_up(t, "no xcryptd runs here: systemctl start xcryptd");
	if (mta_outcome(t->fd, &outcome))
		return give_up(t, strerror(-err));
	print_outcome(&outcome);
	if (outcome.outcome_class == XCRYPT_CLASS_ENCRYPTED)
		return prove(t);
	if (outcome.outcome_class == XCRYPT_CLASS_CLOSED)
		return CTL_FOUND;
	return give_up(t, "it goes on in the clear; xcryptd's log says why");
}

static int talk(struct talk *t, const char *host)
{
	char words[XCRYPT_LINE_MAX];

	t->due = now() + t->patience * 1000LL;
	if (reply(t, words) != 220 || say_hello(t, words))
		return give_up(t, "this server does not want to talk");
	if (!words[0])
		return give_up(t, "the server does not offer XCRYPT");
	return exchange(t, host, words);
}

int ctl_check_host(const char *host, const char *port, int patience)
{
	struct talk t = { .fd = dial_server(host, port, patience), .patience = patience };
	int status;

	if (t.fd < 0)
		return EX_NOHOST;
	printf("-- connected to %s port %s\n", host, port);
	status = talk(&t, host);
	close(t.fd);
	return status;
}
