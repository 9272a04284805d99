// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "end.h"

/* Each sends up to @len octets of end->buffer and returns what was taken, or -1. */
static ssize_t by_send(struct end *end, size_t len)
{
	return send(end->fd, end->buffer, len, MSG_NOSIGNAL);
}

static ssize_t by_more(struct end *end, size_t len)
{
	bool last = end->done + len == end->total;

	return send(end->fd, end->buffer, len, MSG_NOSIGNAL | (last ? 0 : MSG_MORE));
}

static ssize_t by_nonblocking(struct end *end, size_t len)
{
	ssize_t n = send(end->fd, end->buffer, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN) {
		end_poll(end, POLLOUT);
		return 0;
	}
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

static ssize_t by_writev(struct end *end, size_t len)
{
	struct iovec iov[4];

	return writev(end->fd, iov, vector(end, iov, len));
}

static ssize_t by_sendmsg(struct end *end, size_t len)
{
	struct iovec iov[4];
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = vector(end, iov, len) };

	return sendmsg(end->fd, &msg, MSG_NOSIGNAL);
}

/* The next call writes over the file's pages: TCP must have no use for them any more. */
static ssize_t by_sendfile(struct end *end, size_t len)
{
	off_t offset = 0;

	if (!end->copies)
		return by_send(end, len);
	if (pwrite(end->file, end->buffer, len, 0) != (ssize_t)len)
		return -1;
	return sendfile(end->fd, end->file, &offset, len);
}

/* What went into the pipe has to come out before anything else is sent. */
static ssize_t by_splice(struct end *end, size_t len)
{
	ssize_t filled, done = 0;

	filled = write(end->pipe[1], end->buffer, len < 65536 ? len : 65536);
	while (done < filled) {
		ssize_t n = splice(end->pipe[0], NULL, end->fd, NULL, filled - done,
				   random_below(&end->random, 2) ? SPLICE_F_MORE : 0);

		if (n <= 0)
			return -1;
		done += n;
	}
	return filled;
}

static const struct {
	const char *name;
	ssize_t (*call)(struct end *end, size_t len);
} ways[] = {
	{ "send", by_send },
	{ "send with MSG_MORE", by_more },
	{ "send with MSG_DONTWAIT", by_nonblocking },
	{ "writev", by_writev },
	{ "sendmsg", by_sendmsg },
	{ "sendfile", by_sendfile },
	{ "splice", by_splice },
};

static int send_some(struct end *end)
{
	size_t way = random_below(&end->random, sizeof(ways) / sizeof(ways[0]));
	size_t len = end_size(end);
	ssize_t n;

	pattern_fill(end->id, end->done, end->buffer, len);
	n = ways[way].call(end, len);
	if (n < 0)
		return end_fail(end, "%s: %s", ways[way].name, strerror(errno));
	if (n > (ssize_t)len)
		return end_fail(end, "%s of %zu octets returned %zd", ways[way].name, len, n);
	end->digest = digest_add(end->digest, end->buffer, n);
	__atomic_add_fetch(&end->done, n, __ATOMIC_RELAXED);
	return 0;
}

void *end_send(void *arg)
{
	struct end *end = arg;

	while (end->done < end->total && !send_some(end))
		end_pause(end);
	shutdown(end->fd, SHUT_WR);
	__atomic_store_n(&end->finished, true, __ATOMIC_RELEASE);
	return NULL;
}
