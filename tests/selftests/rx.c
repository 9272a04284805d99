// SPDX-License-Identifier: GPL-2.0
/* Receiving: every call, exact counts, the octets unchanged. */
#define STREAM rx
#include "stream.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

static __u8 buf[1024 * 1024];

static void make_iov(struct iovec *iov, size_t count, size_t each)
{
	for (size_t i = 0; i < count; i++) {
		iov[i].iov_base = buf + i * each;
		iov[i].iov_len = each;
	}
}

/* @len octets of the stream wait at @to. */
static bool arrive(int from, int to, __u64 pos, size_t len)
{
	return pattern_send(from, pos, len) == (ssize_t)len && wait_queued(to, len) >= 0;
}

TEST_F(rx, read_gives_what_is_there)
{
	ASSERT_TRUE(arrive(self->a, self->b, 0, 100));
	EXPECT_EQ(100, read(self->b, buf, 1000));
	EXPECT_TRUE(pattern_ok(buf, 100, 0));
}

TEST_F(rx, recv_in_halves)
{
	EXPECT_EQ(32768, pattern_send(self->a, 0, 32768));
	EXPECT_EQ(16384, pattern_recv(self->b, 0, 16384));
	EXPECT_EQ(16384, pattern_recv(self->b, 16384, 16384));
}

TEST_F(rx, two_sends_in_one_recv)
{
	ASSERT_TRUE(arrive(self->a, self->b, 0, 10));
	ASSERT_TRUE(arrive(self->a, self->b, 10, 20));
	EXPECT_EQ(20, recv(self->b, buf, 20, MSG_WAITALL));
	EXPECT_TRUE(pattern_ok(buf, 20, 0));
	EXPECT_EQ(10, recv(self->b, buf, 20, 0));
	EXPECT_TRUE(pattern_ok(buf, 10, 20));
}

TEST_F(rx, uneven_recvs)
{
	ASSERT_TRUE(arrive(self->a, self->b, 0, 15));
	EXPECT_EQ(10, recv(self->b, buf, 10, 0));
	EXPECT_EQ(5, recv(self->b, buf + 10, 10, 0));
	EXPECT_TRUE(pattern_ok(buf, 15, 0));
}

TEST_F(rx, part_then_rest)
{
	ASSERT_TRUE(arrive(self->a, self->b, 0, 18));
	EXPECT_EQ(9, recv(self->b, buf, 9, MSG_WAITALL));
	EXPECT_EQ(8, recv(self->b, buf + 9, 8, MSG_WAITALL));
	EXPECT_EQ(1, queued(self->b));
	EXPECT_EQ(1, recv(self->b, buf + 17, 8, 0));
	EXPECT_TRUE(pattern_ok(buf, 18, 0));
}

TEST_F(rx, one_octet_reads)
{
	EXPECT_EQ(5000, pattern_send(self->a, 0, 5000));
	for (int i = 0; i < 5000; i++)
		REQUIRE(pattern_recv_once(self->b, i, 1) == 1);
	EXPECT_EQ(0, queued(self->b));
}

TEST_F(rx, growing_reads)
{
	struct job job;
	__u64 pos = 0;

	job_start(&job, pattern_send, self->a, 0, 1000 * 999 / 2);
	for (int n = 1; n < 1000; n++) {
		ASSERT_EQ(n, pattern_recv(self->b, pos, n));
		pos += n;
	}
	EXPECT_EQ(1000 * 999 / 2, job_join(&job));
}

TEST_F(rx, unaligned_buffers)
{
	EXPECT_EQ(64000, pattern_send(self->a, 0, 64000));
	for (int i = 0; i < 64; i++) {
		EXPECT_EQ(1000, recv(self->b, buf + i, 1000, MSG_WAITALL));
		EXPECT_TRUE(pattern_ok(buf + i, 1000, i * 1000));
	}
}

TEST_F(rx, nothing_beyond_the_count_is_written)
{
	memset(buf, 0x77, 300);
	ASSERT_TRUE(arrive(self->a, self->b, 0, 200));
	EXPECT_EQ(100, recv(self->b, buf, 100, 0));
	EXPECT_EQ(100, recv(self->b, buf + 100, 200, 0));
	EXPECT_TRUE(pattern_ok(buf, 200, 0));
	for (int i = 200; i < 300; i++)
		EXPECT_EQ(0x77, buf[i]);
}

TEST_F(rx, readv_1024_pieces)
{
	struct iovec iov[1024];

	make_iov(iov, 1024, 16);
	ASSERT_TRUE(arrive(self->a, self->b, 0, 16384));
	EXPECT_EQ(16384, readv(self->b, iov, 1024));
	EXPECT_TRUE(pattern_ok(buf, 16384, 0));
}

TEST_F(rx, readv_with_empty_pieces)
{
	struct iovec iov[5];

	make_iov(iov, 5, 100);
	iov[0].iov_len = 0;
	iov[2].iov_len = 0;
	ASSERT_TRUE(arrive(self->a, self->b, 0, 250));
	EXPECT_EQ(250, readv(self->b, iov, 5));
	EXPECT_TRUE(pattern_ok(buf + 100, 100, 0));
	EXPECT_TRUE(pattern_ok(buf + 300, 100, 100));
	EXPECT_TRUE(pattern_ok(buf + 400, 50, 200));
}

TEST_F(rx, recvmsg_fills_the_header)
{
	struct iovec iov = { .iov_base = buf, .iov_len = 1000 };
	char control[64] = {};
	struct sockaddr_storage name;
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_name = &name, .msg_namelen = sizeof(name),
		.msg_control = control, .msg_controllen = sizeof(control),
	};

	ASSERT_TRUE(arrive(self->a, self->b, 0, 20));
	EXPECT_EQ(20, recvmsg(self->b, &msg, 0));
	EXPECT_TRUE(pattern_ok(buf, 20, 0));
	EXPECT_EQ(0, msg.msg_flags);
	EXPECT_EQ(0, msg.msg_controllen);
	EXPECT_EQ(0, msg.msg_namelen);
}

TEST_F(rx, recvmsg_sixteen_kilo)
{
	struct iovec iov = { .iov_base = buf, .iov_len = 16384 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	ASSERT_TRUE(arrive(self->a, self->b, 0, 16384));
	EXPECT_EQ(16384, recvmsg(self->b, &msg, 0));
	EXPECT_TRUE(pattern_ok(buf, 16384, 0));
}

TEST_F(rx, recvfrom_gives_no_name)
{
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);

	ASSERT_TRUE(arrive(self->a, self->b, 0, 20));
	EXPECT_EQ(20, recvfrom(self->b, buf, 100, 0, (struct sockaddr *)&name, &len));
	EXPECT_TRUE(pattern_ok(buf, 20, 0));
	EXPECT_EQ(0, len);
}

TEST_F(rx, recvmmsg)
{
	struct mmsghdr msgs[5] = {};
	struct iovec iov[5];

	make_iov(iov, 5, 100);
	for (int i = 0; i < 5; i++) {
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	ASSERT_TRUE(arrive(self->a, self->b, 0, 450));
	EXPECT_EQ(5, recvmmsg(self->b, msgs, 5, MSG_DONTWAIT, NULL));
	EXPECT_EQ(100, msgs[3].msg_len);
	EXPECT_EQ(50, msgs[4].msg_len);
	EXPECT_TRUE(pattern_ok(buf, 450, 0));
}

TEST_F(rx, empty_is_eagain)
{
	EXPECT_ERRNO(EAGAIN, recv(self->b, buf, 100, MSG_DONTWAIT));
	EXPECT_ERRNO(EAGAIN, recv(self->b, buf, 100, MSG_DONTWAIT | MSG_PEEK));
	EXPECT_ERRNO(EAGAIN, recv(self->b, buf, 100, MSG_DONTWAIT | MSG_WAITALL));
	set_nonblock(self->b);
	EXPECT_ERRNO(EAGAIN, read(self->b, buf, 100));
	ASSERT_TRUE(arrive(self->a, self->b, 0, 10));
	EXPECT_EQ(10, pattern_recv_once(self->b, 0, 100));
	EXPECT_ERRNO(EAGAIN, read(self->b, buf, 100));
}

TEST_F(rx, zero_length)
{
	ASSERT_TRUE(arrive(self->a, self->b, 0, 10));
	EXPECT_EQ(0, recv(self->b, buf, 0, 0));
	EXPECT_EQ(0, recv(self->b, NULL, 0, MSG_PEEK));
	EXPECT_EQ(10, queued(self->b));
	EXPECT_EQ(10, pattern_recv_once(self->b, 0, 100));
}

TEST_F(rx, blocks_until_octets_come)
{
	struct job job;

	job_start(&job, pattern_recv_once, self->b, 0, 100);
	EXPECT_TRUE(job_asleep(&job));
	EXPECT_EQ(30, pattern_send(self->a, 0, 30));
	EXPECT_EQ(30, job_join(&job));
}

TEST_F(rx, receive_timeout)
{
	struct timeval tv = { .tv_usec = 100000 };
	double start, waited = 0;

	setsockopt(self->b, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	/* An emulated machine's ticks come late and then catch up: not one time in five. */
	for (int i = 0; i < 5 && waited < 0.09; i++) {
		start = now();
		EXPECT_ERRNO(EAGAIN, recv(self->b, buf, 100, 0));
		waited = now() - start;
	}
	EXPECT_LE(0.09, waited);
	ASSERT_TRUE(arrive(self->a, self->b, 0, 10));
	EXPECT_EQ(10, recv(self->b, buf, 100, MSG_WAITALL));
	EXPECT_TRUE(pattern_ok(buf, 10, 0));
}

TEST_F(rx, signal_is_eintr)
{
	struct job job;

	catch_signal(SIGUSR1, false);
	job_start(&job, pattern_recv_once, self->b, 0, 100);
	ASSERT_TRUE(job_asleep(&job));
	job_signal(&job, SIGUSR1);
	EXPECT_ERRNO(EINTR, job_join(&job));
	EXPECT_EQ(30, pattern_send(self->a, 0, 30));
	EXPECT_EQ(30, pattern_recv(self->b, 0, 30));
}

TEST_F(rx, lowat)
{
	ASSERT_TRUE(arrive(self->a, self->b, 0, 10));
	ASSERT_TRUE(arrive(self->a, self->b, 10, 5));
	ASSERT_EQ(0, opt_set(self->b, SOL_SOCKET, SO_RCVLOWAT, 8));
	EXPECT_EQ(1, recv(self->b, buf, 1, MSG_WAITALL));
	EXPECT_EQ(6, recv(self->b, buf + 1, 6, MSG_WAITALL));
	EXPECT_EQ(8, recv(self->b, buf + 7, 10, 0));
	EXPECT_TRUE(pattern_ok(buf, 15, 0));
}

TEST_F(rx, lowat_makes_recv_wait)
{
	struct job job;

	ASSERT_EQ(0, opt_set(self->b, SOL_SOCKET, SO_RCVLOWAT, 50));
	job_start(&job, pattern_recv_once, self->b, 0, 100);
	EXPECT_EQ(20, pattern_send(self->a, 0, 20));
	EXPECT_TRUE(job_asleep(&job));
	EXPECT_EQ(60, pattern_send(self->a, 20, 60));
	EXPECT_EQ(80, job_join(&job));
}

static ssize_t recv_waitall(int fd, __u64 pos, size_t len)
{
	ssize_t n = recv(fd, buf, len, MSG_WAITALL);

	if (n > 0 && !pattern_ok(buf, n, pos)) {
		errno = EILSEQ;
		return -1;
	}
	return n;
}

TEST_F(rx, waitall_over_many_sends)
{
	struct job job;

	job_start(&job, recv_waitall, self->b, 0, 5000);
	for (int i = 0; i < 5; i++) {
		EXPECT_EQ(1000, pattern_send(self->a, i * 1000, 1000));
		pause_ms(20);
	}
	EXPECT_EQ(5000, job_join(&job));
}

TEST_F(rx, waitall_larger_than_the_buffer)
{
	struct job job;

	shrink(self->a, self->b);
	job_start(&job, recv_waitall, self->b, 0, sizeof(buf));
	EXPECT_EQ(sizeof(buf), pattern_send(self->a, 0, sizeof(buf)));
	EXPECT_EQ(sizeof(buf), job_join(&job));
}

TEST_F(rx, waitall_ends_at_fin)
{
	EXPECT_EQ(700, pattern_send(self->a, 0, 700));
	shutdown(self->a, SHUT_WR);
	EXPECT_EQ(700, recv_waitall(self->b, 0, 5000));
	EXPECT_EQ(0, recv_waitall(self->b, 0, 5000));
}

TEST_F(rx, waitall_ends_at_signal)
{
	struct job job;

	catch_signal(SIGUSR1, false);
	EXPECT_EQ(700, pattern_send(self->a, 0, 700));
	job_start(&job, recv_waitall, self->b, 0, 5000);
	ASSERT_TRUE(job_asleep(&job));
	job_signal(&job, SIGUSR1);
	EXPECT_EQ(700, job_join(&job));
	EXPECT_EQ(9, pattern_send(self->a, 700, 9));
	EXPECT_EQ(9, pattern_recv(self->b, 700, 9));
}

TEST_F(rx, trunc_discards)
{
	ASSERT_TRUE(arrive(self->a, self->b, 0, 1000));
	EXPECT_EQ(300, recv(self->b, NULL, 300, MSG_TRUNC));
	EXPECT_EQ(700, queued(self->b));
	EXPECT_EQ(100, pattern_recv(self->b, 300, 100));
	memset(buf, 0x77, 200);
	EXPECT_EQ(200, recv(self->b, buf, 200, MSG_TRUNC));
	for (int i = 0; i < 200; i++)
		EXPECT_EQ(0x77, buf[i]);
	EXPECT_EQ(400, pattern_recv_once(self->b, 600, 1000));
}

TEST_F(rx, trunc_large)
{
	struct job job;

	job_start(&job, pattern_send, self->a, 0, 2000000);
	EXPECT_EQ(1500000, recv(self->b, NULL, 1500000, MSG_TRUNC | MSG_WAITALL));
	EXPECT_EQ(500000, pattern_recv(self->b, 1500000, 500000));
	EXPECT_EQ(2000000, job_join(&job));
}

TEST_F(rx, trunc_peek_takes_nothing)
{
	ASSERT_TRUE(arrive(self->a, self->b, 0, 1000));
	EXPECT_EQ(300, recv(self->b, NULL, 300, MSG_TRUNC | MSG_PEEK));
	EXPECT_EQ(1000, queued(self->b));
	EXPECT_EQ(1000, pattern_recv(self->b, 0, 1000));
}

TEST_F(rx, fionread_is_exact)
{
	/* Of records it knows the next one only. */
	int known = xc_sealed(variant->cipher) ? 1000 : 1234;
	int n = -1;

	EXPECT_EQ(0, queued(self->b));
	ASSERT_TRUE(arrive(self->a, self->b, 0, 1000));
	ASSERT_EQ(234, pattern_send(self->a, 1000, 234));
	ASSERT_EQ(1234, wait_queued(self->b, 1234));
	EXPECT_EQ(known, queued(self->b));
	EXPECT_EQ(34, pattern_recv(self->b, 0, 34));
	EXPECT_EQ(0, ioctl(self->b, SIOCINQ, &n));
	EXPECT_EQ(known - 34, n);
	EXPECT_EQ(1200, pattern_recv(self->b, 34, 1200));
	EXPECT_EQ(0, queued(self->b));
}

/* An encrypted socket may leave TCP_INQ's message out; a wrong one would be a fault. */
TEST_F(rx, inq_message_is_right_if_given)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { .iov_base = buf, .iov_len = 300 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cm;

	ASSERT_EQ(0, opt_set(self->b, SOL_TCP, TCP_INQ, 1));
	ASSERT_TRUE(arrive(self->a, self->b, 0, 1000));
	EXPECT_EQ(300, recvmsg(self->b, &msg, 0));
	EXPECT_TRUE(pattern_ok(buf, 300, 0));
	cm = CMSG_FIRSTHDR(&msg);
	if (!variant->cipher)
		ASSERT_NE(NULL, cm);
	if (cm) {
		EXPECT_EQ(TCP_CM_INQ, cm->cmsg_type);
		EXPECT_EQ(700, *(int *)CMSG_DATA(cm));
	}
}

TEST_F(rx, bad_pointer_takes_nothing)
{
	void *readonly = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_TRUE(arrive(self->a, self->b, 0, 1000));
	EXPECT_ERRNO(EFAULT, recv(self->b, (void *)8, 100, 0));
	EXPECT_ERRNO(EFAULT, recv(self->b, readonly, 100, 0));
	EXPECT_ERRNO(EFAULT, recv(self->b, readonly, 100, MSG_PEEK));
	EXPECT_EQ(1000, queued(self->b));
	EXPECT_EQ(1000, pattern_recv(self->b, 0, 1000));
}

static void fault_at(struct __test_metadata *_metadata, int from, int to, size_t good)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t room = (good + page - 1) / page * page;
	__u8 *p = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ssize_t n;

	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(0, mprotect(p + room, page, PROT_NONE));
	ASSERT_TRUE(arrive(from, to, 0, good + 1000));
	n = recv(to, p + room - good, good + 1000, 0);
	EXPECT_TRUE(n >= 0 || errno == EFAULT);
	EXPECT_TRUE(n < 0 || pattern_ok(p + room - good, n, 0));
	n = n < 0 ? 0 : n;
	EXPECT_GE((ssize_t)good, n);
	EXPECT_EQ(good + 1000 - n, queued(to));
	EXPECT_EQ(good + 1000 - n, pattern_recv(to, n, good + 1000 - n));
}

TEST_F(rx, fault_soon_resumes_exactly)
{
	fault_at(_metadata, self->a, self->b, 100);
}

TEST_F(rx, fault_after_pages_resumes_exactly)
{
	fault_at(_metadata, self->a, self->b, 3 * 4096 + 17);
}

TEST_F(rx, fault_after_segments_resumes_exactly)
{
	for (int i = 0; i < 30; i++)
		REQUIRE(arrive(self->b, self->a, i * 1000, 1000));
	EXPECT_EQ(30000, pattern_recv(self->a, 0, 30000));
	fault_at(_metadata, self->a, self->b, 50001);
}

TEST_F(rx, fault_in_second_piece)
{
	struct iovec iov[2] = {
		{ .iov_base = buf, .iov_len = 12 },
		{ .iov_base = (void *)8, .iov_len = 100 },
	};
	ssize_t n;

	ASSERT_TRUE(arrive(self->a, self->b, 0, 10));
	ASSERT_TRUE(arrive(self->a, self->b, 10, 10));
	EXPECT_EQ(1, pattern_recv(self->b, 0, 1));
	n = readv(self->b, iov, 2);
	EXPECT_TRUE(n >= 0 || errno == EFAULT);
	EXPECT_TRUE(n < 0 || pattern_ok(buf, n, 1));
	n = n < 0 ? 0 : n;
	EXPECT_GE(12, n);
	EXPECT_EQ(19 - n, pattern_recv(self->b, 1 + n, 19 - n));
}

TEST_F(rx, small_windows)
{
	struct job job;

	opt_set(self->b, SOL_SOCKET, SO_RCVBUF, 4096);
	job_start(&job, pattern_send, self->a, 0, 50000);
	EXPECT_EQ(50000, pattern_recv(self->b, 0, 50000));
	EXPECT_EQ(50000, job_join(&job));
}

/* A queue of crumbs outgrows its memory and is put together anew by the kernel. */
TEST_F(rx, collapsed_queue)
{
	ssize_t sent = 0;

	opt_set(self->b, SOL_SOCKET, SO_RCVBUF, 16384);
	opt_set(self->a, SOL_TCP, TCP_NODELAY, 1);
	set_nonblock(self->a);
	while (sent < 6000) {
		pattern_fill(buf, 1, sent);
		if (send(self->a, buf, 1, 0) != 1)
			break;
		sent++;
	}
	ASSERT_LT(0, sent);
	EXPECT_EQ(sent, pattern_recv(self->b, 0, sent));
	EXPECT_EQ(0, queued(self->b));
}

TEST_F(rx, error_queue_is_empty)
{
	EXPECT_ERRNO(EAGAIN, recv(self->b, buf, 100, MSG_ERRQUEUE));
	ASSERT_TRUE(arrive(self->a, self->b, 0, 10));
	EXPECT_ERRNO(EAGAIN, recv(self->b, buf, 100, MSG_ERRQUEUE));
	EXPECT_EQ(10, pattern_recv_once(self->b, 0, 100));
}

TEST_F(rx, not_seekable)
{
	EXPECT_ERRNO(ESPIPE, pread(self->b, buf, 10, 0));
	EXPECT_ERRNO(ESPIPE, pwrite(self->b, buf, 10, 0));
	EXPECT_ERRNO(ESPIPE, lseek(self->b, 0, SEEK_SET));
}

TEST_HARNESS_MAIN
