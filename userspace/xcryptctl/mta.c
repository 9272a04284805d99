// SPDX-License-Identifier: GPL-2.0
#include "mta.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE	10000	/* milliseconds */

const char *mta_class_name(int class)
{
	static const char * const names[] = { "encrypted", "none", "answered", "closed" };

	return class >= 0 && class < 4 ? names[class] : "unknown";
}

int mta_attach(int fd)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, "xcrypt", sizeof("xcrypt")) ? -errno : 0;
}

int mta_ask(int fd, int role, const char *line, size_t len, const char *host)
{
	char buf[sizeof(struct xcrypt_handshake) + XCRYPT_LINE_MAX + XCRYPT_HOST_MAX] = { 0 };
	struct xcrypt_handshake *ask = (struct xcrypt_handshake *)buf;
	size_t host_len = strlen(host);

	if (len > XCRYPT_LINE_MAX || host_len > XCRYPT_HOST_MAX)
		return -EINVAL;
	ask->version = XCRYPT_VERSION;
	ask->role = role;
	ask->line_len = len;
	ask->host_len = host_len;
	memcpy(ask->data, line, len);
	memcpy(ask->data + len, host, host_len);
	return setsockopt(fd, SOL_XCRYPT, XCRYPT_HANDSHAKE, ask,
			  sizeof(*ask) + len + host_len) ? -errno : 0;
}

int mta_outcome(int fd, struct xcrypt_outcome *outcome)
{
	socklen_t len = sizeof(*outcome);

	if (getsockopt(fd, SOL_XCRYPT, XCRYPT_HANDSHAKE, outcome, &len))
		return -errno;
	return outcome->state == XCRYPT_STATE_ENDED ? 0 : -EINPROGRESS;
}

/* Two connected, non-blocking sockets. 0 or -errno. */
static int self_pair(int fd[2])
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), err = 0;
	socklen_t len = sizeof(sa);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	fd[1] = -1;
	if (listener < 0 || fd[0] < 0 || bind(listener, (struct sockaddr *)&sa, len) ||
	    listen(listener, 1) || getsockname(listener, (struct sockaddr *)&sa, &len) ||
	    connect(fd[0], (struct sockaddr *)&sa, len))
		err = -errno;
	if (!err) {
		fd[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		err = fd[1] < 0 || fcntl(fd[0], F_SETFL, O_NONBLOCK) ? -errno : 0;
	}
	close(listener);
	return err;
}

/* b's side until it has asked: the client's line comes from xcryptd. */
static int self_answer(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char line[XCRYPT_LINE_MAX];
	ssize_t n = 0;

	if (poll(&wait, 1, PATIENCE) <= 0)
		return -ETIMEDOUT;
	n = recv(fd, line, sizeof(line), 0);
	if (n <= 0)
		return n ? -errno : -ECONNRESET;
	return mta_ask(fd, XCRYPT_ROLE_SERVER, line, n, "");
}

/* The exchange has ended when the socket can be written to. */
static int self_await(int fd, struct xcrypt_outcome *outcome)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };

	if (poll(&wait, 1, PATIENCE) <= 0)
		return -ETIMEDOUT;
	return mta_outcome(fd, outcome);
}

static int self_exchange(const int fd[2], struct xcrypt_outcome *outcome)
{
	char words[XCRYPT_SUITES_MAX + 1];
	socklen_t len = sizeof(words);
	int err = mta_attach(fd[0]);

	if (!err)
		err = mta_attach(fd[1]);
	if (!err && getsockopt(fd[1], SOL_XCRYPT, XCRYPT_SUITES, words, &len))
		err = -errno;
	if (!err)
		err = mta_ask(fd[0], XCRYPT_ROLE_CLIENT, words, len - 1, "localhost");
	if (err == -EINPROGRESS)
		err = self_answer(fd[1]);
	return !err || err == -EINPROGRESS ? self_await(fd[0], outcome) : err;
}

int mta_self(struct xcrypt_outcome *outcome)
{
	int fd[2] = { -1, -1 };
	int err = self_pair(fd);

	if (!err)
		err = self_exchange(fd, outcome);
	if (fd[0] >= 0)
		close(fd[0]);
	if (fd[1] >= 0)
		close(fd[1]);
	return err;
}
