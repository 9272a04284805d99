// SPDX-License-Identifier: GPL-2.0
/* io_uring reaches the socket by other ways than system calls do. */
#define STREAM iouring
#include "stream.h"

#include <liburing.h>
#include <sys/mman.h>

static struct io_uring ring;
static __u8 buf[1024 * 1024];

static bool ring_open(int flags)
{
	return !io_uring_queue_init(16, &ring, flags);
}

/* The result of what was prepared last, or of what ends next. */
static int ring_wait(void)
{
	struct io_uring_cqe *cqe;
	int res;

	io_uring_submit(&ring);
	if (io_uring_wait_cqe(&ring, &cqe))
		return -ETIME;
	res = cqe->res;
	io_uring_cqe_seen(&ring, cqe);
	return res;
}

static struct io_uring_sqe *sqe(void)
{
	return io_uring_get_sqe(&ring);
}

TEST_F(iouring, send_and_recv)
{
	ASSERT_TRUE(ring_open(0));
	pattern_fill(buf, 5000, 0);
	io_uring_prep_send(sqe(), self->a, buf, 5000, 0);
	EXPECT_EQ(5000, ring_wait());
	EXPECT_EQ(5000, wait_queued(self->b, 5000));
	memset(buf, 0, 5000);
	io_uring_prep_recv(sqe(), self->b, buf, sizeof(buf), 0);
	EXPECT_EQ(5000, ring_wait());
	EXPECT_TRUE(pattern_ok(buf, 5000, 0));
}

TEST_F(iouring, write_and_read)
{
	ASSERT_TRUE(ring_open(0));
	pattern_fill(buf, 5000, 0);
	io_uring_prep_write(sqe(), self->a, buf, 5000, 0);
	EXPECT_EQ(5000, ring_wait());
	EXPECT_EQ(5000, wait_queued(self->b, 5000));
	memset(buf, 0, 5000);
	io_uring_prep_read(sqe(), self->b, buf, sizeof(buf), 0);
	EXPECT_EQ(5000, ring_wait());
	EXPECT_TRUE(pattern_ok(buf, 5000, 0));
}

TEST_F(iouring, writev_and_readv)
{
	struct iovec iov[3] = {
		{ .iov_base = buf, .iov_len = 1 },
		{ .iov_base = buf + 1, .iov_len = 4000 },
		{ .iov_base = buf + 4001, .iov_len = 999 },
	};

	ASSERT_TRUE(ring_open(0));
	pattern_fill(buf, 5000, 0);
	io_uring_prep_writev(sqe(), self->a, iov, 3, 0);
	EXPECT_EQ(5000, ring_wait());
	EXPECT_EQ(5000, wait_queued(self->b, 5000));
	memset(buf, 0, 5000);
	io_uring_prep_readv(sqe(), self->b, iov, 3, 0);
	EXPECT_EQ(5000, ring_wait());
	EXPECT_TRUE(pattern_ok(buf, 5000, 0));
}

TEST_F(iouring, sendmsg_and_recvmsg)
{
	struct iovec iov = { .iov_base = buf, .iov_len = 5000 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	ASSERT_TRUE(ring_open(0));
	pattern_fill(buf, 5000, 0);
	io_uring_prep_sendmsg(sqe(), self->a, &msg, 0);
	EXPECT_EQ(5000, ring_wait());
	EXPECT_EQ(5000, wait_queued(self->b, 5000));
	memset(buf, 0, 5000);
	io_uring_prep_recvmsg(sqe(), self->b, &msg, 0);
	EXPECT_EQ(5000, ring_wait());
	EXPECT_TRUE(pattern_ok(buf, 5000, 0));
}

/* Not of the program's file, as @buf may be in part: such memory cannot be registered. */
TEST_F(iouring, registered_buffers)
{
	void *map = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec iov = { .iov_base = map, .iov_len = 65536 };

	ASSERT_TRUE(ring_open(0));
	ASSERT_EQ(0, io_uring_register_buffers(&ring, &iov, 1));
	pattern_fill(map, 5000, 0);
	io_uring_prep_write_fixed(sqe(), self->a, map, 5000, 0, 0);
	EXPECT_EQ(5000, ring_wait());
	EXPECT_TRUE(pattern_ok(map, 5000, 0));
	EXPECT_EQ(5000, wait_queued(self->b, 5000));
	memset(map, 0, 5000);
	io_uring_prep_read_fixed(sqe(), self->b, map, 65536, 0, 0);
	EXPECT_EQ(5000, ring_wait());
	EXPECT_TRUE(pattern_ok(map, 5000, 0));
}

TEST_F(iouring, recv_submitted_before_the_octets_come)
{
	ASSERT_TRUE(ring_open(0));
	io_uring_prep_recv(sqe(), self->b, buf, 1000, 0);
	io_uring_submit(&ring);
	pause_ms(20);
	EXPECT_EQ(700, pattern_send(self->a, 0, 700));
	EXPECT_EQ(700, ring_wait());
	EXPECT_TRUE(pattern_ok(buf, 700, 0));
}

TEST_F(iouring, recv_all)
{
	struct job job;

	ASSERT_TRUE(ring_open(0));
	io_uring_prep_recv(sqe(), self->b, buf, sizeof(buf), MSG_WAITALL);
	io_uring_submit(&ring);
	job_start(&job, pattern_send, self->a, 0, sizeof(buf));
	EXPECT_EQ(sizeof(buf), ring_wait());
	EXPECT_TRUE(pattern_ok(buf, sizeof(buf), 0));
	EXPECT_EQ(sizeof(buf), job_join(&job));
}

TEST_F(iouring, send_all)
{
	struct job job;

	shrink(self->a, self->b);
	ASSERT_TRUE(ring_open(0));
	pattern_fill(buf, sizeof(buf), 0);
	io_uring_prep_send(sqe(), self->a, buf, sizeof(buf), MSG_WAITALL);
	io_uring_submit(&ring);
	job_start(&job, pattern_recv, self->b, 0, sizeof(buf));
	EXPECT_EQ(sizeof(buf), ring_wait());
	EXPECT_EQ(sizeof(buf), job_join(&job));
}

TEST_F(iouring, send_takes_a_part)
{
	int n;

	shrink(self->a, self->b);
	set_nonblock(self->a);
	ASSERT_TRUE(ring_open(0));
	pattern_fill(buf, sizeof(buf), 0);
	io_uring_prep_send(sqe(), self->a, buf, sizeof(buf), MSG_DONTWAIT);
	n = ring_wait();
	EXPECT_LT(0, n);
	EXPECT_GT(sizeof(buf), n);
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
	EXPECT_EQ(0, queued(self->b));
}

TEST_F(iouring, worker_thread)
{
	struct io_uring_sqe *e;

	ASSERT_TRUE(ring_open(0));
	pattern_fill(buf, 5000, 0);
	e = sqe();
	io_uring_prep_send(e, self->a, buf, 5000, 0);
	e->flags |= IOSQE_ASYNC;
	EXPECT_EQ(5000, ring_wait());
	EXPECT_EQ(5000, wait_queued(self->b, 5000));
	memset(buf, 0, 5000);
	e = sqe();
	io_uring_prep_recv(e, self->b, buf, sizeof(buf), 0);
	e->flags |= IOSQE_ASYNC;
	EXPECT_EQ(5000, ring_wait());
	EXPECT_TRUE(pattern_ok(buf, 5000, 0));
}

TEST_F(iouring, kernel_polls_the_ring)
{
	ASSERT_TRUE(ring_open(IORING_SETUP_SQPOLL));
	pattern_fill(buf, 5000, 0);
	io_uring_prep_send(sqe(), self->a, buf, 5000, 0);
	EXPECT_EQ(5000, ring_wait());
	EXPECT_EQ(5000, pattern_recv(self->b, 0, 5000));
}

TEST_F(iouring, linked_sends_keep_their_order)
{
	struct io_uring_sqe *e;

	ASSERT_TRUE(ring_open(0));
	pattern_fill(buf, 8000, 0);
	for (int i = 0; i < 8; i++) {
		e = sqe();
		io_uring_prep_send(e, self->a, buf + i * 1000, 1000, MSG_WAITALL);
		if (i < 7)
			e->flags |= IOSQE_IO_LINK;
	}
	for (int i = 0; i < 8; i++)
		EXPECT_EQ(1000, ring_wait());
	EXPECT_EQ(8000, pattern_recv(self->b, 0, 8000));
}

TEST_F(iouring, splice_in_and_out)
{
	int p[2];

	ASSERT_EQ(0, pipe(p));
	ASSERT_TRUE(ring_open(0));
	EXPECT_EQ(5000, pattern_send(p[1], 0, 5000));
	io_uring_prep_splice(sqe(), p[0], -1, self->a, -1, 5000, 0);
	EXPECT_EQ(5000, ring_wait());
	EXPECT_EQ(5000, wait_queued(self->b, 5000));
	io_uring_prep_splice(sqe(), self->b, -1, p[1], -1, 5000, 0);
	EXPECT_EQ(5000, ring_wait());
	EXPECT_EQ(5000, pattern_recv(p[0], 0, 5000));
}

TEST_F(iouring, multishot_recv_into_provided_buffers)
{
	struct io_uring_sqe *e;
	struct io_uring_cqe *cqe;
	int got = 0;

	ASSERT_TRUE(ring_open(0));
	io_uring_prep_provide_buffers(sqe(), buf, 1000, 16, 1, 0);
	EXPECT_LE(0, ring_wait());
	e = sqe();
	io_uring_prep_recv_multishot(e, self->b, NULL, 0, 0);
	e->flags |= IOSQE_BUFFER_SELECT;
	e->buf_group = 1;
	io_uring_submit(&ring);
	for (int i = 0; i < 5; i++)
		EXPECT_EQ(500, pattern_send(self->a, i * 500, 500));
	while (got < 2500) {
		ASSERT_EQ(0, io_uring_wait_cqe(&ring, &cqe));
		ASSERT_LT(0, cqe->res);
		EXPECT_TRUE(pattern_ok(buf + (cqe->flags >> IORING_CQE_BUFFER_SHIFT) * 1000,
				       cqe->res, got));
		got += cqe->res;
		io_uring_cqe_seen(&ring, cqe);
	}
	EXPECT_EQ(2500, got);
}

TEST_F(iouring, poll)
{
	ASSERT_TRUE(ring_open(0));
	io_uring_prep_poll_add(sqe(), self->b, POLLIN);
	io_uring_submit(&ring);
	EXPECT_EQ(10, pattern_send(self->a, 0, 10));
	EXPECT_EQ(POLLIN, ring_wait() & POLLIN);
	EXPECT_EQ(10, pattern_recv(self->b, 0, 10));
}

TEST_F(iouring, zero_copy_send_is_refused)
{
	ASSERT_TRUE(ring_open(0));
	if (!variant->cipher)
		SKIP(return, "plain TCP allows it");
	pattern_fill(buf, 5000, 0);
	io_uring_prep_send_zc(sqe(), self->a, buf, 5000, 0, 0);
	EXPECT_EQ(-EOPNOTSUPP, ring_wait());
	EXPECT_EQ(0, queued(self->b));
	EXPECT_EQ(100, pattern_send(self->a, 0, 100));
	EXPECT_EQ(100, pattern_recv(self->b, 0, 100));
}

TEST_F(iouring, zero_copy_sendmsg_is_refused)
{
	struct iovec iov = { .iov_base = buf, .iov_len = 5000 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	ASSERT_TRUE(ring_open(0));
	if (!variant->cipher)
		SKIP(return, "plain TCP allows it");
	io_uring_prep_sendmsg_zc(sqe(), self->a, &msg, 0);
	EXPECT_EQ(-EOPNOTSUPP, ring_wait());
	EXPECT_EQ(0, queued(self->b));
	EXPECT_EQ(100, pattern_send(self->a, 0, 100));
	EXPECT_EQ(100, pattern_recv(self->b, 0, 100));
}

TEST_HARNESS_MAIN
