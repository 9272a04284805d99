// SPDX-License-Identifier: GPL-2.0
/* splice, vmsplice, tee and sendfile: the octets right, the sources untouched. */
#define STREAM splice
#include "stream.h"

#include <sys/mman.h>
#include <sys/sendfile.h>

static __u8 buf[1024 * 1024];

/* A pipe with @len octets of the stream in it. */
static int pipe_with(int p[2], __u64 pos, size_t len)
{
	if (pipe(p))
		return -1;
	if (fcntl(p[1], F_SETPIPE_SZ, 1024 * 1024) < 0)
		return -1;
	return pattern_send(p[1], pos, len) == (ssize_t)len ? 0 : -1;
}

static bool file_ok(int fd, size_t len, __u64 pos)
{
	void *map = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
	bool ok = map != MAP_FAILED && pattern_ok(map, len, pos);

	munmap(map, len);
	return ok && pread(fd, buf, len, 0) == (ssize_t)len && pattern_ok(buf, len, pos);
}

TEST_F(splice, from_pipe)
{
	int p[2];

	ASSERT_EQ(0, pipe_with(p, 0, 16384));
	EXPECT_EQ(16384, splice(p[0], NULL, self->a, NULL, 16384, 0));
	EXPECT_EQ(16384, pattern_recv(self->b, 0, 16384));
}

TEST_F(splice, from_two_pipes)
{
	int p[2], q[2];

	ASSERT_EQ(0, pipe_with(p, 0, 8000));
	ASSERT_EQ(0, pipe_with(q, 8000, 8000));
	EXPECT_EQ(8000, splice(p[0], NULL, self->a, NULL, 8000, 0));
	EXPECT_EQ(8000, splice(q[0], NULL, self->a, NULL, 8000, 0));
	EXPECT_EQ(16000, pattern_recv(self->b, 0, 16000));
}

TEST_F(splice, octet_by_octet_with_more)
{
	unsigned int flags = SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT;
	int p[2];

	ASSERT_EQ(0, pipe_with(p, 0, 1000));
	for (int i = 0; i < 32; i++)
		EXPECT_EQ(1, splice(p[0], NULL, self->a, NULL, 1, flags));
	EXPECT_EQ(968, splice(p[0], NULL, self->a, NULL, 968, 0));
	EXPECT_EQ(1000, pattern_recv(self->b, 0, 1000));
}

TEST_F(splice, half_a_megabyte_from_pipe)
{
	struct job job;
	size_t left = 500000;
	ssize_t n;
	int p[2];

	ASSERT_EQ(0, pipe_with(p, 0, left));
	job_start(&job, pattern_recv, self->b, 0, left);
	while (left) {
		n = splice(p[0], NULL, self->a, NULL, left, SPLICE_F_MORE);
		ASSERT_LT(0, n);
		left -= n;
	}
	shutdown(self->a, SHUT_WR);
	EXPECT_EQ(500000, job_join(&job));
}

TEST_F(splice, after_send)
{
	int p[2];

	EXPECT_EQ(10, pattern_send(self->a, 0, 10));
	EXPECT_EQ(10, pattern_recv(self->b, 0, 10));
	ASSERT_EQ(0, pipe_with(p, 10, 16384));
	EXPECT_EQ(16384, splice(p[0], NULL, self->a, NULL, 16384, 0));
	EXPECT_EQ(5, pattern_send(self->a, 16394, 5));
	EXPECT_EQ(16389, pattern_recv(self->b, 10, 16389));
}

TEST_F(splice, to_pipe)
{
	int p[2];

	ASSERT_EQ(0, pipe_with(p, 0, 0));
	EXPECT_EQ(16384, pattern_send(self->a, 0, 16384));
	EXPECT_EQ(16384, wait_queued(self->b, 16384));
	EXPECT_EQ(16384, splice(self->b, NULL, p[1], NULL, 16384, 0));
	EXPECT_EQ(16384, pattern_recv(p[0], 0, 16384));
}

TEST_F(splice, to_pipe_after_recv)
{
	int p[2];

	ASSERT_EQ(0, pipe_with(p, 0, 0));
	EXPECT_EQ(16384, pattern_send(self->a, 0, 16384));
	EXPECT_EQ(16384, wait_queued(self->b, 16384));
	EXPECT_EQ(8192, pattern_recv(self->b, 0, 8192));
	EXPECT_EQ(8192, splice(self->b, NULL, p[1], NULL, 8192, SPLICE_F_NONBLOCK));
	EXPECT_EQ(8192, pattern_recv(p[0], 8192, 8192));
}

TEST_F(splice, to_pipe_after_peek)
{
	ssize_t done = 0, n;
	int p[2];

	ASSERT_EQ(0, pipe_with(p, 0, 0));
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(4096, pattern_send(self->a, i * 4096, 4096));
	EXPECT_EQ(10240, recv(self->b, buf, 10240, MSG_WAITALL | MSG_PEEK));
	EXPECT_TRUE(pattern_ok(buf, 10240, 0));
	while (done < 16384) {
		n = splice(self->b, NULL, p[1], NULL, 16384 - done, 0);
		ASSERT_LT(0, n);
		done += n;
	}
	EXPECT_EQ(16384, pattern_recv(p[0], 0, 16384));
}

TEST_F(splice, empty_socket_is_eagain)
{
	int p[2];

	ASSERT_EQ(0, pipe_with(p, 0, 0));
	set_nonblock(self->b);
	EXPECT_ERRNO(EAGAIN, splice(self->b, NULL, p[1], NULL, 100, 0));
	EXPECT_EQ(7, pattern_send(self->a, 0, 7));
	EXPECT_EQ(7, wait_queued(self->b, 7));
	EXPECT_EQ(7, splice(self->b, NULL, p[1], NULL, 100, SPLICE_F_NONBLOCK));
	EXPECT_EQ(7, pattern_recv(p[0], 0, 7));
}

static int pipe_end;

static ssize_t splice_without_waiting(int fd, __u64 pos, size_t len)
{
	(void)pos;
	return splice(fd, NULL, pipe_end, NULL, len, SPLICE_F_NONBLOCK);
}

/* That is said of the pipe. A socket that blocks is waited for. */
TEST_F(splice, nonblock_is_the_pipes)
{
	struct job job;
	int p[2];

	ASSERT_EQ(0, pipe_with(p, 0, 0));
	pipe_end = p[1];
	job_start(&job, splice_without_waiting, self->b, 0, 100);
	EXPECT_TRUE(job_asleep(&job));
	EXPECT_EQ(7, pattern_send(self->a, 0, 7));
	EXPECT_EQ(7, job_join(&job));
	EXPECT_EQ(7, pattern_recv(p[0], 0, 7));
}

TEST_F(splice, end_of_stream_is_zero)
{
	int p[2];

	ASSERT_EQ(0, pipe_with(p, 0, 0));
	EXPECT_EQ(7, pattern_send(self->a, 0, 7));
	shutdown(self->a, SHUT_WR);
	EXPECT_EQ(7, wait_queued(self->b, 7));
	EXPECT_EQ(7, splice(self->b, NULL, p[1], NULL, 100, 0));
	EXPECT_EQ(0, splice(self->b, NULL, p[1], NULL, 100, 0));
	EXPECT_EQ(7, pattern_recv(p[0], 0, 7));
}

/* What a pipe of one page cannot hold stays in the socket. */
TEST_F(splice, full_pipe_loses_nothing)
{
	ssize_t done = 0, n;
	int p[2];

	ASSERT_EQ(0, pipe(p));
	ASSERT_LE(0, fcntl(p[1], F_SETPIPE_SZ, 4096));
	EXPECT_EQ(30000, pattern_send(self->a, 0, 30000));
	EXPECT_EQ(30000, wait_queued(self->b, 30000));
	while (done < 30000) {
		n = splice(self->b, NULL, p[1], NULL, 30000, SPLICE_F_NONBLOCK);
		ASSERT_LT(0, n);
		EXPECT_EQ(30000 - done - n, readable(self->b, 30001));
		ASSERT_EQ(n, pattern_recv(p[0], done, n));
		done += n;
	}
}

TEST_F(splice, into_full_socket_is_partial)
{
	ssize_t done, n;
	int p[2];

	shrink(self->a, self->b);
	done = pattern_fill_up(self->a, 0);
	ASSERT_EQ(0, pipe_with(p, done, 200000));
	set_nonblock(self->a);
	EXPECT_ERRNO(EAGAIN, splice(p[0], NULL, self->a, NULL, 200000, SPLICE_F_NONBLOCK));
	EXPECT_EQ(done, pattern_recv(self->b, 0, done));
	EXPECT_EQ(POLLOUT, poll_for(self->a, POLLOUT, 10000));
	n = splice(p[0], NULL, self->a, NULL, 200000, SPLICE_F_NONBLOCK);
	EXPECT_LT(0, n);
	EXPECT_EQ(n, pattern_recv(self->b, done, n));
	EXPECT_EQ(200000 - n, queued(p[0]));
	EXPECT_EQ(200000 - n, pattern_recv(p[0], done + n, 200000 - n));
}

TEST_F(splice, to_file)
{
	int fd = pattern_file(0, 0);
	int p[2];

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pipe_with(p, 0, 0));
	EXPECT_EQ(20000, pattern_send(self->a, 0, 20000));
	EXPECT_EQ(20000, wait_queued(self->b, 20000));
	EXPECT_EQ(20000, splice(self->b, NULL, p[1], NULL, 20000, 0));
	EXPECT_EQ(20000, splice(p[0], NULL, fd, NULL, 20000, 0));
	EXPECT_TRUE(file_ok(fd, 20000, 0));
}

TEST_F(splice, from_socket_to_socket)
{
	int other[2], p[2];

	ASSERT_EQ(0, pair_open(variant->family, other));
	if (variant->cipher)
		ASSERT_EQ(0, pair_encrypt(other, variant->cipher));
	ASSERT_EQ(0, pipe_with(p, 0, 0));
	EXPECT_EQ(20000, pattern_send(self->a, 0, 20000));
	EXPECT_EQ(20000, wait_queued(self->b, 20000));
	EXPECT_EQ(20000, splice(self->b, NULL, p[1], NULL, 20000, 0));
	EXPECT_EQ(20000, splice(p[0], NULL, other[0], NULL, 20000, 0));
	EXPECT_EQ(20000, pattern_recv(other[1], 0, 20000));
}

TEST_F(splice, tee_keeps_the_other_copy)
{
	int p[2], q[2];

	ASSERT_EQ(0, pipe_with(p, 0, 8000));
	ASSERT_EQ(0, pipe_with(q, 0, 0));
	EXPECT_EQ(8000, tee(p[0], q[1], 8000, 0));
	EXPECT_EQ(8000, splice(p[0], NULL, self->a, NULL, 8000, 0));
	EXPECT_EQ(8000, pattern_recv(self->b, 0, 8000));
	EXPECT_EQ(8000, pattern_recv(q[0], 0, 8000));
}

TEST_F(splice, tee_into_two_sockets)
{
	int p[2], q[2];

	ASSERT_EQ(0, pipe_with(p, 0, 8000));
	ASSERT_EQ(0, pipe_with(q, 0, 0));
	EXPECT_EQ(8000, tee(p[0], q[1], 8000, 0));
	EXPECT_EQ(8000, splice(p[0], NULL, self->a, NULL, 8000, 0));
	EXPECT_EQ(8000, splice(q[0], NULL, self->b, NULL, 8000, 0));
	EXPECT_EQ(8000, pattern_recv(self->b, 0, 8000));
	EXPECT_EQ(8000, pattern_recv(self->a, 0, 8000));
}

TEST_F(splice, vmsplice_leaves_the_pages_alone)
{
	void *map = mmap(NULL, 65536, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec iov = { .iov_base = map, .iov_len = 65536 };
	int p[2];

	pattern_fill(map, 65536, 0);
	ASSERT_EQ(0, pipe_with(p, 0, 0));
	EXPECT_EQ(65536, vmsplice(p[1], &iov, 1, SPLICE_F_GIFT));
	EXPECT_EQ(65536, splice(p[0], NULL, self->a, NULL, 65536, 0));
	EXPECT_EQ(65536, pattern_recv(self->b, 0, 65536));
	EXPECT_TRUE(pattern_ok(map, 65536, 0));
}

TEST_F(splice, file_pages_stay_as_they_are)
{
	int fd = pattern_file(100000, 0);
	int p[2];

	ASSERT_EQ(0, pipe_with(p, 0, 0));
	EXPECT_EQ(60000, splice(fd, NULL, p[1], NULL, 60000, 0));
	EXPECT_EQ(60000, splice(p[0], NULL, self->a, NULL, 60000, 0));
	EXPECT_EQ(60000, pattern_recv(self->b, 0, 60000));
	EXPECT_TRUE(file_ok(fd, 100000, 0));
}

TEST_F(splice, sendfile_leaves_the_page_cache_alone)
{
	int fd = pattern_file(300000, 0);
	struct job job;

	ASSERT_LE(0, fd);
	job_start(&job, pattern_recv, self->b, 0, 300000);
	EXPECT_EQ(300000, sendfile(self->a, fd, NULL, 300000));
	EXPECT_EQ(300000, job_join(&job));
	EXPECT_TRUE(file_ok(fd, 300000, 0));
}

TEST_F(splice, sendfile_of_memory)
{
	int fd = memfd_create("selftest", 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(50000, pattern_send(fd, 0, 50000));
	lseek(fd, 0, SEEK_SET);
	EXPECT_EQ(50000, sendfile(self->a, fd, NULL, 50000));
	EXPECT_EQ(50000, pattern_recv(self->b, 0, 50000));
	EXPECT_TRUE(file_ok(fd, 50000, 0));
}

TEST_F(splice, sendfile_after_send)
{
	int fd = pattern_file(50000, 10);

	EXPECT_EQ(10, pattern_send(self->a, 0, 10));
	EXPECT_EQ(50000, sendfile(self->a, fd, NULL, 50000));
	EXPECT_EQ(10, pattern_send(self->a, 50010, 10));
	EXPECT_EQ(50020, pattern_recv(self->b, 0, 50020));
}

static const struct {
	int chunk;
	int total;
} chunked[] = {
	{ 4096, 8192 }, { 4096, 4096 }, { 4096, 4097 }, { 4096, 6144 }, { 8192, 10240 },
	{ 4096, 12288 }, { 8192, 12288 }, { 12288, 13312 }, { 12288, 14288 }, { 15360, 15460 },
	{ 1, 500 }, { 2048, 6144 }, { 1024, 13312 }, { 2000, 14288 }, { 100, 15460 },
};

TEST_F(splice, sendfile_in_chunks)
{
	__u64 pos = 0;

	for (size_t i = 0; i < ARRAY_SIZE(chunked); i++) {
		int fd = pattern_file(chunked[i].total, pos);
		off_t off = 0;

		while (off < chunked[i].total)
			REQUIRE(sendfile(self->a, fd, &off, chunked[i].chunk) > 0);
		ASSERT_EQ(chunked[i].total, pattern_recv(self->b, pos, chunked[i].total));
		pos += chunked[i].total;
		close(fd);
	}
}

TEST_F(splice, sendfile_moves_the_offset)
{
	int fd = pattern_file(10000, 0);
	off_t off = 1000;

	EXPECT_EQ(2000, sendfile(self->a, fd, &off, 2000));
	EXPECT_EQ(3000, off);
	EXPECT_EQ(0, lseek(fd, 0, SEEK_CUR));
	EXPECT_EQ(2000, pattern_recv(self->b, 1000, 2000));
	EXPECT_EQ(7000, sendfile(self->a, fd, &off, 50000));
	EXPECT_EQ(0, sendfile(self->a, fd, &off, 50000));
	EXPECT_EQ(7000, pattern_recv_once(self->b, 3000, 50000));
}

TEST_F(splice, sendfile_nonblocking_partial)
{
	int fd = pattern_file(1000000, 0);
	off_t off = 0;
	ssize_t n;

	shrink(self->a, self->b);
	set_nonblock(self->a);
	n = sendfile(self->a, fd, &off, 1000000);
	EXPECT_LT(0, n);
	EXPECT_GT(1000000, n);
	EXPECT_EQ(n, off);
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
	EXPECT_EQ(0, queued(self->b));
	EXPECT_EQ(9, pattern_send(self->a, n, 9));
	EXPECT_EQ(9, pattern_recv(self->b, n, 9));
}

static ssize_t send_file(int fd, __u64 pos, size_t len)
{
	return sendfile(fd, pattern_file(len, pos), NULL, len);
}

TEST_F(splice, sendfile_signalled)
{
	struct job job;
	ssize_t n;

	catch_signal(SIGUSR1, false);
	shrink(self->a, self->b);
	job_start(&job, send_file, self->a, 0, 1000000);
	ASSERT_TRUE(job_asleep(&job));
	job_signal(&job, SIGUSR1);
	n = job_join(&job);
	EXPECT_LT(0, n);
	EXPECT_GT(1000000, n);
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
	EXPECT_EQ(0, queued(self->b));
}

TEST_F(splice, after_shutdown_is_epipe)
{
	int fd = pattern_file(1000, 0);
	int p[2];

	ASSERT_EQ(0, pipe_with(p, 0, 1000));
	catch_signal(SIGPIPE, false);
	shutdown(self->a, SHUT_WR);
	EXPECT_ERRNO(EPIPE, splice(p[0], NULL, self->a, NULL, 1000, 0));
	EXPECT_ERRNO(EPIPE, sendfile(self->a, fd, NULL, 1000));
}

TEST_HARNESS_MAIN
