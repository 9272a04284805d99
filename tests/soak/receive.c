// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "end.h"

/* Each receives up to @len octets into end->buffer; 0 is the end of the stream. */
static ssize_t by_recv(struct end *end, size_t len)
{
	return recv(end->fd, end->buffer, len, 0);
}

static ssize_t by_waitall(struct end *end, size_t len)
{
	ssize_t n = recv(end->fd, end->buffer, len, MSG_WAITALL);

	if (n >= 0 && n != (ssize_t)len)
		return end_fail(end, "MSG_WAITALL for %zu octets gave %zd", len, n);
	return n;
}

static ssize_t by_nonblocking(struct end *end, size_t len)
{
	ssize_t n;

	while ((n = recv(end->fd, end->buffer, len, MSG_DONTWAIT)) < 0 && errno == EAGAIN)
		end_poll(end, POLLIN);
	return n;
}

/* A read after a peek begins with the same octets. */
static ssize_t by_peek(struct end *end, size_t len)
{
	ssize_t peeked = recv(end->fd, end->expect, len, MSG_PEEK), n;

	if (peeked <= 0)
		return peeked;
	n = recv(end->fd, end->buffer, peeked, MSG_WAITALL);
	if (n == peeked && memcmp(end->buffer, end->expect, n))
		return end_fail(end, "peek and read differ");
	return n;
}

static int vector(struct end *end, struct iovec iov[4], size_t len)
{
	size_t at = 0;
	int i;

	for (i = 0; i < 3; i++) {
		iov[i].iov_base = end->buffer + at;
		iov[i].iov_len = random_below(&end->random, len - at + 1);
		at += iov[i].iov_len;
	}
	iov[3].iov_base = end->buffer + at;
	iov[3].iov_len = len - at;
	return 4;
}

static ssize_t by_readv(struct end *end, size_t len)
{
	struct iovec iov[4];

	return readv(end->fd, iov, vector(end, iov, len));
}

static ssize_t by_recvmsg(struct end *end, size_t len)
{
	struct iovec iov[4];
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = vector(end, iov, len) };

	return recvmsg(end->fd, &msg, 0);
}

static ssize_t by_splice(struct end *end, size_t len)
{
	ssize_t n = splice(end->fd, NULL, end->pipe[1], NULL, len < 65536 ? len : 65536, 0);
	ssize_t done = 0;

	while (done < n) {
		ssize_t m = read(end->pipe[0], end->buffer + done, n - done);

		if (m <= 0)
			return -1;
		done += m;
	}
	return n;
}

static const struct {
	const char *name;
	ssize_t (*call)(struct end *end, size_t len);
} ways[] = {
	{ "recv", by_recv },
	{ "recv with MSG_WAITALL", by_waitall },
	{ "recv with MSG_DONTWAIT", by_nonblocking },
	{ "recv with MSG_PEEK", by_peek },
	{ "readv", by_readv },
	{ "recvmsg", by_recvmsg },
	{ "splice", by_splice },
};

static int check(struct end *end, const char *way, size_t len)
{
	size_t i;

	pattern_fill(end->id, end->done, end->expect, len);
	if (!memcmp(end->buffer, end->expect, len))
		return 0;
	for (i = 0; end->buffer[i] == end->expect[i]; i++)
		;
	return end_fail(end, "%s: the %zuth of %zu octets is wrong", way, i, len);
}

static int receive_some(struct end *end)
{
	size_t way = random_below(&end->random, sizeof(ways) / sizeof(ways[0]));
	size_t len = end_size(end);
	ssize_t n = ways[way].call(end, len);

	if (end->error[0])
		return -1;
	if (n < 0)
		return end_fail(end, "%s: %s", ways[way].name, strerror(errno));
	if (!n)
		return end_fail(end, "%s: the stream ends early", ways[way].name);
	if (check(end, ways[way].name, n))
		return -1;
	end->digest = digest_add(end->digest, end->buffer, n);
	__atomic_add_fetch(&end->done, n, __ATOMIC_RELAXED);
	return 0;
}

void *end_receive(void *arg)
{
	struct end *end = arg;

	while (end->done < end->total && !receive_some(end))
		end_pause(end);
	if (!end->error[0] && recv(end->fd, end->buffer, 1, 0))
		end_fail(end, "no end where the stream should end");
	__atomic_store_n(&end->finished, true, __ATOMIC_RELEASE);
	return NULL;
}
