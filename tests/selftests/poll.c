// SPDX-License-Identifier: GPL-2.0
/* poll, select, epoll and SIGIO tell the same as on plain TCP. */
#define STREAM poll
#include "stream.h"

#include <sys/epoll.h>
#include <sys/select.h>

static __u8 buf[65536];

static bool arrive(int from, int to, __u64 pos, size_t len)
{
	return pattern_send(from, pos, len) == (ssize_t)len && wait_queued(to, len) >= 0;
}

/* Fill the way from @a to @b; what was taken. */
static ssize_t fill_way(int a, int b)
{
	shrink(a, b);
	return pattern_fill_up(a, 0);
}

TEST_F(poll, in_until_read)
{
	EXPECT_EQ(0, poll_for(self->b, POLLIN, 20));
	ASSERT_TRUE(arrive(self->a, self->b, 0, 10));
	EXPECT_EQ(POLLIN, poll_for(self->b, POLLIN, 20));
	EXPECT_EQ(10, pattern_recv(self->b, 0, 10));
	EXPECT_EQ(0, poll_for(self->b, POLLIN, 20));
}

static ssize_t poll_in(int fd, __u64 pos, size_t len)
{
	(void)pos;
	(void)len;
	return poll_for(fd, POLLIN, -1);
}

TEST_F(poll, waits_for_input)
{
	struct job job;

	job_start(&job, poll_in, self->b, 0, 0);
	EXPECT_TRUE(job_asleep(&job));
	EXPECT_EQ(15, pattern_send(self->a, 0, 15));
	EXPECT_EQ(POLLIN, job_join(&job));
	EXPECT_EQ(15, pattern_recv(self->b, 0, 15));
}

TEST_F(poll, in_while_a_part_is_left)
{
	ASSERT_TRUE(arrive(self->a, self->b, 0, 20));
	EXPECT_EQ(15, pattern_recv(self->b, 0, 15));
	EXPECT_EQ(POLLIN, poll_for(self->b, POLLIN, -1));
	EXPECT_EQ(5, pattern_recv_once(self->b, 15, 15));
	EXPECT_EQ(0, poll_for(self->b, POLLIN, 0));
}

TEST_F(poll, in_after_peek)
{
	ASSERT_TRUE(arrive(self->a, self->b, 0, 20));
	EXPECT_EQ(20, recv(self->b, buf, 20, MSG_PEEK));
	EXPECT_EQ(POLLIN, poll_for(self->b, POLLIN, 0));
}

TEST_F(poll, lowat)
{
	ASSERT_EQ(0, opt_set(self->b, SOL_SOCKET, SO_RCVLOWAT, 30));
	ASSERT_TRUE(arrive(self->a, self->b, 0, 20));
	/* Of a record that is not opened, all its octets count. */
	EXPECT_EQ(xc_sealed(variant->cipher) ? POLLIN : 0, poll_for(self->b, POLLIN, 50));
	EXPECT_EQ(20, pattern_send(self->a, 20, 20));
	EXPECT_EQ(POLLIN, poll_for(self->b, POLLIN, 10000));
	EXPECT_EQ(40, pattern_recv(self->b, 0, 40));
}

TEST_F(poll, out_while_there_is_room)
{
	ssize_t n;

	EXPECT_EQ(POLLOUT, poll_for(self->a, POLLOUT, 0));
	n = fill_way(self->a, self->b);
	EXPECT_EQ(0, poll_for(self->a, POLLOUT, 20));
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
	EXPECT_EQ(POLLOUT, poll_for(self->a, POLLOUT, 10000));
}

static ssize_t poll_out(int fd, __u64 pos, size_t len)
{
	(void)pos;
	(void)len;
	return poll_for(fd, POLLOUT, -1);
}

TEST_F(poll, waits_for_room)
{
	ssize_t n = fill_way(self->a, self->b);
	struct job job;

	job_start(&job, poll_out, self->a, 0, 0);
	EXPECT_TRUE(job_asleep(&job));
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
	EXPECT_EQ(POLLOUT, job_join(&job));
}

TEST_F(poll, rdhup_at_half_close)
{
	EXPECT_EQ(0, poll_for(self->b, POLLIN | POLLRDHUP, 0));
	shutdown(self->a, SHUT_WR);
	EXPECT_EQ(POLLRDHUP, poll_for(self->b, POLLRDHUP, 10000));
	EXPECT_EQ(POLLIN | POLLRDHUP, poll_for(self->b, POLLIN | POLLRDHUP, 0));
	EXPECT_EQ(0, read(self->b, buf, 1));
}

TEST_F(poll, hup_when_both_are_closed)
{
	shutdown(self->a, SHUT_WR);
	EXPECT_EQ(0, read(self->b, buf, 1));
	EXPECT_EQ(0, poll_for(self->b, POLLIN, 0) & POLLHUP);
	shutdown(self->b, SHUT_WR);
	EXPECT_EQ(POLLHUP, poll_for(self->b, POLLIN, 10000) & POLLHUP);
}

TEST_F(poll, err_at_reset)
{
	close_reset(self->a);
	EXPECT_EQ(POLLERR | POLLHUP, poll_for(self->b, 0, 10000) & (POLLERR | POLLHUP));
	EXPECT_EQ(ECONNRESET, opt_get(self->b, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(0, opt_get(self->b, SOL_SOCKET, SO_ERROR));
}

static int select_for(int fd, bool write, int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	return select(fd + 1, write ? NULL : &set, write ? &set : NULL, NULL, &tv);
}

TEST_F(poll, select_read)
{
	EXPECT_EQ(0, select_for(self->b, false, 20));
	ASSERT_TRUE(arrive(self->a, self->b, 0, 10));
	EXPECT_EQ(1, select_for(self->b, false, 10000));
	EXPECT_EQ(10, pattern_recv(self->b, 0, 10));
	EXPECT_EQ(0, select_for(self->b, false, 20));
}

TEST_F(poll, select_write)
{
	ssize_t n;

	EXPECT_EQ(1, select_for(self->a, true, 0));
	n = fill_way(self->a, self->b);
	EXPECT_EQ(0, select_for(self->a, true, 20));
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
	EXPECT_EQ(1, select_for(self->a, true, 10000));
}

static int epoll_on(int fd, int events)
{
	struct epoll_event ev = { .events = events };
	int ep = epoll_create1(0);

	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) ? -1 : ep;
}

static int epoll_next(int ep, int ms)
{
	struct epoll_event ev = {};

	return epoll_wait(ep, &ev, 1, ms) == 1 ? (int)ev.events : 0;
}

TEST_F(poll, epoll_level)
{
	int ep = epoll_on(self->b, EPOLLIN);

	EXPECT_EQ(0, epoll_next(ep, 20));
	ASSERT_TRUE(arrive(self->a, self->b, 0, 10));
	EXPECT_EQ(EPOLLIN, epoll_next(ep, 10000));
	EXPECT_EQ(EPOLLIN, epoll_next(ep, 0));
	EXPECT_EQ(4, pattern_recv(self->b, 0, 4));
	EXPECT_EQ(EPOLLIN, epoll_next(ep, 0));
	EXPECT_EQ(6, pattern_recv(self->b, 4, 6));
	EXPECT_EQ(0, epoll_next(ep, 20));
}

TEST_F(poll, epoll_edge_in)
{
	int ep = epoll_on(self->b, EPOLLIN | EPOLLET);

	opt_set(self->a, SOL_TCP, TCP_NODELAY, 1);
	ASSERT_TRUE(arrive(self->a, self->b, 0, 10));
	EXPECT_EQ(EPOLLIN, epoll_next(ep, 10000));
	EXPECT_EQ(0, epoll_next(ep, 20));
	EXPECT_EQ(4, pattern_recv(self->b, 0, 4));
	EXPECT_EQ(0, epoll_next(ep, 20));
	EXPECT_EQ(10, pattern_send(self->a, 10, 10));
	EXPECT_EQ(EPOLLIN, epoll_next(ep, 10000));
	EXPECT_EQ(16, pattern_recv(self->b, 4, 16));
}

TEST_F(poll, epoll_edge_out)
{
	int ep = epoll_on(self->a, EPOLLOUT | EPOLLET);
	ssize_t n;

	EXPECT_EQ(EPOLLOUT, epoll_next(ep, 0));
	EXPECT_EQ(0, epoll_next(ep, 0));
	n = fill_way(self->a, self->b);
	while (epoll_next(ep, 20))
		;
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
	EXPECT_EQ(EPOLLOUT, epoll_next(ep, 10000));
	EXPECT_EQ(0, epoll_next(ep, 20));
}

TEST_F(poll, epoll_oneshot)
{
	int ep = epoll_on(self->b, EPOLLIN | EPOLLONESHOT);
	struct epoll_event again = { .events = EPOLLIN | EPOLLONESHOT };

	ASSERT_TRUE(arrive(self->a, self->b, 0, 10));
	EXPECT_EQ(EPOLLIN, epoll_next(ep, 10000));
	EXPECT_EQ(5, pattern_send(self->a, 10, 5));
	EXPECT_EQ(0, epoll_next(ep, 20));
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_MOD, self->b, &again));
	EXPECT_EQ(EPOLLIN, epoll_next(ep, 10000));
	EXPECT_EQ(15, pattern_recv(self->b, 0, 15));
}

TEST_F(poll, epoll_rdhup)
{
	int ep = epoll_on(self->b, EPOLLIN | EPOLLRDHUP | EPOLLET);

	EXPECT_EQ(8, pattern_send(self->a, 0, 8));
	close(self->a);
	self->a = -1;
	EXPECT_EQ(POLLRDHUP, poll_for(self->b, POLLRDHUP, 10000));
	EXPECT_EQ(EPOLLIN | EPOLLRDHUP, epoll_next(ep, 10000));
	EXPECT_EQ(8, pattern_recv(self->b, 0, 100));
	EXPECT_EQ(0, read(self->b, buf, 1));
}

TEST_F(poll, epoll_lowat)
{
	int ep = epoll_on(self->b, EPOLLIN | EPOLLET);

	ASSERT_EQ(0, opt_set(self->b, SOL_SOCKET, SO_RCVLOWAT, 30));
	ASSERT_TRUE(arrive(self->a, self->b, 0, 20));
	EXPECT_EQ(xc_sealed(variant->cipher) ? EPOLLIN : 0, epoll_next(ep, 50));
	EXPECT_EQ(20, pattern_send(self->a, 20, 20));
	EXPECT_EQ(EPOLLIN, epoll_next(ep, 10000));
	EXPECT_EQ(40, pattern_recv(self->b, 0, 40));
}

/* An edge-triggered echo: every octet comes back though no side ever blocks. */
TEST_F(poll, epoll_edge_transfer)
{
	int ep = epoll_on(self->b, EPOLLIN | EPOLLET);
	ssize_t got = 0, n;
	struct job job;

	set_nonblock(self->b);
	job_start(&job, pattern_send, self->a, 0, 400000);
	while (got < 400000 && epoll_next(ep, 10000)) {
		while ((n = pattern_recv_once(self->b, got, 4000)) > 0)
			got += n;
		ASSERT_EQ(EAGAIN, errno);
	}
	EXPECT_EQ(400000, got);
	EXPECT_EQ(400000, job_join(&job));
}

static atomic_int sigio_seen;

static void on_sigio(int sig)
{
	(void)sig;
	sigio_seen++;
}

TEST_F(poll, sigio)
{
	struct sigaction sa = { .sa_handler = on_sigio };

	sigaction(SIGIO, &sa, NULL);
	ASSERT_EQ(0, fcntl(self->b, F_SETOWN, getpid()));
	ASSERT_EQ(0, fcntl(self->b, F_SETFL, O_ASYNC | O_NONBLOCK));
	ASSERT_TRUE(arrive(self->a, self->b, 0, 10));
	for (int ms = 0; ms < 10000 && !sigio_seen; ms += 10)
		pause_ms(10);
	EXPECT_LT(0, sigio_seen);
	EXPECT_EQ(10, pattern_recv(self->b, 0, 10));
}

TEST_HARNESS_MAIN
