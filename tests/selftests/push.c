// SPDX-License-Identifier: GPL-2.0
/* When what was written leaves: MSG_MORE, TCP_CORK, Nagle, and what it costs to hold it. */
#define STREAM push
#include "stream.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

static __u8 buf[1024 * 1024];

TEST_F(push, msg_more_then_send_is_one_stretch)
{
	pattern_fill(buf, 20, 0);
	EXPECT_EQ(10, send(self->a, buf, 10, MSG_MORE));
	EXPECT_EQ(10, send(self->a, buf + 10, 10, 0));
	EXPECT_EQ(20, wait_queued(self->b, 20));
	EXPECT_EQ(20, pattern_recv_once(self->b, 0, 100));
}

TEST_F(push, msg_more_is_held_back)
{
	pattern_fill(buf, 10, 0);
	EXPECT_EQ(10, send(self->a, buf, 10, MSG_MORE));
	EXPECT_ERRNO(EAGAIN, recv(self->b, buf, 10, MSG_DONTWAIT));
	EXPECT_EQ(10, pattern_recv(self->b, 0, 10));
}

TEST_F(push, msg_more_many_times)
{
	for (int i = 0; i < 300; i++) {
		pattern_fill(buf, 333, i * 333);
		EXPECT_EQ(333, send(self->a, buf, 333, i == 299 ? 0 : MSG_MORE));
	}
	EXPECT_EQ(300 * 333, pattern_recv(self->b, 0, 300 * 333));
}

TEST_F(push, msg_more_leaves_by_itself)
{
	pattern_fill(buf, 100, 0);
	EXPECT_EQ(100, send(self->a, buf, 100, MSG_MORE));
	EXPECT_EQ(100, pattern_recv(self->b, 0, 100));
}

TEST_F(push, msg_eor)
{
	pattern_fill(buf, 30, 0);
	EXPECT_EQ(10, send(self->a, buf, 10, MSG_EOR));
	EXPECT_EQ(10, send(self->a, buf + 10, 10, MSG_EOR));
	EXPECT_EQ(10, send(self->a, buf + 20, 10, 0));
	EXPECT_EQ(30, pattern_recv(self->b, 0, 30));
}

TEST_F(push, cork_holds_until_uncorked)
{
	ASSERT_EQ(0, opt_set(self->a, SOL_TCP, TCP_CORK, 1));
	for (int i = 0; i < 10; i++)
		EXPECT_EQ(20, pattern_send(self->a, i * 20, 20));
	EXPECT_EQ(0, queued(self->b));
	ASSERT_EQ(0, opt_set(self->a, SOL_TCP, TCP_CORK, 0));
	EXPECT_EQ(200, wait_queued(self->b, 200));
	EXPECT_EQ(200, pattern_recv_once(self->b, 0, 1000));
}

TEST_F(push, corked_bulk_arrives)
{
	struct job job;

	opt_set(self->a, SOL_TCP, TCP_CORK, 1);
	job_start(&job, pattern_recv, self->b, 0, 500001);
	EXPECT_EQ(500001, pattern_send_once(self->a, 0, 500001));
	opt_set(self->a, SOL_TCP, TCP_CORK, 0);
	EXPECT_EQ(500001, job_join(&job));
}

TEST_F(push, nodelay_leaves_at_once)
{
	ASSERT_EQ(0, opt_set(self->a, SOL_TCP, TCP_NODELAY, 1));
	for (int i = 0; i < 50; i++) {
		EXPECT_EQ(3, pattern_send(self->a, i * 3, 3));
		EXPECT_EQ(3, wait_queued(self->b, 3));
		EXPECT_EQ(3, pattern_recv(self->b, i * 3, 3));
	}
}

TEST_F(push, cork_set_while_octets_wait)
{
	shrink(self->a, self->b);
	ssize_t n = pattern_fill_up(self->a, 0);

	ASSERT_LT(0, n);
	opt_set(self->a, SOL_TCP, TCP_CORK, 1);
	opt_set(self->a, SOL_TCP, TCP_CORK, 0);
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
}

static long free_kib(void)
{
	FILE *f = fopen("/proc/meminfo", "r");
	long kib = -1;
	char line[128];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "MemFree: %ld", &kib) == 1)
			break;
	}
	if (f)
		fclose(f);
	return kib;
}

/* A page for each octet would be 40 MiB, held until the peer reads. */
TEST_F(push, one_octet_writes_do_not_hold_a_page_each)
{
	long before = free_kib();

	opt_set(self->a, SOL_TCP, TCP_NODELAY, 1);
	for (int i = 0; i < 10000; i++) {
		pattern_fill(buf, 1, i);
		ASSERT_EQ(1, write(self->a, buf, 1));
	}
	EXPECT_GT(24 * 1024, before - free_kib());
	EXPECT_EQ(10000, pattern_recv(self->b, 0, 10000));
}

TEST_F(push, corked_octets_do_not_hold_a_page_each)
{
	long before = free_kib();

	opt_set(self->a, SOL_TCP, TCP_CORK, 1);
	for (int i = 0; i < 10000; i++) {
		pattern_fill(buf, 1, i);
		ASSERT_EQ(1, write(self->a, buf, 1));
	}
	EXPECT_GT(24 * 1024, before - free_kib());
	opt_set(self->a, SOL_TCP, TCP_CORK, 0);
	EXPECT_EQ(10000, pattern_recv(self->b, 0, 10000));
}

/* What was sent is with the peer or unacknowledged, to the octet. */
TEST_F(push, siocoutq_is_exact)
{
	ssize_t n;

	shrink(self->a, self->b);
	n = pattern_fill_up(self->a, 0);
	ASSERT_LT(0, n);
	EXPECT_LT(0, unacked(self->a));
	/* It is about the wire, where records are longer than what they hold. */
	if (!xc_sealed(variant->cipher))
		EXPECT_EQ(n, queued(self->b) + unacked(self->a));
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
	EXPECT_EQ(0, wait_acked(self->a));
}

TEST_F(push, siocoutqnsd_counts_what_is_corked)
{
	int n = -1;

	opt_set(self->a, SOL_TCP, TCP_CORK, 1);
	EXPECT_EQ(77, pattern_send(self->a, 0, 77));
	ASSERT_EQ(0, ioctl(self->a, SIOCOUTQNSD, &n));
	EXPECT_EQ(xc_wire(variant->cipher, 77), n);
	opt_set(self->a, SOL_TCP, TCP_CORK, 0);
	EXPECT_EQ(77, pattern_recv(self->b, 0, 77));
}

TEST_F(push, notsent_lowat_governs_pollout)
{
	ssize_t n = 0;

	ASSERT_EQ(0, opt_set(self->a, SOL_TCP, TCP_NOTSENT_LOWAT, 20000));
	opt_set(self->b, SOL_SOCKET, SO_RCVBUF, 16384);
	set_nonblock(self->a);
	while (poll_for(self->a, POLLOUT, 0) & POLLOUT && n < 8192 * 1024)
		n += pattern_send_once(self->a, n, 5000);
	EXPECT_GT(8192 * 1024, n);
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
	EXPECT_EQ(POLLOUT, poll_for(self->a, POLLOUT, 10000));
}

TEST_F(push, notsent_lowat_one_octet)
{
	struct job job;

	ASSERT_EQ(0, opt_set(self->a, SOL_TCP, TCP_NOTSENT_LOWAT, 1));
	job_start(&job, pattern_recv, self->b, 0, 300000);
	EXPECT_EQ(300000, pattern_send_once(self->a, 0, 300000));
	EXPECT_EQ(300000, job_join(&job));
}

/* Of all sockets of the machine. Gives the old text back. */
static bool tcp_mem(const char *text, char *old, size_t size)
{
	int fd = open("/proc/sys/net/ipv4/tcp_mem", O_RDWR);
	ssize_t n = old ? pread(fd, old, size - 1, 0) : 0;
	bool ok = n >= 0 && pwrite(fd, text, strlen(text), 0) > 0;

	if (ok && old)
		old[n] = 0;
	close(fd);
	return ok;
}

/* What follows finds no memory: what was taken is not held back for it. */
TEST_F(push, tail_leaves_where_memory_ends)
{
	ssize_t n, more, got = 0;
	char old[64];
	int hog[2];

	/* Each processor counts a MiB for itself, which is seen by no limit. */
	ASSERT_EQ(0, pair_open(AF_INET, hog));
	EXPECT_LT(2 << 20, pattern_fill_up(hog[0], 0));
	opt_set(self->a, SOL_SOCKET, SO_SNDBUF, 1024 * 1024);
	set_nonblock(self->a);
	ASSERT_EQ(true, tcp_mem("8 8 8", old, sizeof(old)));
	n = pattern_send_once(self->a, 0, 200000);
	EXPECT_LT(0, n);
	EXPECT_GT(200000, n);
	while (got < n && poll_for(self->b, POLLIN, 3000) & POLLIN) {
		more = pattern_recv_once(self->b, got, n - got);
		if (more <= 0)
			break;
		got += more;
	}
	EXPECT_EQ(n, got);
	EXPECT_EQ(true, tcp_mem(old, NULL, 0));
	close(hog[0]);
	close(hog[1]);
}

TEST_HARNESS_MAIN
