// SPDX-License-Identifier: GPL-2.0
/* Ends of a connection: everything written before arrives, nothing stays behind. */
#define STREAM closing
#include "stream.h"

static __u8 buf[65536];

/* The kernel's count of TCP sockets without a process. */
static int orphans(void)
{
	FILE *f = fopen("/proc/net/sockstat", "r");
	char line[256];
	int n = -1;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "TCP: inuse %*d orphan %d", &n) == 1)
			break;
	}
	if (f)
		fclose(f);
	return n;
}

static bool orphans_settle(int want)
{
	for (int ms = 0; ms < 10000 && orphans() > want; ms += 20)
		pause_ms(20);
	return orphans() <= want;
}

TEST_F(closing, close_right_after_send)
{
	EXPECT_EQ(30000, pattern_send_once(self->a, 0, 30000));
	close(self->a);
	self->a = -1;
	EXPECT_EQ(30000, pattern_recv(self->b, 0, 40000));
	EXPECT_EQ(0, read(self->b, buf, 1));
}

TEST_F(closing, close_with_much_unsent)
{
	ssize_t n;

	shrink(self->a, self->b);
	n = pattern_fill_up(self->a, 0);
	ASSERT_LT(0, unacked(self->a));
	close(self->a);
	self->a = -1;
	EXPECT_EQ(n, pattern_recv(self->b, 0, n + 1));
	EXPECT_EQ(0, read(self->b, buf, 1));
}

TEST_F(closing, shutdown_right_after_send)
{
	EXPECT_EQ(30000, pattern_send_once(self->a, 0, 30000));
	EXPECT_EQ(0, shutdown(self->a, SHUT_WR));
	EXPECT_EQ(30000, pattern_recv(self->b, 0, 40000));
	EXPECT_EQ(0, read(self->b, buf, 1));
}

TEST_F(closing, shutdown_flushes_msg_more)
{
	pattern_fill(buf, 10, 0);
	EXPECT_EQ(10, send(self->a, buf, 10, MSG_MORE));
	EXPECT_EQ(0, shutdown(self->a, SHUT_WR));
	EXPECT_EQ(10, pattern_recv(self->b, 0, 100));
	EXPECT_EQ(0, read(self->b, buf, 1));
}

TEST_F(closing, close_flushes_cork)
{
	opt_set(self->a, SOL_TCP, TCP_CORK, 1);
	EXPECT_EQ(1234, pattern_send(self->a, 0, 1234));
	close(self->a);
	self->a = -1;
	EXPECT_EQ(1234, pattern_recv(self->b, 0, 2000));
}

TEST_F(closing, shutdown_both_ways)
{
	EXPECT_EQ(10, pattern_send(self->a, 0, 10));
	EXPECT_EQ(10, pattern_recv(self->b, 0, 10));
	EXPECT_EQ(0, shutdown(self->a, SHUT_RDWR));
	EXPECT_EQ(0, read(self->a, buf, 1));
	EXPECT_EQ(0, read(self->b, buf, 1));
	EXPECT_EQ(0, shutdown(self->b, SHUT_RDWR));
}

TEST_F(closing, end_of_stream_stays)
{
	EXPECT_EQ(10, pattern_send(self->a, 0, 10));
	shutdown(self->a, SHUT_WR);
	EXPECT_EQ(10, pattern_recv(self->b, 0, 100));
	for (int i = 0; i < 10; i++)
		EXPECT_EQ(0, recv(self->b, buf, 100, i & 1 ? MSG_DONTWAIT : 0));
}

TEST_F(closing, half_closed_by_client)
{
	shutdown(self->a, SHUT_WR);
	EXPECT_EQ(0, read(self->b, buf, 1));
	EXPECT_EQ(100000, pattern_send(self->b, 0, 100000));
	EXPECT_EQ(100000, pattern_recv(self->a, 0, 100000));
	close(self->b);
	self->b = -1;
	EXPECT_EQ(0, read(self->a, buf, 1));
}

TEST_F(closing, half_closed_by_server)
{
	shutdown(self->b, SHUT_WR);
	EXPECT_EQ(0, read(self->a, buf, 1));
	EXPECT_EQ(100000, pattern_send(self->a, 0, 100000));
	EXPECT_EQ(100000, pattern_recv(self->b, 0, 100000));
	close(self->a);
	self->a = -1;
	EXPECT_EQ(0, read(self->b, buf, 1));
}

TEST_F(closing, shutdown_wakes_reader)
{
	struct job job;

	job_start(&job, pattern_recv_once, self->b, 0, 10);
	ASSERT_TRUE(job_asleep(&job));
	shutdown(self->b, SHUT_RD);
	EXPECT_EQ(0, job_join(&job));
}

TEST_F(closing, octets_after_shut_rd_are_read)
{
	shutdown(self->b, SHUT_RD);
	EXPECT_EQ(0, read(self->b, buf, 10));
	EXPECT_EQ(20, pattern_send(self->a, 0, 20));
	EXPECT_EQ(20, wait_queued(self->b, 20));
	EXPECT_EQ(20, pattern_recv_once(self->b, 0, 100));
	EXPECT_EQ(0, read(self->b, buf, 10));
}

TEST_F(closing, reset_with_octets_queued)
{
	EXPECT_EQ(500, pattern_send(self->a, 0, 500));
	EXPECT_EQ(500, wait_queued(self->b, 500));
	close_reset(self->a);
	self->a = -1;
	EXPECT_NE(0, poll_for(self->b, 0, 10000) & POLLERR);
	EXPECT_EQ(200, pattern_recv(self->b, 0, 200));
	EXPECT_EQ(300, pattern_recv_once(self->b, 200, 1000));
	EXPECT_ERRNO(ECONNRESET, read(self->b, buf, 10));
	if (!xc_sealed(variant->cipher)) {
		EXPECT_EQ(0, read(self->b, buf, 10));
		return;
	}
	/* Without the end record there is no end of file. */
	EXPECT_ERRNO(EBADMSG, read(self->b, buf, 10));
	self->dead = true;
}

TEST_F(closing, reset_wakes_reader)
{
	struct job job;

	job_start(&job, pattern_recv_once, self->b, 0, 10);
	ASSERT_TRUE(job_asleep(&job));
	close_reset(self->a);
	self->a = -1;
	EXPECT_ERRNO(ECONNRESET, job_join(&job));
}

TEST_F(closing, unread_octets_at_close_are_a_reset)
{
	EXPECT_EQ(500, pattern_send(self->a, 0, 500));
	EXPECT_EQ(500, wait_queued(self->b, 500));
	EXPECT_EQ(100, pattern_recv(self->b, 0, 100));
	close(self->b);
	self->b = -1;
	EXPECT_NE(0, poll_for(self->a, 0, 10000) & POLLERR);
	/* The end record came before it. */
	if (xc_sealed(variant->cipher)) {
		EXPECT_EQ(0, read(self->a, buf, 10));
	} else {
		EXPECT_ERRNO(ECONNRESET, read(self->a, buf, 10));
	}
}

TEST_F(closing, all_read_at_close_is_a_fin)
{
	EXPECT_EQ(500, pattern_send(self->a, 0, 500));
	EXPECT_EQ(500, pattern_recv(self->b, 0, 500));
	close(self->b);
	self->b = -1;
	EXPECT_EQ(0, read(self->a, buf, 10));
	EXPECT_EQ(0, opt_get(self->a, SOL_SOCKET, SO_ERROR));
}

/* The end of the peer's stream is nothing that somebody has to read. */
TEST_F(closing, end_unread_at_close_is_a_fin)
{
	ASSERT_EQ(0, shutdown(self->a, SHUT_WR));
	EXPECT_NE(0, poll_for(self->b, POLLRDHUP, 10000) & POLLRDHUP);
	EXPECT_EQ(300, pattern_send(self->b, 0, 300));
	close(self->b);
	self->b = -1;
	EXPECT_EQ(300, pattern_recv(self->a, 0, 300));
	EXPECT_EQ(0, read(self->a, buf, 10));
	EXPECT_EQ(0, opt_get(self->a, SOL_SOCKET, SO_ERROR));
}

TEST_F(closing, linger_zero_resets_and_leaves_no_orphan)
{
	int before = orphans();

	shrink(self->a, self->b);
	ASSERT_LT(0, pattern_fill_up(self->a, 0));
	close_reset(self->a);
	self->a = -1;
	EXPECT_TRUE(orphans_settle(before));
	EXPECT_NE(0, poll_for(self->b, 0, 10000) & POLLERR);
	EXPECT_EQ(ECONNRESET, opt_get(self->b, SOL_SOCKET, SO_ERROR));
}

TEST_F(closing, orphan_ends_with_its_peer)
{
	int before = orphans();

	shrink(self->a, self->b);
	ASSERT_LT(0, pattern_fill_up(self->a, 0));
	close(self->a);
	self->a = -1;
	EXPECT_LT(before, orphans());
	close(self->b);
	self->b = -1;
	EXPECT_TRUE(orphans_settle(before));
}

TEST_F(closing, linger_waits_for_the_peer)
{
	struct linger lg = { .l_onoff = 1, .l_linger = 60 };
	struct job job;
	ssize_t n;

	shrink(self->a, self->b);
	n = pattern_fill_up(self->a, 0);
	setsockopt(self->a, SOL_SOCKET, SO_LINGER, &lg, sizeof(lg));
	job_start(&job, pattern_recv, self->b, 0, n + 1);
	close(self->a);
	self->a = -1;
	EXPECT_EQ(n, job_join(&job));
}

TEST_F(closing, killed_writer)
{
	int status;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		close(self->b);
		pattern_send_once(self->a, 0, 20000);
		raise(SIGKILL);
	}
	close(self->a);
	self->a = -1;
	waitpid(pid, &status, 0);
	EXPECT_EQ(20000, pattern_recv(self->b, 0, 40000));
}

TEST_F(closing, reuse_after_shutdown_is_refused)
{
	struct endpoint ep;

	endpoint_init(&ep, variant->family);
	shutdown(self->a, SHUT_RDWR);
	shutdown(self->b, SHUT_RDWR);
	close(self->b);
	self->b = -1;
	EXPECT_ERRNO(EISCONN, connect(self->a, (struct sockaddr *)&ep.addr, ep.len));
	if (variant->cipher)
		EXPECT_ERRNO(EINVAL, listen(self->a, 1));
}

TEST_F(closing, getsockname_is_as_before)
{
	struct sockaddr_storage own, peer;
	socklen_t own_len = sizeof(own), peer_len = sizeof(peer);

	memset(&own, 0, sizeof(own));
	memset(&peer, 0, sizeof(peer));
	ASSERT_EQ(0, getsockname(self->a, (struct sockaddr *)&own, &own_len));
	ASSERT_EQ(0, getpeername(self->b, (struct sockaddr *)&peer, &peer_len));
	EXPECT_EQ(own_len, peer_len);
	EXPECT_EQ(0, memcmp(&own, &peer, own_len));
}

TEST_HARNESS_MAIN
