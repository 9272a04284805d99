// SPDX-License-Identifier: GPL-2.0
/* MSG_PEEK shows the same octets as often as asked and takes none. */
#define STREAM peek
#include "stream.h"

static __u8 buf[1024 * 1024];

static bool arrive(int from, int to, __u64 pos, size_t len)
{
	return pattern_send(from, pos, len) == (ssize_t)len && wait_queued(to, len) >= 0;
}

static bool peek_ok(int fd, size_t len, int flags)
{
	memset(buf, 0, len);
	return recv(fd, buf, len, MSG_PEEK | flags) == (ssize_t)len && pattern_ok(buf, len, 0);
}

TEST_F(peek, then_recv)
{
	ASSERT_TRUE(arrive(self->a, self->b, 0, 15));
	EXPECT_TRUE(peek_ok(self->b, 15, 0));
	EXPECT_EQ(15, pattern_recv(self->b, 0, 15));
}

TEST_F(peek, a_hundred_times)
{
	ASSERT_TRUE(arrive(self->a, self->b, 0, 5000));
	for (int i = 1; i <= 100; i++)
		REQUIRE(peek_ok(self->b, i * 50, 0));
	EXPECT_EQ(5000, queued(self->b));
	EXPECT_EQ(5000, pattern_recv(self->b, 0, 5000));
}

TEST_F(peek, across_segments)
{
	opt_set(self->a, SOL_TCP, TCP_NODELAY, 1);
	for (int i = 0; i < 20; i++)
		REQUIRE(arrive(self->a, self->b, i * 300, 300));
	EXPECT_EQ(6000, wait_queued(self->b, 6000));
	for (int len = 1; len <= 6000; len += 299)
		EXPECT_TRUE(peek_ok(self->b, len, 0));
	EXPECT_TRUE(peek_ok(self->b, 6000, 0));
	EXPECT_EQ(6000, pattern_recv(self->b, 0, 6000));
}

TEST_F(peek, across_large_segments)
{
	ASSERT_TRUE(arrive(self->a, self->b, 0, 60000));
	EXPECT_EQ(60000, wait_queued(self->b, 60000));
	EXPECT_TRUE(peek_ok(self->b, 60000, MSG_WAITALL));
	EXPECT_TRUE(peek_ok(self->b, 59999, 0));
	EXPECT_EQ(60000, pattern_recv(self->b, 0, 60000));
}

TEST_F(peek, waitall_over_two_sends)
{
	ASSERT_TRUE(arrive(self->a, self->b, 0, 14));
	ASSERT_TRUE(arrive(self->a, self->b, 14, 11));
	EXPECT_TRUE(peek_ok(self->b, 14, MSG_WAITALL));
	EXPECT_TRUE(peek_ok(self->b, 25, MSG_WAITALL));
	EXPECT_EQ(25, pattern_recv(self->b, 0, 25));
}

static ssize_t peek_waitall(int fd, __u64 pos, size_t len)
{
	(void)pos;
	return peek_ok(fd, len, MSG_WAITALL) ? (ssize_t)len : -1;
}

TEST_F(peek, waitall_waits)
{
	struct job job;

	ASSERT_TRUE(arrive(self->a, self->b, 0, 100));
	job_start(&job, peek_waitall, self->b, 0, 300);
	EXPECT_TRUE(job_asleep(&job));
	EXPECT_EQ(200, pattern_send(self->a, 100, 200));
	EXPECT_EQ(300, job_join(&job));
	EXPECT_EQ(300, pattern_recv(self->b, 0, 300));
}

TEST_F(peek, waitall_ends_at_fin)
{
	EXPECT_EQ(100, pattern_send(self->a, 0, 100));
	shutdown(self->a, SHUT_WR);
	EXPECT_EQ(100, recv(self->b, buf, 300, MSG_PEEK | MSG_WAITALL));
	EXPECT_TRUE(pattern_ok(buf, 100, 0));
	EXPECT_EQ(100, pattern_recv(self->b, 0, 300));
}

TEST_F(peek, more_than_there_is)
{
	ASSERT_TRUE(arrive(self->a, self->b, 0, 25));
	EXPECT_EQ(25, recv(self->b, buf, 64, MSG_PEEK));
	EXPECT_TRUE(pattern_ok(buf, 25, 0));
	EXPECT_EQ(25, pattern_recv_once(self->b, 0, 64));
}

TEST_F(peek, blocks_until_octets_come)
{
	struct job job;

	job_start(&job, peek_waitall, self->b, 0, 30);
	EXPECT_TRUE(job_asleep(&job));
	EXPECT_EQ(30, pattern_send(self->a, 0, 30));
	EXPECT_EQ(30, job_join(&job));
	EXPECT_EQ(30, queued(self->b));
}

TEST_F(peek, between_reads)
{
	__u64 pos = 0;

	ASSERT_TRUE(arrive(self->a, self->b, 0, 30000));
	for (int n = 1; pos + n < 30000; n += 37) {
		ASSERT_EQ(n, recv(self->b, buf, n, MSG_PEEK));
		ASSERT_TRUE(pattern_ok(buf, n, pos));
		ASSERT_EQ((n + 1) / 2, pattern_recv(self->b, pos, (n + 1) / 2));
		pos += (n + 1) / 2;
	}
	EXPECT_EQ(30000 - pos, pattern_recv(self->b, pos, 30000 - pos));
}

TEST_F(peek, scattered)
{
	struct iovec iov[3] = {
		{ .iov_base = buf, .iov_len = 7 },
		{ .iov_base = buf + 7, .iov_len = 0 },
		{ .iov_base = buf + 7, .iov_len = 500 },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 3 };

	ASSERT_TRUE(arrive(self->a, self->b, 0, 507));
	EXPECT_EQ(507, recvmsg(self->b, &msg, MSG_PEEK));
	EXPECT_TRUE(pattern_ok(buf, 507, 0));
	EXPECT_EQ(507, pattern_recv(self->b, 0, 507));
}

TEST_F(peek, at_end_of_stream)
{
	EXPECT_EQ(10, pattern_send(self->a, 0, 10));
	shutdown(self->a, SHUT_WR);
	EXPECT_EQ(10, wait_queued(self->b, 10));
	EXPECT_TRUE(peek_ok(self->b, 10, 0));
	EXPECT_EQ(10, pattern_recv(self->b, 0, 10));
	EXPECT_EQ(0, recv(self->b, buf, 10, MSG_PEEK));
	EXPECT_EQ(0, recv(self->b, buf, 10, 0));
	EXPECT_EQ(0, recv(self->b, buf, 10, MSG_PEEK));
}

TEST_F(peek, counts_nothing_as_read)
{
	ASSERT_TRUE(arrive(self->a, self->b, 0, 100));
	EXPECT_TRUE(peek_ok(self->b, 60, 0));
	EXPECT_EQ(100, queued(self->b));
	if (variant->cipher)
		EXPECT_EQ(0, xc_octets(self->b, XCRYPT_RX));
	EXPECT_EQ(100, pattern_recv(self->b, 0, 100));
	if (variant->cipher)
		EXPECT_EQ(100, xc_octets(self->b, XCRYPT_RX));
}

TEST_F(peek, does_not_open_the_window)
{
	ssize_t n;

	shrink(self->a, self->b);
	n = pattern_fill_up(self->a, 0);
	ASSERT_LT(100, n);
	EXPECT_TRUE(peek_ok(self->b, 100, 0));
	EXPECT_ERRNO(EAGAIN, send(self->a, buf, 1, MSG_DONTWAIT));
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
}

TEST_HARNESS_MAIN
