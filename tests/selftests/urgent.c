// SPDX-License-Identifier: GPL-2.0
/*
 * Urgent octets are octets of the stream. An encrypting socket sends none, so what
 * its peer would see is recorded first, and sent to the decrypting socket by plain TCP.
 */
#define STREAM urgent
#define STREAM_UNSEALED		/* records have no urgent marks */
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

/* The program may say so at any time after the attach, and the core does not ask us. */
static void inline_off(int fd)
{
	opt_set(fd, SOL_SOCKET, SO_OOBINLINE, 0);
}

TEST_F(urgent, inline_switched_off)
{
	if (!variant->cipher)
		SKIP(return, "plain TCP takes the octet out: nothing to compare");
	inline_off(self->b);
	ASSERT_EQ(11, send(self->a, wire, 11, MSG_OOB));
	ASSERT_EQ(20, send(self->a, wire + 11, 20, 0));
	ASSERT_EQ(0, wait_acked(self->a));
	EXPECT_EQ(10, recv(self->b, buf, 100, MSG_PEEK | MSG_DONTWAIT));
	inline_off(self->b);
	EXPECT_EQ(10, pattern_recv_once(self->b, 0, 100));
	inline_off(self->b);
	EXPECT_EQ(POLLIN, poll_for(self->b, POLLIN, 0));
	EXPECT_EQ(21, recv(self->b, buf, 100, MSG_DONTWAIT));
	EXPECT_TRUE(pattern_ok(buf, 21, 10));
	EXPECT_ERRNO(EAGAIN, recv(self->b, buf, 100, MSG_DONTWAIT));
}

/* The end of the stream is no end while octets are unread. */
TEST_F(urgent, inline_switched_off_before_fin)
{
	if (!variant->cipher)
		SKIP(return, "plain TCP takes the octet out: nothing to compare");
	ASSERT_EQ(31, send(self->a, wire, 31, MSG_OOB));
	ASSERT_EQ(0, wait_acked(self->a));
	shutdown(self->a, SHUT_WR);
	inline_off(self->b);
	EXPECT_EQ(30, pattern_recv_once(self->b, 0, 100));
	inline_off(self->b);
	EXPECT_EQ(1, pattern_recv_once(self->b, 30, 100));
	inline_off(self->b);
	EXPECT_EQ(0, recv(self->b, buf, 1, MSG_DONTWAIT));
}

TEST_F(urgent, inline_switched_off_first_octet)
{
	if (!variant->cipher)
		SKIP(return, "plain TCP takes the octet out: nothing to compare");
	ASSERT_EQ(1, send(self->a, wire, 1, MSG_OOB));
	ASSERT_EQ(30, send(self->a, wire + 1, 30, 0));
	ASSERT_EQ(0, wait_acked(self->a));
	shutdown(self->a, SHUT_WR);
	inline_off(self->b);
	EXPECT_EQ(31, recv(self->b, buf, 100, MSG_DONTWAIT));
	EXPECT_TRUE(pattern_ok(buf, 31, 0));
}

/* It is readable to poll(), too, though it is all there is. */
TEST_F(urgent, inline_switched_off_last_octet)
{
	if (!variant->cipher)
		SKIP(return, "plain TCP takes the octet out: nothing to compare");
	inline_off(self->b);
	ASSERT_EQ(11, send(self->a, wire, 11, MSG_OOB));
	ASSERT_EQ(0, wait_acked(self->a));
	EXPECT_EQ(10, pattern_recv_once(self->b, 0, 100));
	inline_off(self->b);
	EXPECT_EQ(POLLIN, poll_for(self->b, POLLIN, 0));
	EXPECT_EQ(1, pattern_recv_once(self->b, 10, 100));
	EXPECT_EQ(0, poll_for(self->b, POLLIN, 0));
}

/* "Strict" counts what is behind the mark, too. */
TEST_F(urgent, inline_switched_off_strict_key)
{
	struct xcrypt_key key;
	int fd[2];

	if (!variant->cipher)
		SKIP(return, "plain TCP takes no key");
	ASSERT_EQ(0, pair_open(variant->family, fd));
	ASSERT_EQ(0, xc_attach(fd[1]));
	inline_off(fd[1]);
	ASSERT_EQ(1, send(fd[0], "x", 1, MSG_OOB));
	ASSERT_EQ(5, send(fd[0], "later", 5, 0));
	ASSERT_EQ(0, wait_acked(fd[0]));
	key_random(&key, variant->cipher);
	key.flags = XCRYPT_F_STRICT;
	EXPECT_ERRNO(ENOTEMPTY, xc_set(fd[1], XCRYPT_RX, &key));
	close(fd[0]);
	close(fd[1]);
}

/* TCP steps over the octet of the first mark itself: a clean error, never wrong octets. */
TEST_F(urgent, inline_switched_off_second_mark)
{
	if (!variant->cipher)
		SKIP(return, "plain TCP drops the octet: nothing to compare");
	self->dead = true;
	inline_off(self->b);
	for (int pos = 0; pos < 20; pos += 10) {
		ASSERT_EQ(1, send(self->a, wire + pos, 1, MSG_OOB));
		ASSERT_EQ(9, send(self->a, wire + pos + 1, 9, 0));
		ASSERT_EQ(0, wait_acked(self->a));
	}
	EXPECT_ERRNO(EBADMSG, recv(self->b, buf, 100, MSG_DONTWAIT));
	EXPECT_EQ(EBADMSG, xc_error(self->b, XCRYPT_RX));
}

TEST_HARNESS_MAIN
