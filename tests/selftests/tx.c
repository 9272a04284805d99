// SPDX-License-Identifier: GPL-2.0
/* Sending: every call, exact counts, the octets unchanged. */
#define STREAM tx
#include "stream.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <sys/mman.h>

#include "stuck.h"

#define BUF (1024 * 1024)

static __u8 buf[BUF];

static const size_t edges[] = {
	1, 2, 7, 8, 9, 63, 64, 65, 255, 1447, 1448, 1449, 4095, 4096, 4097, 8191, 8192,
	8193, 16383, 16384, 16385, 32767, 32768, 32769, 65535, 65536, 65537, 100003,
};

static void make_iov(struct iovec *iov, size_t count, size_t each)
{
	for (size_t i = 0; i < count; i++) {
		iov[i].iov_base = buf + i * each;
		iov[i].iov_len = each;
	}
}

TEST_F(tx, one_octet)
{
	pattern_fill(buf, 1, 0);
	EXPECT_EQ(1, send(self->a, buf, 1, 0));
	EXPECT_EQ(1, pattern_recv(self->b, 0, 1));
}

TEST_F(tx, small_send)
{
	pattern_fill(buf, 10, 0);
	EXPECT_EQ(10, send(self->a, buf, 10, 0));
	EXPECT_EQ(10, pattern_recv_once(self->b, 0, 100));
}

TEST_F(tx, small_write)
{
	pattern_fill(buf, 10, 0);
	EXPECT_EQ(10, write(self->a, buf, 10));
	EXPECT_EQ(10, pattern_recv_once(self->b, 0, 100));
}

TEST_F(tx, sixteen_kilo_in_one_send)
{
	EXPECT_EQ(16384, pattern_send_once(self->a, 0, 16384));
	EXPECT_EQ(16384, pattern_recv(self->b, 0, 16384));
}

TEST_F(tx, sizes_around_page_and_segment)
{
	struct job job;
	__u64 pos = 0;

	for (size_t i = 0; i < ARRAY_SIZE(edges); i++) {
		job_start(&job, pattern_recv, self->b, pos, edges[i]);
		EXPECT_EQ(edges[i], pattern_send_once(self->a, pos, edges[i]));
		ASSERT_EQ(edges[i], job_join(&job));
		pos += edges[i];
	}
}

TEST_F(tx, unaligned_buffers)
{
	for (size_t i = 0; i < 64; i++) {
		pattern_fill(buf + i, 1000, i * 1000);
		EXPECT_EQ(1000, send(self->a, buf + i, 1000, 0));
	}
	EXPECT_EQ(64000, pattern_recv(self->b, 0, 64000));
}

TEST_F(tx, caller_buffer_is_unchanged)
{
	pattern_fill(buf, 50000, 0);
	EXPECT_EQ(50000, send(self->a, buf, 50000, 0));
	EXPECT_TRUE(pattern_ok(buf, 50000, 0));
	EXPECT_EQ(50000, pattern_recv(self->b, 0, 50000));
}

TEST_F(tx, caller_buffer_may_be_reused_at_once)
{
	for (int i = 0; i < 20; i++) {
		pattern_fill(buf, 3000, i * 3000);
		EXPECT_EQ(3000, send(self->a, buf, 3000, 0));
		memset(buf, 0x55, 3000);
	}
	EXPECT_EQ(60000, pattern_recv(self->b, 0, 60000));
}

TEST_F(tx, zero_length)
{
	EXPECT_EQ(0, send(self->a, buf, 0, 0));
	EXPECT_EQ(0, write(self->a, NULL, 0));
	EXPECT_EQ(0, queued(self->b));
	EXPECT_EQ(100, pattern_send(self->a, 0, 100));
	EXPECT_EQ(0, send(self->a, buf, 0, 0));
	EXPECT_EQ(100, pattern_recv_once(self->b, 0, 1000));
}

TEST_F(tx, sendmsg_single)
{
	struct iovec iov = { .iov_base = buf, .iov_len = 13 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	pattern_fill(buf, 13, 0);
	EXPECT_EQ(13, sendmsg(self->a, &msg, 0));
	EXPECT_EQ(13, pattern_recv(self->b, 0, 13));
}

TEST_F(tx, sendmsg_ignores_name)
{
	struct sockaddr_in other = { .sin_family = AF_INET, .sin_port = htons(9) };
	struct iovec iov = { .iov_base = buf, .iov_len = 13 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_name = &other, .msg_namelen = sizeof(other),
	};

	pattern_fill(buf, 13, 0);
	EXPECT_EQ(13, sendmsg(self->a, &msg, 0));
	EXPECT_EQ(13, pattern_recv(self->b, 0, 13));
}

TEST_F(tx, writev_one_to_64_pieces)
{
	struct iovec iov[64];
	__u64 pos = 0;

	for (size_t n = 1; n <= 64; n++) {
		make_iov(iov, n, 13);
		pattern_fill(buf, n * 13, pos);
		EXPECT_EQ(n * 13, writev(self->a, iov, n));
		EXPECT_EQ(n * 13, pattern_recv(self->b, pos, n * 13));
		pos += n * 13;
	}
}

TEST_F(tx, sendmsg_1024_pieces)
{
	struct iovec iov[1024];
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 1024 };

	make_iov(iov, 1024, 16);
	pattern_fill(buf, 16384, 0);
	EXPECT_EQ(16384, sendmsg(self->a, &msg, 0));
	EXPECT_EQ(16384, pattern_recv(self->b, 0, 16384));
}

TEST_F(tx, pieces_of_unequal_length)
{
	struct iovec iov[ARRAY_SIZE(edges)];
	size_t total = 0;
	struct job job;

	for (size_t i = 0; i < ARRAY_SIZE(edges); i++) {
		iov[i].iov_base = buf + total;
		iov[i].iov_len = edges[i];
		total += edges[i];
	}
	ASSERT_GE(sizeof(buf), total);
	pattern_fill(buf, total, 0);
	job_start(&job, pattern_recv, self->b, 0, total);
	EXPECT_EQ(total, writev(self->a, iov, ARRAY_SIZE(edges)));
	EXPECT_EQ(total, job_join(&job));
}

TEST_F(tx, empty_pieces_between)
{
	struct iovec iov[6];

	make_iov(iov, 6, 100);
	iov[0].iov_len = 0;
	iov[2].iov_len = 0;
	iov[3].iov_len = 0;
	iov[5].iov_len = 0;
	pattern_fill(iov[1].iov_base, 100, 0);
	pattern_fill(iov[4].iov_base, 100, 100);
	EXPECT_EQ(200, writev(self->a, iov, 6));
	EXPECT_EQ(200, pattern_recv_once(self->b, 0, 1000));
}

TEST_F(tx, sendmsg_128_of_sixteen_kilo)
{
	struct iovec iov = { .iov_base = buf, .iov_len = 16384 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct job job;

	job_start(&job, pattern_recv, self->b, 0, 128 * 16384);
	for (int i = 0; i < 128; i++) {
		pattern_fill(buf, 16384, i * 16384);
		EXPECT_EQ(16384, sendmsg(self->a, &msg, 0));
	}
	EXPECT_EQ(128 * 16384, job_join(&job));
}

/* One that TCP would take is taken, and one that it would not is not. */
TEST_F(tx, sendmsg_with_a_control_message)
{
	char control[CMSG_SPACE(sizeof(__u32))] __attribute__((aligned(8))) = "";
	struct iovec iov = { .iov_base = buf, .iov_len = 1000 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cm = CMSG_FIRSTHDR(&msg);

	pattern_fill(buf, 1000, 0);
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_len = CMSG_LEN(sizeof(__u32));
	cm->cmsg_type = 0x7777;
	EXPECT_ERRNO(EINVAL, sendmsg(self->a, &msg, 0));
	cm->cmsg_type = SO_TIMESTAMPING;
	EXPECT_EQ(1000, sendmsg(self->a, &msg, 0));
	EXPECT_EQ(1000, pattern_recv(self->b, 0, 1000));
}

TEST_F(tx, sendmmsg)
{
	struct mmsghdr msgs[8] = {};
	struct iovec iov[8];

	make_iov(iov, 8, 777);
	pattern_fill(buf, 8 * 777, 0);
	for (int i = 0; i < 8; i++) {
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	EXPECT_EQ(8, sendmmsg(self->a, msgs, 8, 0));
	for (int i = 0; i < 8; i++)
		EXPECT_EQ(777, msgs[i].msg_len);
	EXPECT_EQ(8 * 777, pattern_recv(self->b, 0, 8 * 777));
}

TEST_F(tx, huge_write)
{
	size_t len = variant->family == AF_INET ? 16384 * 1024 : 3072 * 1024;
	struct job job;

	job_start(&job, pattern_recv, self->b, 0, len);
	EXPECT_EQ(len, pattern_send_once(self->a, 0, len));
	EXPECT_EQ(len, job_join(&job));
}

TEST_F(tx, ten_thousand_one_octet_writes)
{
	struct job job;

	opt_set(self->a, SOL_TCP, TCP_NODELAY, 1);
	pattern_fill(buf, 10000, 0);
	job_start(&job, pattern_recv, self->b, 0, 10000);
	for (int i = 0; i < 10000; i++)
		REQUIRE(write(self->a, buf + i, 1) == 1);
	EXPECT_EQ(10000, job_join(&job));
}

static void small_segments(int fd)
{
	opt_set(fd, SOL_TCP, TCP_MAXSEG, 200);
}

TEST_F(tx, small_segments)
{
	struct job job;
	int fd[2];

	ASSERT_EQ(0, pair_open_with(variant->family, fd, small_segments));
	if (variant->cipher)
		ASSERT_EQ(0, pair_encrypt(fd, variant->cipher));
	EXPECT_GE(200, opt_get(fd[0], SOL_TCP, TCP_MAXSEG));
	job_start(&job, pattern_recv, fd[1], 0, 100001);
	EXPECT_EQ(100001, pattern_send_once(fd[0], 0, 100001));
	EXPECT_EQ(100001, job_join(&job));
}

TEST_F(tx, both_directions)
{
	EXPECT_EQ(5000, pattern_send(self->a, 0, 5000));
	EXPECT_EQ(3000, pattern_send(self->b, 9, 3000));
	EXPECT_EQ(5000, pattern_recv(self->b, 0, 5000));
	EXPECT_EQ(3000, pattern_recv(self->a, 9, 3000));
}

TEST_F(tx, ping_pong)
{
	opt_set(self->a, SOL_TCP, TCP_NODELAY, 1);
	opt_set(self->b, SOL_TCP, TCP_NODELAY, 1);
	for (int i = 0; i < 200; i++) {
		ASSERT_EQ(i + 1, pattern_send(self->a, i, i + 1));
		ASSERT_EQ(i + 1, pattern_recv(self->b, i, i + 1));
		ASSERT_EQ(2 * i + 1, pattern_send(self->b, i, 2 * i + 1));
		ASSERT_EQ(2 * i + 1, pattern_recv(self->a, i, 2 * i + 1));
	}
}

/* A corked tail would cost 200 ms at each of the many waits. */
TEST_F(tx, calls_that_wait_do_not_stall)
{
	double start = now();
	struct job job;

	opt_set(self->a, SOL_SOCKET, SO_SNDBUF, 32768);
	opt_set(self->a, SOL_TCP, TCP_NODELAY, 1);
	for (int i = 0; i < 20; i++) {
		job_start(&job, pattern_recv, self->b, i, 300000);
		EXPECT_EQ(300000, pattern_send_once(self->a, i, 300000));
		EXPECT_EQ(300000, job_join(&job));
	}
	EXPECT_GT(20, now() - start);
}

#define LARGE	(8 << 20)
#define STOP	(6 << 20)
/* The window at the beginning is ten segments of 64 KiB. */
#define OPENED	(12 * 65536)

static __u8 *large;

static ssize_t send_large(int fd, __u64 pos, size_t len)
{
	(void)pos;
	return send(fd, large, len, 0);
}

static size_t arrived(int fd)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	return getsockopt(fd, SOL_TCP, TCP_INFO, &info, &len) ? 0 : info.tcpi_bytes_received;
}

/*
 * A call that never waits for room takes in acknowledgements now and then all the same: they wait
 * for the lock, and with them what they would let out. Here it stops in the middle, in a page
 * fault. By then much more has left than the window that was open when it began.
 */
TEST_F(tx, large_call_sees_acknowledgements)
{
	struct job job;
	size_t left;
	int n;

	large = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, large);
	ASSERT_EQ(0, stuck_page(large + STOP)) TH_LOG("%s", strerror(errno));
	ASSERT_EQ(0, opt_set(self->a, SOL_SOCKET, SO_SNDBUFFORCE, 8 * LARGE));
	ASSERT_EQ(0, opt_set(self->b, SOL_SOCKET, SO_RCVBUFFORCE, 8 * LARGE));
	job_start(&job, send_large, self->a, 0, LARGE);
	ASSERT_EQ(0, stuck_await()) TH_LOG("%s", strerror(errno));
	pause_ms(100);
	EXPECT_LT(OPENED, arrived(self->b));
	EXPECT_EQ(0, stuck_serve(large + STOP));
	for (left = LARGE; left; left -= n) {
		n = recv(self->b, buf, sizeof(buf) < left ? sizeof(buf) : left, 0);
		ASSERT_LT(0, n);
	}
	EXPECT_EQ(LARGE, job_join(&job));
	munmap(large, LARGE);
}

TEST_F(tx, write_after_own_shutdown)
{
	catch_signal(SIGPIPE, false);
	EXPECT_EQ(0, shutdown(self->a, SHUT_WR));
	EXPECT_ERRNO(EPIPE, send(self->a, buf, 1, 0));
	EXPECT_ERRNO(EPIPE, send(self->a, buf, 1, MSG_NOSIGNAL));
	EXPECT_EQ(0, read(self->b, buf, 1));
}

TEST_F(tx, write_after_reset)
{
	close_reset(self->b);
	EXPECT_NE(0, poll_for(self->a, POLLIN, 10000) & POLLERR);
	EXPECT_ERRNO(ECONNRESET, send(self->a, buf, 100, MSG_NOSIGNAL));
	EXPECT_ERRNO(EPIPE, send(self->a, buf, 100, MSG_NOSIGNAL));
	EXPECT_ERRNO(EPIPE, send(self->a, buf, 100, MSG_NOSIGNAL));
}

TEST_F_SIGNAL(tx, sigpipe_kills, SIGPIPE)
{
	shutdown(self->a, SHUT_WR);
	send(self->a, buf, 1, 0);
}

TEST_F(tx, nosignal_spares)
{
	shutdown(self->a, SHUT_WR);
	EXPECT_ERRNO(EPIPE, send(self->a, buf, 1, MSG_NOSIGNAL));
}

static int errqueue_id(int fd)
{
	char control[256];
	struct msghdr msg = { .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *cm;

	if (!(poll_for(fd, 0, 10000) & POLLERR) || recvmsg(fd, &msg, MSG_ERRQUEUE) < 0)
		return -1;
	for (cm = CMSG_FIRSTHDR(&msg); cm; cm = CMSG_NXTHDR(&msg, cm)) {
		if (cm->cmsg_level == SOL_IP || cm->cmsg_level == SOL_IPV6)
			return ((struct sock_extended_err *)CMSG_DATA(cm))->ee_data;
	}
	return -1;
}

TEST_F(tx, acknowledgement_timestamp_in_error_queue)
{
	int flags = SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_SOFTWARE |
		    SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;

	EXPECT_ERRNO(EAGAIN, recv(self->a, buf, 1, MSG_ERRQUEUE));
	ASSERT_EQ(0, opt_set(self->a, SOL_SOCKET, SO_TIMESTAMPING, flags));
	EXPECT_EQ(1000, pattern_send_once(self->a, 0, 1000));
	EXPECT_EQ(1000, pattern_recv(self->b, 0, 1000));
	EXPECT_EQ(xc_wire(variant->cipher, 1000) - 1, errqueue_id(self->a));
	EXPECT_EQ(500, pattern_send_once(self->a, 1000, 500));
	EXPECT_EQ(xc_wire(variant->cipher, 1000) + xc_wire(variant->cipher, 500) - 1,
		  errqueue_id(self->a));
	EXPECT_EQ(500, pattern_recv(self->b, 1000, 500));
}

/* As plain TCP does: of one write the last octet alone, however many pieces it goes in. */
TEST_F(tx, one_timestamp_a_write)
{
	int flags = SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_SOFTWARE |
		    SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;
	struct job job;

	ASSERT_EQ(0, opt_set(self->a, SOL_SOCKET, SO_TIMESTAMPING, flags));
	job_start(&job, pattern_recv, self->b, 0, sizeof(buf));
	EXPECT_EQ(sizeof(buf), pattern_send_once(self->a, 0, sizeof(buf)));
	EXPECT_EQ(sizeof(buf), job_join(&job));
	/* Where the records of a long write end is the sender's matter. */
	if (xc_sealed(variant->cipher)) {
		EXPECT_LT(sizeof(buf) - 1, errqueue_id(self->a));
	} else {
		EXPECT_EQ(sizeof(buf) - 1, errqueue_id(self->a));
	}
	EXPECT_ERRNO(EAGAIN, recv(self->a, buf, 1, MSG_ERRQUEUE));
}

TEST_F(tx, send_buffer_without_end)
{
	struct job job;

	ASSERT_EQ(0, opt_set(self->a, SOL_SOCKET, SO_SNDBUFFORCE, 0x7fffffff));
	job_start(&job, pattern_recv, self->b, 0, 300000);
	EXPECT_EQ(300000, pattern_send(self->a, 0, 300000));
	EXPECT_EQ(300000, job_join(&job));
}

TEST_HARNESS_MAIN
