// SPDX-License-Identifier: GPL-2.0
/* Calls that end early: what they return is what arrives, and the stream goes on there. */
#define STREAM partial
#include "stream.h"

#include <sys/mman.h>
#include <sys/time.h>

#define LARGE (4096 * 1024)
/* More than shrunken buffers hold; beyond them 6.1 gets along in steps of 40 ms. */
#define ENOUGH (512 * 1024)

static __u8 buf[1024 * 1024];

static void set_timeout(int fd, int name, int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	setsockopt(fd, SOL_SOCKET, name, &tv, sizeof(tv));
}

/* @len octets in a mapping whose next page may not be touched. */
static __u8 *before_the_abyss(size_t len)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t room = (len + page - 1) / page * page;
	__u8 *p = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + room, page, PROT_NONE))
		return NULL;
	return p + room - len;
}

TEST_F(partial, nonblocking_full_is_eagain)
{
	ssize_t n;

	shrink(self->a, self->b);
	n = pattern_fill_up(self->a, 0);
	ASSERT_LT(0, n);
	EXPECT_ERRNO(EAGAIN, send(self->a, buf, 1, MSG_DONTWAIT));
	set_nonblock(self->a);
	EXPECT_ERRNO(EAGAIN, send(self->a, buf, sizeof(buf), 0));
	EXPECT_ERRNO(EAGAIN, write(self->a, buf, 1));
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
	EXPECT_EQ(0, queued(self->b));
}

TEST_F(partial, one_call_takes_a_part)
{
	ssize_t n;

	shrink(self->a, self->b);
	set_nonblock(self->a);
	n = pattern_send_once(self->a, 0, LARGE);
	EXPECT_LT(0, n);
	EXPECT_GT(LARGE, n);
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
	EXPECT_EQ(0, queued(self->b));
	EXPECT_EQ(1000, pattern_send_once(self->a, n, 1000));
	EXPECT_EQ(1000, pattern_recv(self->b, n, 1000));
}

TEST_F(partial, writev_takes_a_part_of_a_piece)
{
	struct iovec iov[100];
	ssize_t n;

	shrink(self->a, self->b);
	set_nonblock(self->a);
	pattern_fill(buf, sizeof(buf), 0);
	for (int i = 0; i < 100; i++) {
		iov[i].iov_base = buf + i * 10007;
		iov[i].iov_len = 10007;
	}
	n = writev(self->a, iov, 100);
	EXPECT_LT(0, n);
	EXPECT_GT(100 * 10007, n);
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
	EXPECT_EQ(5, pattern_send(self->a, n, 5));
	EXPECT_EQ(5, pattern_recv(self->b, n, 5));
}

/* One thread drives both ends, so that every kind of end comes up. */
TEST_F(partial, counts_add_up)
{
	__u64 sent = 0, got = 0;
	int short_counts = 0, refusals = 0;

	shrink(self->a, self->b);
	set_nonblock(self->a);
	set_nonblock(self->b);
	while (sent < 200000) {
		size_t len = 1 + (sent * 7919) % 40000;
		ssize_t n = pattern_send_once(self->a, sent, len);

		ASSERT_TRUE(n > 0 || errno == EAGAIN);
		short_counts += n > 0 && n < (ssize_t)len;
		refusals += n < 0;
		sent += n > 0 ? n : 0;
		if (n > 0)
			continue;
		n = pattern_recv_once(self->b, got, 3001);
		ASSERT_TRUE(n > 0 || errno == EAGAIN);
		got += n > 0 ? n : 0;
	}
	EXPECT_LT(0, short_counts);
	EXPECT_LT(0, refusals);
	fcntl(self->b, F_SETFL, 0);
	EXPECT_EQ(sent - got, pattern_recv(self->b, got, sent - got));
	EXPECT_EQ(0, queued(self->b));
}

static ssize_t send_nonblocking(int fd, __u64 pos, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pattern_send_once(fd, pos + done, len - done < 16384 ? len - done : 16384);
		if (n < 0 && errno != EAGAIN)
			return -1;
		if (n < 0)
			poll_for(fd, POLLOUT, 1000);
		else
			done += n;
	}
	return done;
}

TEST_F(partial, sndbuf_100_nonblocking)
{
	struct job job;

	ASSERT_EQ(0, opt_set(self->a, SOL_SOCKET, SO_SNDBUF, 100));
	set_nonblock(self->a);
	job_start(&job, send_nonblocking, self->a, 0, 50000);
	EXPECT_EQ(50000, pattern_recv(self->b, 0, 50000));
	EXPECT_EQ(50000, job_join(&job));
}

TEST_F(partial, sndbuf_100_blocking)
{
	struct job job;

	ASSERT_EQ(0, opt_set(self->a, SOL_SOCKET, SO_SNDBUF, 100));
	job_start(&job, pattern_send_once, self->a, 0, 50000);
	EXPECT_EQ(50000, pattern_recv(self->b, 0, 50000));
	EXPECT_EQ(50000, job_join(&job));
}

TEST_F(partial, blocking_send_waits_for_room)
{
	struct job job;

	shrink(self->a, self->b);
	job_start(&job, pattern_send_once, self->a, 0, ENOUGH);
	EXPECT_TRUE(job_asleep(&job));
	EXPECT_EQ(ENOUGH, pattern_recv(self->b, 0, ENOUGH));
	EXPECT_EQ(ENOUGH, job_join(&job));
}

TEST_F(partial, send_timeout_after_a_part)
{
	ssize_t n;

	shrink(self->a, self->b);
	set_timeout(self->a, SO_SNDTIMEO, 100);
	n = pattern_send_once(self->a, 0, LARGE);
	EXPECT_LT(0, n);
	EXPECT_GT(LARGE, n);
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
	EXPECT_EQ(99, pattern_send_once(self->a, n, 99));
	EXPECT_EQ(99, pattern_recv(self->b, n, 99));
}

TEST_F(partial, send_timeout_with_nothing)
{
	double start, waited = 0;
	ssize_t n;

	shrink(self->a, self->b);
	n = pattern_fill_up(self->a, 0);
	set_timeout(self->a, SO_SNDTIMEO, 100);
	/* As in rx.receive_timeout. */
	for (int i = 0; i < 5 && waited < 0.09; i++) {
		start = now();
		EXPECT_ERRNO(EAGAIN, pattern_send_once(self->a, n, 100));
		waited = now() - start;
	}
	EXPECT_LE(0.09, waited);
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
	EXPECT_EQ(0, queued(self->b));
}

TEST_F(partial, signal_after_a_part)
{
	struct job job;
	ssize_t n;

	catch_signal(SIGUSR1, false);
	shrink(self->a, self->b);
	job_start(&job, pattern_send_once, self->a, 0, LARGE);
	ASSERT_TRUE(job_asleep(&job));
	job_signal(&job, SIGUSR1);
	n = job_join(&job);
	EXPECT_LT(0, n);
	EXPECT_GT(LARGE, n);
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
	EXPECT_EQ(0, queued(self->b));
	EXPECT_EQ(99, pattern_send_once(self->a, n, 99));
	EXPECT_EQ(99, pattern_recv(self->b, n, 99));
}

TEST_F(partial, signal_with_nothing_is_eintr)
{
	struct job job;
	ssize_t n;

	catch_signal(SIGUSR1, false);
	shrink(self->a, self->b);
	n = pattern_fill_up(self->a, 0);
	job_start(&job, pattern_send_once, self->a, n, 1000);
	ASSERT_TRUE(job_asleep(&job));
	job_signal(&job, SIGUSR1);
	EXPECT_ERRNO(EINTR, job_join(&job));
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
	EXPECT_EQ(0, queued(self->b));
}

TEST_F(partial, signal_restarts_the_call)
{
	struct job job;
	ssize_t n;

	catch_signal(SIGUSR1, true);
	shrink(self->a, self->b);
	n = pattern_fill_up(self->a, 0);
	job_start(&job, pattern_send_once, self->a, n, 1000);
	ASSERT_TRUE(job_asleep(&job));
	job_signal(&job, SIGUSR1);
	EXPECT_TRUE(job_asleep(&job));
	EXPECT_EQ(n + 1000, pattern_recv(self->b, 0, n + 1000));
	EXPECT_EQ(1000, job_join(&job));
}

TEST_F(partial, bad_pointer_sends_nothing)
{
	EXPECT_ERRNO(EFAULT, send(self->a, (void *)8, 1000, 0));
	EXPECT_ERRNO(EFAULT, send(self->a, before_the_abyss(0), 100000, 0));
	EXPECT_EQ(0, queued(self->b));
	EXPECT_EQ(50, pattern_send(self->a, 0, 50));
	EXPECT_EQ(50, pattern_recv_once(self->b, 0, 1000));
}

/* What was taken before the fault is under way, though nothing is written behind it. */
static bool arrives(int b, int n)
{
	int ms;

	/* A tail that is held back goes after 200 ms. */
	for (ms = 0; ms < 100 && readable(b, n + 1) < n; ms += 5)
		usleep(5000);
	return readable(b, n + 1) == n;
}

static void fault_at(struct __test_metadata *_metadata, int a, int b, size_t good)
{
	__u8 *p = before_the_abyss(good);
	ssize_t n;

	ASSERT_NE(NULL, p);
	pattern_fill(p, good, 0);
	n = send(a, p, good + 100, 0);
	EXPECT_TRUE(n >= 0 || errno == EFAULT);
	EXPECT_GE((ssize_t)good, n);
	n = n < 0 ? 0 : n;
	/* More would not fit the receiver's window. */
	EXPECT_TRUE(n > 65536 || arrives(b, n));
	EXPECT_EQ(70, pattern_send(a, n, 70));
	EXPECT_EQ(n + 70, pattern_recv(b, 0, n + 70));
	EXPECT_EQ(0, queued(b));
}

TEST_F(partial, fault_soon)
{
	fault_at(_metadata, self->a, self->b, 100);
}

TEST_F(partial, fault_after_pages)
{
	fault_at(_metadata, self->a, self->b, 3 * 4096 + 17);
}

TEST_F(partial, fault_after_one_piece)
{
	fault_at(_metadata, self->a, self->b, 32768);
}

TEST_F(partial, fault_after_many_segments)
{
	fault_at(_metadata, self->a, self->b, 300001);
}

TEST_F(partial, fault_in_second_piece)
{
	struct iovec iov[2] = {
		{ .iov_base = buf, .iov_len = 500 },
		{ .iov_base = (void *)8, .iov_len = 500 },
	};
	ssize_t n;

	pattern_fill(buf, 500, 0);
	n = writev(self->a, iov, 2);
	EXPECT_TRUE(n >= 0 || errno == EFAULT);
	EXPECT_GE(500, n);
	n = n < 0 ? 0 : n;
	EXPECT_TRUE(arrives(self->b, n));
	EXPECT_EQ(70, pattern_send(self->a, n, 70));
	EXPECT_EQ(n + 70, pattern_recv(self->b, 0, n + 70));
	EXPECT_EQ(0, queued(self->b));
}

TEST_F(partial, reset_while_waiting)
{
	struct job job;
	ssize_t n;

	shrink(self->a, self->b);
	job_start(&job, pattern_send_once, self->a, 0, LARGE);
	ASSERT_TRUE(job_asleep(&job));
	close_reset(self->b);
	n = job_join(&job);
	EXPECT_LT(0, n);
	EXPECT_GT(LARGE, n);
	if (variant->cipher)
		EXPECT_EQ(n, xc_octets(self->a, XCRYPT_TX));
	EXPECT_ERRNO(ECONNRESET, send(self->a, buf, 10, MSG_NOSIGNAL));
	EXPECT_ERRNO(EPIPE, send(self->a, buf, 10, MSG_NOSIGNAL));
}

TEST_F(partial, shutdown_while_waiting)
{
	struct job job;
	ssize_t n;

	shrink(self->a, self->b);
	job_start(&job, pattern_send_once, self->a, 0, LARGE);
	ASSERT_TRUE(job_asleep(&job));
	shutdown(self->a, SHUT_WR);
	n = job_join(&job);
	EXPECT_LT(0, n);
	EXPECT_EQ(n, pattern_recv(self->b, 0, LARGE));
	EXPECT_ERRNO(EPIPE, send(self->a, buf, 10, MSG_NOSIGNAL));
}

TEST_HARNESS_MAIN
