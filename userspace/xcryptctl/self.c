// SPDX-License-Identifier: GPL-2.0
#include "self.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/mta.h"

#define PATIENCE	10000	/* milliseconds */

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
	struct mta_request request = { .role = XCRYPT_ROLE_SERVER };
	char line[XCRYPT_LINE_MAX];
	ssize_t n = 0;

	if (poll(&wait, 1, PATIENCE) <= 0)
		return -ETIMEDOUT;
	n = recv(fd, line, sizeof(line), 0);
	if (n <= 0)
		return n ? -errno : -ECONNRESET;
	request.line = line;
	request.len = n;
	return mta_ask(fd, &request);
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
	struct mta_request request = {
		.role = XCRYPT_ROLE_CLIENT, .line = words, .host = "localhost",
	};
	int err = mta_attach(fd[0]);

	if (!err)
		err = mta_attach(fd[1]);
	if (!err && getsockopt(fd[1], SOL_XCRYPT, XCRYPT_SUITES, words, &len))
		err = -errno;
	request.len = len - 1;
	if (!err)
		err = mta_ask(fd[0], &request);
	if (err == -EINPROGRESS)
		err = self_answer(fd[1]);
	return !err || err == -EINPROGRESS ? self_await(fd[0], outcome) : err;
}

int self_check(struct xcrypt_outcome *outcome)
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
