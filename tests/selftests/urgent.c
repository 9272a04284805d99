// SPDX-License-Identifier: GPL-2.0
/*
 * Urgent octets are octets of the stream. An encrypting socket sends none, so what
 * its peer would see is recorded first, and sent to the decrypting socket by plain TCP.
 */
#define STREAM urgent
#include "harness.h"

#include <sys/ioctl.h>

#define RECORDED 4096

static __u8 wire[RECORDED];
static __u8 buf[RECORDED];

FIXTURE(urgent)
{
	int a;
	int b;
	bool dead;
};

#include "variants.h"

/* What the pattern looks like under @key. 0, or -1. */
static int record(int family, const struct xcrypt_key *key)
{
	bool ok;
	int fd[2];

	if (pair_open(family, fd) || xc_attach(fd[0]) || xc_set(fd[0], XCRYPT_TX, key))
		return -1;
	ok = pattern_send(fd[0], 0, RECORDED) == RECORDED &&
	     recv(fd[1], wire, RECORDED, MSG_WAITALL) == RECORDED;
	close(fd[0]);
	close(fd[1]);
	return ok ? 0 : -1;
}

FIXTURE_SETUP(urgent)
{
	struct xcrypt_key key;
	int fd[2];

	ASSERT_EQ(0, pair_open(variant->family, fd));
	self->a = fd[0];
	self->b = fd[1];
	opt_set(self->a, SOL_TCP, TCP_NODELAY, 1);
	if (!variant->cipher) {
		pattern_fill(wire, RECORDED, 0);
		ASSERT_EQ(0, opt_set(self->b, SOL_SOCKET, SO_OOBINLINE, 1));
		return;
	}
	key_random(&key, variant->cipher);
	ASSERT_EQ(0, record(variant->family, &key));
	ASSERT_EQ(0, xc_attach(self->b));
	ASSERT_EQ(0, xc_set(self->b, XCRYPT_RX, &key));
}

FIXTURE_TEARDOWN(urgent)
{
	if (variant->cipher && !self->dead)
		EXPECT_EQ(0, xc_error(self->b, XCRYPT_RX));
	close(self->a);
	close(self->b);
}

/* @len octets of the stream from @pos on, the last one urgent if @flags is MSG_OOB. */
static bool deliver(int from, int to, int pos, int len, int flags)
{
	int before = queued(to);

	return send(from, wire + pos, len, flags) == len &&
	       wait_queued(to, before + len) == before + len;
}

static int at_mark(int fd)
{
	int flag = -1;

	return ioctl(fd, SIOCATMARK, &flag) ? -1 : flag;
}

TEST_F(urgent, is_inline)
{
	ASSERT_TRUE(deliver(self->a, self->b, 0, 11, MSG_OOB));
	ASSERT_TRUE(deliver(self->a, self->b, 11, 10, 0));
	EXPECT_EQ(21, queued(self->b));
	EXPECT_EQ(21, pattern_recv(self->b, 0, 21));
	EXPECT_EQ(0, queued(self->b));
}

TEST_F(urgent, read_stops_at_the_mark)
{
	ASSERT_TRUE(deliver(self->a, self->b, 0, 11, MSG_OOB));
	ASSERT_TRUE(deliver(self->a, self->b, 11, 10, 0));
	EXPECT_EQ(0, at_mark(self->b));
	EXPECT_EQ(10, pattern_recv_once(self->b, 0, 100));
	EXPECT_EQ(1, at_mark(self->b));
	EXPECT_EQ(11, pattern_recv_once(self->b, 10, 100));
	EXPECT_EQ(0, at_mark(self->b));
}

TEST_F(urgent, waitall_stops_at_the_mark)
{
	ASSERT_TRUE(deliver(self->a, self->b, 0, 11, MSG_OOB));
	EXPECT_EQ(10, recv(self->b, buf, 11, MSG_WAITALL));
	EXPECT_TRUE(pattern_ok(buf, 10, 0));
	EXPECT_EQ(1, pattern_recv(self->b, 10, 1));
}

TEST_F(urgent, peek_stops_at_the_mark)
{
	ASSERT_TRUE(deliver(self->a, self->b, 0, 11, MSG_OOB));
	ASSERT_TRUE(deliver(self->a, self->b, 11, 10, 0));
	EXPECT_EQ(10, recv(self->b, buf, 100, MSG_PEEK));
	EXPECT_TRUE(pattern_ok(buf, 10, 0));
	EXPECT_EQ(10, pattern_recv(self->b, 0, 10));
	EXPECT_EQ(11, recv(self->b, buf, 100, MSG_PEEK));
	EXPECT_TRUE(pattern_ok(buf, 11, 10));
	EXPECT_EQ(11, pattern_recv_once(self->b, 10, 100));
}

TEST_F(urgent, trunc_stops_at_the_mark)
{
	ASSERT_TRUE(deliver(self->a, self->b, 0, 11, MSG_OOB));
	EXPECT_EQ(10, recv(self->b, NULL, 100, MSG_TRUNC));
	EXPECT_EQ(1, pattern_recv_once(self->b, 10, 100));
}

TEST_F(urgent, as_first_octet)
{
	ASSERT_TRUE(deliver(self->a, self->b, 0, 1, MSG_OOB));
	EXPECT_EQ(1, at_mark(self->b));
	ASSERT_TRUE(deliver(self->a, self->b, 1, 9, 0));
	EXPECT_EQ(10, pattern_recv_once(self->b, 0, 100));
}

TEST_F(urgent, as_last_octet_before_fin)
{
	ASSERT_TRUE(deliver(self->a, self->b, 0, 10, MSG_OOB));
	shutdown(self->a, SHUT_WR);
	EXPECT_EQ(9, pattern_recv_once(self->b, 0, 100));
	EXPECT_EQ(1, pattern_recv_once(self->b, 9, 100));
	EXPECT_EQ(0, read(self->b, buf, 1));
}

TEST_F(urgent, second_while_the_reader_is_at_the_mark)
{
	ASSERT_TRUE(deliver(self->a, self->b, 0, 11, MSG_OOB));
	EXPECT_EQ(10, pattern_recv_once(self->b, 0, 100));
	EXPECT_EQ(1, at_mark(self->b));
	ASSERT_TRUE(deliver(self->a, self->b, 11, 10, MSG_OOB));
	EXPECT_EQ(10, pattern_recv_once(self->b, 10, 100));
	EXPECT_EQ(1, pattern_recv_once(self->b, 20, 100));
}

TEST_F(urgent, second_before_the_reader_came)
{
	ASSERT_TRUE(deliver(self->a, self->b, 0, 11, MSG_OOB));
	ASSERT_TRUE(deliver(self->a, self->b, 11, 10, MSG_OOB));
	EXPECT_EQ(20, pattern_recv_once(self->b, 0, 100));
	EXPECT_EQ(1, pattern_recv_once(self->b, 20, 100));
}

TEST_F(urgent, third_at_the_mark_of_the_second)
{
	ASSERT_TRUE(deliver(self->a, self->b, 0, 5, MSG_OOB));
	ASSERT_TRUE(deliver(self->a, self->b, 5, 5, MSG_OOB));
	EXPECT_EQ(9, pattern_recv_once(self->b, 0, 100));
	ASSERT_TRUE(deliver(self->a, self->b, 10, 1, MSG_OOB));
	EXPECT_EQ(1, pattern_recv_once(self->b, 9, 100));
	EXPECT_EQ(1, pattern_recv_once(self->b, 10, 100));
}

TEST_F(urgent, every_seventh_octet)
{
	int got = 0;

	for (int pos = 0; pos + 7 <= RECORDED; pos += 7) {
		ASSERT_TRUE(deliver(self->a, self->b, pos, 7, MSG_OOB));
		if (pos % 3)
			continue;
		ASSERT_EQ(5, pattern_recv(self->b, got, 5));
		got += 5;
	}
	EXPECT_EQ(RECORDED / 7 * 7 - got, pattern_recv(self->b, got, RECORDED / 7 * 7 - got));
	EXPECT_EQ(0, queued(self->b));
}

TEST_F(urgent, recv_oob_is_einval)
{
	EXPECT_ERRNO(EINVAL, recv(self->b, buf, 1, MSG_OOB));
	ASSERT_TRUE(deliver(self->a, self->b, 0, 11, MSG_OOB));
	EXPECT_ERRNO(EINVAL, recv(self->b, buf, 1, MSG_OOB));
	EXPECT_EQ(11, pattern_recv(self->b, 0, 11));
}

TEST_F(urgent, pollpri)
{
	EXPECT_EQ(0, poll_for(self->b, POLLPRI, 0));
	ASSERT_TRUE(deliver(self->a, self->b, 0, 11, MSG_OOB));
	EXPECT_EQ(POLLPRI, poll_for(self->b, POLLPRI, 10000));
	EXPECT_EQ(11, pattern_recv(self->b, 0, 11));
	EXPECT_EQ(0, poll_for(self->b, POLLPRI, 0));
}

static atomic_int sigurg_seen;

static void on_sigurg(int sig)
{
	(void)sig;
	sigurg_seen++;
}

TEST_F(urgent, sigurg)
{
	struct sigaction sa = { .sa_handler = on_sigurg };

	sigaction(SIGURG, &sa, NULL);
	ASSERT_EQ(0, fcntl(self->b, F_SETOWN, getpid()));
	ASSERT_TRUE(deliver(self->a, self->b, 0, 11, MSG_OOB));
	for (int ms = 0; ms < 10000 && !sigurg_seen; ms += 10)
		pause_ms(10);
	EXPECT_LT(0, sigurg_seen);
	EXPECT_EQ(11, pattern_recv(self->b, 0, 11));
}

TEST_F(urgent, splice_up_to_the_mark)
{
	int p[2];

	ASSERT_EQ(0, pipe(p));
	ASSERT_TRUE(deliver(self->a, self->b, 0, 11, MSG_OOB));
	EXPECT_EQ(10, splice(self->b, NULL, p[1], NULL, 100, SPLICE_F_NONBLOCK));
	EXPECT_EQ(10, pattern_recv_once(p[0], 0, 100));
	EXPECT_EQ(1, pattern_recv_once(self->b, 10, 100));
}

/* The kernel then moves the read position itself: a clean error, never wrong octets. */
TEST_F(urgent, inline_switched_off)
{
	int got = 0;
	ssize_t n;

	if (!variant->cipher)
		SKIP(return, "plain TCP drops the octet: nothing to compare");
	self->dead = true;
	opt_set(self->b, SOL_SOCKET, SO_OOBINLINE, 0);
	for (int pos = 0; pos < 40; pos += 10) {
		send(self->a, wire + pos, 10, MSG_OOB);
		pause_ms(20);
		n = recv(self->b, buf, 9, MSG_DONTWAIT);
		if (n > 0) {
			EXPECT_TRUE(pattern_ok(buf, n, got));
			got += n;
		}
	}
	shutdown(self->a, SHUT_WR);
	while ((n = pattern_recv_once(self->b, got, 100)) > 0)
		got += n;
	EXPECT_TRUE(n ? errno == EBADMSG : got == 40);
}

TEST_HARNESS_MAIN
