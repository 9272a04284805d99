// SPDX-License-Identifier: GPL-2.0
/*
 * Writes a file to a socket by one of the ways that Linux has:
 *
 *	path SOCKET FILE METHOD CHUNK
 *
 * SOCKET and FILE are descriptors that were inherited. CHUNK octets go by each call. With
 * PATH_FAIL in the environment it makes itself a target of the kernel's fault injection.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int sock, file, pipe_fds[2];
static char *data;
static struct io_uring ring;

/* Each writes up to @len octets from @at on and returns what the kernel took. */
static ssize_t by_write(size_t at, size_t len)
{
	return write(sock, data + at, len);
}

static ssize_t by_send(size_t at, size_t len)
{
	return send(sock, data + at, len, 0);
}

static ssize_t by_more(size_t at, size_t len)
{
	return send(sock, data + at, len, MSG_MORE);
}

/* A third each, the last one with what is left. */
static int vector(struct iovec iov[3], size_t at, size_t len)
{
	size_t third = len / 3;

	iov[0] = (struct iovec){ data + at, third };
	iov[1] = (struct iovec){ data + at + third, third };
	iov[2] = (struct iovec){ data + at + 2 * third, len - 2 * third };
	return 3;
}

static ssize_t by_writev(size_t at, size_t len)
{
	struct iovec iov[3];

	return writev(sock, iov, vector(iov, at, len));
}

static ssize_t by_sendmsg(size_t at, size_t len)
{
	struct iovec iov[3];
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = vector(iov, at, len) };

	return sendmsg(sock, &msg, 0);
}

/* A message for each third; a short one ends the call. */
static ssize_t by_sendmmsg(size_t at, size_t len)
{
	struct mmsghdr msgs[3] = { 0 };
	struct iovec iov[3];
	ssize_t done = 0;
	int i, n = vector(iov, at, len);

	for (i = 0; i < n; i++) {
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	n = sendmmsg(sock, msgs, n, 0);
	if (n < 0)
		return n;
	for (i = 0; i < n; i++) {
		done += msgs[i].msg_len;
		if (msgs[i].msg_len < iov[i].iov_len)
			break;
	}
	return done;
}

static ssize_t by_sendfile(size_t at, size_t len)
{
	off_t offset = at;

	return sendfile(sock, file, &offset, len);
}

/* What is in the pipe goes to the socket, all of it. */
static ssize_t from_pipe(ssize_t len)
{
	ssize_t done = 0;

	while (done < len) {
		ssize_t n = splice(pipe_fds[0], NULL, sock, NULL, len - done, 0);

		if (n <= 0)
			return -1;
		done += n;
	}
	return len;
}

static ssize_t by_splice(size_t at, size_t len)
{
	off_t offset = at;
	ssize_t n = splice(file, &offset, pipe_fds[1], NULL, len, 0);

	return n > 0 ? from_pipe(n) : n;
}

static ssize_t by_vmsplice(size_t at, size_t len)
{
	struct iovec iov = { data + at, len };
	ssize_t n = vmsplice(pipe_fds[1], &iov, 1, 0);

	return n > 0 ? from_pipe(n) : n;
}

static ssize_t by_tee(size_t at, size_t len)
{
	off_t offset = at;
	int other[2];
	ssize_t n;

	if (pipe(other))
		return -1;
	n = splice(file, &offset, other[1], NULL, len, 0);
	if (n > 0)
		n = tee(other[0], pipe_fds[1], n, 0);
	close(other[0]);
	close(other[1]);
	return n > 0 ? from_pipe(n) : n;
}

static ssize_t uring_wait(void)
{
	struct io_uring_cqe *cqe;
	int res = io_uring_submit_and_wait(&ring, 1);

	if (res < 0 || io_uring_peek_cqe(&ring, &cqe))
		return -1;
	res = cqe->res;
	io_uring_cqe_seen(&ring, cqe);
	return res;
}

static ssize_t by_uring_write(size_t at, size_t len)
{
	io_uring_prep_write(io_uring_get_sqe(&ring), sock, data + at, len, 0);
	return uring_wait();
}

static ssize_t by_uring_send(size_t at, size_t len)
{
	io_uring_prep_send(io_uring_get_sqe(&ring), sock, data + at, len, 0);
	return uring_wait();
}

/* Pages that were registered once. */
static ssize_t by_uring_fixed(size_t at, size_t len)
{
	io_uring_prep_write_fixed(io_uring_get_sqe(&ring), sock, data + at, len, 0, 0);
	return uring_wait();
}

static ssize_t by_uring_splice(size_t at, size_t len)
{
	off_t offset = at;
	ssize_t done = 0, n = splice(file, &offset, pipe_fds[1], NULL, len, 0);

	while (done < n) {
		ssize_t taken;

		io_uring_prep_splice(io_uring_get_sqe(&ring), pipe_fds[0], -1, sock, -1,
				     n - done, 0);
		taken = uring_wait();
		if (taken <= 0)
			return -1;
		done += taken;
	}
	return n;
}

static const struct method {
	const char *name;
	ssize_t (*call)(size_t at, size_t len);
} methods[] = {
	{ "write", by_write },
	{ "send", by_send },
	{ "more", by_more },
	{ "writev", by_writev },
	{ "sendmsg", by_sendmsg },
	{ "sendmmsg", by_sendmmsg },
	{ "sendfile", by_sendfile },
	{ "splice", by_splice },
	{ "vmsplice", by_vmsplice },
	{ "tee", by_tee },
	{ "uring-write", by_uring_write },
	{ "uring-send", by_uring_send },
	{ "uring-fixed", by_uring_fixed },
	{ "uring-splice", by_uring_splice },
};

static const struct method *find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (!strcmp(methods[i].name, name))
			return &methods[i];
	errx(2, "unknown method %s", name);
}

/* Memory of our own: registered pages may not be a file's. */
static size_t load(void)
{
	struct stat st;
	size_t done = 0;

	if (fstat(file, &st))
		err(1, "fstat");
	data = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (data == MAP_FAILED)
		err(1, "mmap");
	while (done < (size_t)st.st_size) {
		ssize_t n = pread(file, data + done, st.st_size - done, done);

		if (n <= 0)
			err(1, "pread");
		done += n;
	}
	return done;
}

static void setup_ring(size_t size)
{
	struct iovec iov = { data, size };
	int res = io_uring_queue_init(4, &ring, 0);

	if (res)
		errx(1, "io_uring_queue_init: %s", strerror(-res));
	res = io_uring_register_buffers(&ring, &iov, 1);
	if (res)
		errx(1, "io_uring_register_buffers: %s", strerror(-res));
}

static void make_it_fail(void)
{
	int fd = open("/proc/self/make-it-fail", O_WRONLY);

	if (fd < 0 || write(fd, "1", 1) != 1)
		err(1, "/proc/self/make-it-fail");
}

int main(int argc, char **argv)
{
	const struct method *method;
	size_t at = 0, size, chunk;

	if (argc != 5)
		errx(2, "usage: path SOCKET FILE METHOD CHUNK");
	sock = atoi(argv[1]);
	file = atoi(argv[2]);
	method = find(argv[3]);
	chunk = strtoul(argv[4], NULL, 0);
	size = load();
	if (pipe(pipe_fds))
		err(1, "pipe");
	if (!strncmp(method->name, "uring", 5))
		setup_ring(size);
	if (getenv("PATH_FAIL"))
		make_it_fail();
	while (at < size) {
		size_t len = size - at < chunk ? size - at : chunk;
		ssize_t n = method->call(at, len);

		if (n < 0 && errno == ENOMEM && getenv("PATH_FAIL"))
			continue;
		if (n <= 0)
			err(1, "%s at octet %zu of %zu: %zd", method->name, at, size, n);
		at += n;
	}
	return 0;
}
