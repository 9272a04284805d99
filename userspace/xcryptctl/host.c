// SPDX-License-Identifier: GPL-2.0
/* check HOST: a real exchange with a server, step by step. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl.h"
#include "log.h"
#include "mta.h"

#define PATIENCE	60	/* seconds for any answer */

static void step(const char *who, const char *text)
{
	char plain[XC_LOG_PEER_MAX + 1];

	xc_log_escape(plain, text, strlen(text));
	printf("%s %s\n", who, plain);
}

static int dial(const char *host, const char *port)
{
	const struct timeval limit = { .tv_sec = PATIENCE };
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *ai;
	int fd = -1, err = getaddrinfo(host, port, &hints, &list);

	if (err) {
		fprintf(stderr, "xcryptctl: %s: %s\n", host, gai_strerror(err));
		return -1;
	}
	for (ai = list; ai && fd < 0; ai = ai->ai_next) {
		fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, ai->ai_addr, ai->ai_addrlen)) {
			err = errno;
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	if (fd < 0) {
		fprintf(stderr, "xcryptctl: %s port %s: %s\n", host, port, strerror(err));
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	return fd;
}

/* Octet by octet: nothing may be read that the exchange has to see. False at the end. */
static int read_line(int fd, char *line, size_t size)
{
	size_t n = 0;

	while (n < size - 1 && read(fd, line + n, 1) == 1 && line[n] != '\n')
		n++;
	line[n] = '\0';
	line[strcspn(line, "\r")] = '\0';
	if (n)
		step("S:", line);
	return n > 0;
}

static void say(int fd, const char *line)
{
	step("C:", line);
	dprintf(fd, "%s\r\n", line);
}

/* A reply; the words behind XCRYPT, if they stand in it on one line. The code, 0: no reply. */
static int reply(int fd, char words[XCRYPT_LINE_MAX])
{
	char line[XCRYPT_LINE_MAX];
	int lists = 0;

	words[0] = '\0';
	do {
		if (!read_line(fd, line, sizeof(line)) || strlen(line) < 3)
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

static int hello(int fd, char words[XCRYPT_LINE_MAX])
{
	char name[256] = "localhost", line[300];

	gethostname(name, sizeof(name) - 1);
	snprintf(line, sizeof(line), "EHLO %s", name);
	say(fd, line);
	return reply(fd, words) == 250 ? 0 : -EPROTO;
}

static int give_up(int fd, const char *why)
{
	char words[XCRYPT_LINE_MAX];

	printf("-- %s\n", why);
	say(fd, "QUIT");
	reply(fd, words);
	return CTL_FOUND;
}

static void print_outcome(const struct xcrypt_outcome *outcome)
{
	int i;

	printf("-- xcryptd: %s%s%s", mta_class_name(outcome->class), outcome->error ? ", " : "",
	       outcome->error ? strerror(outcome->error) : "");
	if (outcome->suite[0])
		printf(", suite %s, %s", outcome->suite,
		       outcome->cache_hit ? "secret from the cache" : "secret agreed anew");
	printf("\n");
	if (outcome->class != XCRYPT_CLASS_ENCRYPTED)
		return;
	printf("-- session ");
	for (i = 0; i < XCRYPT_SESSION_LEN; i++)
		printf("%02x", outcome->session[i]);
	printf("\n-- encrypted from here on; nobody is authenticated\n");
}

/* On the encrypted connection: does the other end read what we write? */
static int prove(int fd)
{
	char words[XCRYPT_LINE_MAX];

	if (hello(fd, words)) {
		printf("-- no sensible answer: the two ends' keys or streams differ\n");
		return CTL_FOUND;
	}
	say(fd, "QUIT");
	reply(fd, words);
	return EX_OK;
}

static int exchange(int fd, const char *host, const char *words)
{
	struct xcrypt_outcome outcome = { 0 };
	int err = mta_attach(fd);

	if (err)
		return give_up(fd, "the module xcrypt is not loaded: modprobe xcrypt");
	printf("-- the exchange, by xcryptd\n");
	err = mta_ask(fd, XCRYPT_ROLE_CLIENT, words, strlen(words), host);
	if (err == -ESRCH)
		return give_up(fd, "no xcryptd runs here: systemctl start xcryptd");
	if (mta_outcome(fd, &outcome))
		return give_up(fd, strerror(-err));
	print_outcome(&outcome);
	if (outcome.class == XCRYPT_CLASS_ENCRYPTED)
		return prove(fd);
	if (outcome.class == XCRYPT_CLASS_CLOSED)
		return CTL_FOUND;
	return give_up(fd, "it goes on in the clear; xcryptd's log says why");
}

static int talk(int fd, const char *host)
{
	char words[XCRYPT_LINE_MAX];

	if (reply(fd, words) != 220 || hello(fd, words))
		return give_up(fd, "this server does not want to talk");
	if (!words[0])
		return give_up(fd, "the server does not offer XCRYPT");
	return exchange(fd, host, words);
}

int ctl_check_host(const char *host, const char *port)
{
	int fd = dial(host, port), status;

	if (fd < 0)
		return EX_NOHOST;
	printf("-- connected to %s port %s\n", host, port);
	status = talk(fd, host);
	close(fd);
	return status;
}
