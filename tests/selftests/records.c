// SPDX-License-Identifier: GPL-2.0
/*
 * What ciphers of records have that streams have not: a record that is half there, one that is
 * half read, the end record, a direction that is refused for good, and padding.
 */
#include "harness.h"

#include <sys/epoll.h>
#include <sys/wait.h>

#define BIG	16384		/* octets in the longest record */
#define FRAME	(2 + 16)	/* around what is sealed */
#define N_LEN	2		/* sealed ahead of the payload */

static __u8 buf[256 * 1024];
static __u8 wire[256 * 1024];

/* @from seals, @tap sees the records; what is written at @in is opened at @to. */
FIXTURE(records)
{
	int from;
	int tap;
	int in;
	int to;
	struct xcrypt_key key;
};

FIXTURE_VARIANT(records)
{
	int family;
	const char *cipher;
};

FIXTURE_VARIANT_ADD(records, v4_chachapoly) { .family = AF_INET, .cipher = "chachapoly" };
FIXTURE_VARIANT_ADD(records, v6_aes256gcm) { .family = AF_INET6, .cipher = "aes256gcm" };

static int open_sealing(int family, const struct xcrypt_key *key, int fd[2])
{
	if (pair_open(family, fd) || opt_set(fd[0], SOL_TCP, TCP_NODELAY, 1) || xc_attach(fd[0]))
		return -1;
	return xc_set(fd[0], XCRYPT_TX, key);
}

static int open_opening(int family, const struct xcrypt_key *key, int fd[2],
			void (*prepare)(int fd))
{
	if (pair_open_with(family, fd, prepare) || opt_set(fd[0], SOL_TCP, TCP_NODELAY, 1) ||
	    xc_attach(fd[1]))
		return -1;
	return xc_set(fd[1], XCRYPT_RX, key);
}

FIXTURE_SETUP(records)
{
	int fd[2];

	key_random(&self->key, variant->cipher);
	ASSERT_EQ(0, open_sealing(variant->family, &self->key, fd));
	self->from = fd[0];
	self->tap = fd[1];
	ASSERT_EQ(0, open_opening(variant->family, &self->key, fd, NULL));
	self->in = fd[0];
	self->to = fd[1];
}

FIXTURE_TEARDOWN(records)
{
	close(self->from);
	close(self->tap);
	close(self->in);
	close(self->to);
}

/* All that @from sends up to now, at @at of wire; octets. */
static int tapped(int tap, int from, int at)
{
	int n = 0, got = 1;

	wait_acked(from);
	for (; got > 0; n += got) {
		got = recv(tap, wire + at + n, sizeof(wire) - at - n, MSG_DONTWAIT);
		if (got <= 0)
			break;
	}
	return n;
}

/* Seal octets @pos on of the stream; how many octets the records have, at @at of wire. */
static int seal(FIXTURE_DATA(records) *self, int at, __u64 pos, size_t len)
{
	if (pattern_send_once(self->from, pos, len) != len)
		return -1;
	return tapped(self->tap, self->from, at);
}

static int seal_end(FIXTURE_DATA(records) *self, int at)
{
	shutdown(self->from, SHUT_WR);
	return tapped(self->tap, self->from, at);
}

static bool put(FIXTURE_DATA(records) *self, int at, int len)
{
	return write(self->in, wire + at, len) == len && !wait_acked(self->in);
}

/* One record of @len octets is there to be read, and the first 10 have been. */
static bool half_read(FIXTURE_DATA(records) *self, size_t len)
{
	int n = seal(self, 0, 0, len);

	return n > 0 && put(self, 0, n) && pattern_recv(self->to, 0, 10) == 10;
}

/* A record that is not whole is not there, whoever asks and however. */
TEST_F(records, half_there)
{
	int n = seal(self, 0, 0, 100), p[2];

	ASSERT_LT(0, n);
	ASSERT_EQ(0, pipe(p));
	for (int at = 0; at < n - 1; at += 23) {
		ASSERT_TRUE(put(self, at, at + 23 < n - 1 ? 23 : n - 1 - at));
		EXPECT_ERRNO(EAGAIN, recv(self->to, buf, 1, MSG_DONTWAIT));
		EXPECT_ERRNO(EAGAIN, recv(self->to, buf, 1, MSG_DONTWAIT | MSG_PEEK));
		EXPECT_ERRNO(EAGAIN, recv(self->to, buf, 9, MSG_DONTWAIT | MSG_WAITALL));
		EXPECT_EQ(0, queued(self->to));
		EXPECT_EQ(0, poll_for(self->to, POLLIN, 0));
		set_nonblock(self->to);
		EXPECT_ERRNO(EAGAIN, splice(self->to, NULL, p[1], NULL, 1, 0));
	}
	ASSERT_TRUE(put(self, n - 1, 1));
	EXPECT_EQ(POLLIN, poll_for(self->to, POLLIN, 10000));
	EXPECT_EQ(100, pattern_recv_once(self->to, 0, 200));
}

/* A time-out takes nothing of it. */
TEST_F(records, half_there_until_a_time_out)
{
	struct timeval tv = { .tv_usec = 200000 };
	int n = seal(self, 0, 0, 100);
	double start;

	ASSERT_EQ(0, setsockopt(self->to, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	for (int at = 0; at < n - 1; at += n / 2) {
		ASSERT_TRUE(put(self, at, at ? n - 1 - at : n / 2));
		start = now();
		EXPECT_ERRNO(EAGAIN, recv(self->to, buf, 10, 0));
		EXPECT_LT(0.15, now() - start);
	}
	ASSERT_TRUE(put(self, n - 1, 1));
	EXPECT_EQ(100, pattern_recv(self->to, 0, 100));
}

TEST_F(records, half_there_wakes_nobody)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	int n = seal(self, 0, 0, 100), ep = epoll_create1(0);
	struct job job;

	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->to, &ev));
	ASSERT_TRUE(put(self, 0, n / 2));
	EXPECT_EQ(0, epoll_wait(ep, &ev, 1, 100));
	job_start(&job, pattern_recv_once, self->to, 0, 200);
	ASSERT_TRUE(job_asleep(&job));
	ASSERT_TRUE(put(self, n / 2, n - 1 - n / 2));
	EXPECT_TRUE(job_asleep(&job));
	ASSERT_TRUE(put(self, n - 1, 1));
	EXPECT_EQ(100, job_join(&job));
}

static ssize_t waitall(int fd, __u64 pos, size_t len)
{
	__u8 mine[BIG];
	ssize_t n = recv(fd, mine, len, MSG_WAITALL);

	return n > 0 && !pattern_ok(mine, n, pos) ? -1 : n;
}

TEST_F(records, waitall_from_mid_record_on)
{
	int first = seal(self, 0, 0, 100), next = seal(self, first, 100, 50);
	struct job job;

	ASSERT_TRUE(put(self, 0, first));
	EXPECT_EQ(40, pattern_recv(self->to, 0, 40));
	job_start(&job, waitall, self->to, 40, 80);
	ASSERT_TRUE(job_asleep(&job));
	ASSERT_TRUE(put(self, first, next));
	EXPECT_EQ(80, job_join(&job));
	EXPECT_EQ(30, queued(self->to));
	EXPECT_EQ(30, pattern_recv(self->to, 120, 30));
}

/* What came before the refused record is given; the call after it is told. */
TEST_F(records, waitall_ends_before_a_refused_record)
{
	int first = seal(self, 0, 0, 100), next = seal(self, first, 100, 50);

	wire[first + next - 1] ^= 1;
	ASSERT_TRUE(put(self, 0, first + next));
	EXPECT_EQ(100, recv(self->to, buf, 150, MSG_WAITALL));
	EXPECT_TRUE(pattern_ok(buf, 100, 0));
	EXPECT_ERRNO(EBADMSG, recv(self->to, buf, 50, MSG_WAITALL));
}

/* With what was kept of one, whole records behind it and a half one at the end. */
TEST_F(records, peek_across_records)
{
	int at = 0, n = 0;

	for (int i = 0; i < 4; i++, at += n) {
		n = seal(self, at, i * 100, 100);
		ASSERT_LT(0, n);
	}
	ASSERT_TRUE(put(self, 0, at - 1));
	for (int done = 0; done < 300; done += 50) {
		for (int want = 1; want < 400; want += 37) {
			int there = want < 300 - done ? want : 300 - done;

			ASSERT_EQ(there, recv(self->to, buf, want, MSG_PEEK | MSG_DONTWAIT));
			ASSERT_TRUE(pattern_ok(buf, there, done));
			ASSERT_EQ(there, recv(self->to, NULL, want,
					      MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT));
		}
		ASSERT_EQ(50, pattern_recv(self->to, done, 50));
	}
	EXPECT_ERRNO(EAGAIN, recv(self->to, buf, 1, MSG_PEEK | MSG_DONTWAIT));
	ASSERT_TRUE(put(self, at - 1, 1));
	EXPECT_EQ(100, recv(self->to, buf, 100, MSG_PEEK | MSG_WAITALL));
	EXPECT_EQ(100, pattern_recv(self->to, 300, 100));
}

/* A peek that finds the end behind it does not take the end. */
TEST_F(records, peek_up_to_the_end)
{
	int n = seal(self, 0, 0, 100), end = seal_end(self, n);

	ASSERT_TRUE(put(self, 0, n + end));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(100, recv(self->to, buf, 200, MSG_PEEK));
	EXPECT_EQ(100, pattern_recv_once(self->to, 0, 200));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, recv(self->to, buf, 200, MSG_PEEK));
	EXPECT_EQ(0, read(self->to, buf, 1));
}

/* Two readers share one record: each octet goes to one of them. */
TEST_F(records, two_readers_of_one)
{
	struct job jobs[2];
	int n = seal(self, 0, 0, BIG);

	for (int i = 0; i < 2; i++) {
		job_start(&jobs[i], waitall, self->to, 0, BIG / 2);
		ASSERT_TRUE(job_asleep(&jobs[i]));
	}
	ASSERT_TRUE(put(self, 0, n));
	/* One has the octets from the first on, and the other one, who looked for them, has not. */
	EXPECT_NE(job_join(&jobs[0]), job_join(&jobs[1]));
	EXPECT_EQ(0, queued(self->to));
	EXPECT_EQ(BIG, xc_octets(self->to, XCRYPT_RX));
}

TEST_F(records, half_read_then_fork)
{
	int status = -1;
	pid_t pid;

	ASSERT_TRUE(half_read(self, 1000));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(pattern_recv(self->to, 10, 490) != 490);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(500, queued(self->to));
	EXPECT_EQ(500, pattern_recv_once(self->to, 500, 1000));
}

/* Its end closes the last descriptor of a half-read record. */
TEST_F(records, half_read_and_killed)
{
	int status = -1;
	pid_t pid;

	ASSERT_TRUE(half_read(self, 1000));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		pattern_recv(self->to, 10, 10);
		raise(SIGKILL);
	}
	close(self->to);
	self->to = -1;
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
	EXPECT_NE(0, poll_for(self->in, 0, 10000) & POLLERR);
	EXPECT_ERRNO(ECONNRESET, read(self->in, buf, 1));
}

static int fd_message(int sock, int fd, bool send)
{
	char octet = 0, space[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &octet, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = space,
			      .msg_controllen = sizeof(space) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	if ((send ? sendmsg(sock, &msg, 0) : recvmsg(sock, &msg, 0)) != 1)
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	return fd;
}

static int read_passed(int sock)
{
	int fd = fd_message(sock, -1, false);

	if (fd < 0 || pattern_recv(fd, 10, 990) != 990 || read(fd, buf, 1))
		return 1;
	return xc_octets(fd, XCRYPT_RX) != 1000;
}

/* Passed to a process that did not have it, and closed here. */
TEST_F(records, half_read_then_passed_on)
{
	int sp[2], status = -1, end;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sp));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(self->to);
		close(self->in);
		_exit(read_passed(sp[1]));
	}
	ASSERT_TRUE(half_read(self, 1000));
	end = seal_end(self, 0);
	ASSERT_LE(0, fd_message(sp[0], self->to, true));
	close(self->to);
	self->to = -1;
	ASSERT_TRUE(put(self, 0, end));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* Nobody receives the descriptor: what was kept of the record goes with it. */
TEST_F(records, half_read_and_lost_on_the_way)
{
	int sp[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sp));
	ASSERT_TRUE(half_read(self, BIG));
	ASSERT_LE(0, fd_message(sp[0], self->to, true));
	close(self->to);
	self->to = -1;
	close(sp[0]);
	close(sp[1]);
	EXPECT_NE(0, poll_for(self->in, 0, 10000) & POLLERR);
}

TEST_F(records, half_read_then_shutdown)
{
	ASSERT_TRUE(half_read(self, 1000));
	EXPECT_EQ(0, shutdown(self->to, SHUT_WR));
	EXPECT_EQ(90, pattern_recv(self->to, 10, 90));
	EXPECT_EQ(0, shutdown(self->to, SHUT_RD));
	EXPECT_EQ(900, pattern_recv_once(self->to, 100, 2000));
	EXPECT_EQ(0, read(self->to, buf, 1));
}

TEST_F(records, half_read_then_a_reset)
{
	ASSERT_TRUE(half_read(self, 1000));
	close_reset(self->in);
	self->in = -1;
	EXPECT_NE(0, poll_for(self->to, 0, 10000) & POLLERR);
	EXPECT_EQ(990, pattern_recv_once(self->to, 10, 2000));
	EXPECT_ERRNO(ECONNRESET, read(self->to, buf, 1));
	for (int i = 0; i < 3; i++)
		EXPECT_ERRNO(EBADMSG, read(self->to, buf, 1));
}

TEST_F(records, half_read_then_close)
{
	ASSERT_TRUE(half_read(self, 1000));
	close(self->to);
	self->to = -1;
	EXPECT_NE(0, poll_for(self->in, 0, 10000) & POLLERR);
	EXPECT_ERRNO(ECONNRESET, read(self->in, buf, 1));
}

/* Each octet of a long one by a call of its own, with a look at what is left. */
TEST_F(records, half_read_octet_by_octet)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int ep = epoll_create1(0);

	ASSERT_TRUE(half_read(self, 2000));
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->to, &ev));
	for (int pos = 10; pos < 2000; pos++) {
		REQUIRE(queued(self->to) == 2000 - pos);
		REQUIRE(epoll_wait(ep, &ev, 1, 0) == 1);
		REQUIRE(pattern_recv(self->to, pos, 1) == 1);
	}
	EXPECT_EQ(0, queued(self->to));
	EXPECT_EQ(0, epoll_wait(ep, &ev, 1, 0));
}

static void least_buffer(int fd)
{
	opt_set(fd, SOL_SOCKET, SO_RCVBUF, 1);
}

static ssize_t octet_by_octet(int fd, __u64 pos, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (send(fd, wire + pos + i, 1, 0) != 1)
			return -1;
	return len;
}

/* A receive buffer for nothing, and a record that comes in segments of an octet. */
TEST_F(records, least_buffer_and_segments_of_an_octet)
{
	int n = seal(self, 0, 0, BIG), fd[2];
	struct job job;

	ASSERT_LT(BIG, n);
	ASSERT_EQ(0, open_opening(variant->family, &self->key, fd, least_buffer));
	job_start(&job, octet_by_octet, fd[0], 0, n);
	EXPECT_EQ(BIG, pattern_recv(fd[1], 0, BIG));
	EXPECT_EQ(n, job_join(&job));
	close(fd[0]);
	close(fd[1]);
}

/* The same buffer, with records half read while others come: neither side stops. */
TEST_F(records, least_buffer_and_many_records)
{
	int fd[2], there[2];
	struct job job;

	ASSERT_EQ(0, pair_open_with(variant->family, fd, least_buffer));
	there[0] = fd[1];
	there[1] = fd[0];
	ASSERT_EQ(0, pair_encrypt(there, variant->cipher));
	job_start(&job, pattern_send, fd[0], 0, 20 * BIG);
	for (int pos = 0; pos < 20 * BIG; pos += BIG / 4)
		REQUIRE(waitall(fd[1], pos, BIG / 4) == BIG / 4);
	EXPECT_EQ(20 * BIG, job_join(&job));
	close(fd[0]);
	close(fd[1]);
}

/* The direction stays dead, for every call; the other one lives. */
TEST_F(records, refused_for_good)
{
	int n = seal(self, 0, 0, 100), p[2], m;
	struct xcrypt_key key;

	key_random(&key, variant->cipher);
	ASSERT_EQ(0, xc_set(self->to, XCRYPT_TX, &key));
	ASSERT_EQ(0, pipe(p));
	wire[n / 2] ^= 1;
	ASSERT_TRUE(put(self, 0, n));
	wire[n / 2] ^= 1;
	/* A good one behind it, and the very one unchanged, come too late. */
	m = seal(self, n, 100, 100);
	ASSERT_TRUE(put(self, 0, n + m));
	for (int i = 0; i < 2; i++) {
		EXPECT_NE(0, poll_for(self->to, POLLIN, 0) & POLLIN);
		EXPECT_ERRNO(EBADMSG, recv(self->to, buf, 100, 0));
		EXPECT_ERRNO(EBADMSG, recv(self->to, buf, 100, MSG_PEEK));
		EXPECT_ERRNO(EBADMSG, recv(self->to, buf, 100, MSG_WAITALL));
		EXPECT_ERRNO(EBADMSG, recv(self->to, NULL, 100, MSG_TRUNC));
		EXPECT_ERRNO(EBADMSG, splice(self->to, NULL, p[1], NULL, 100, 0));
		EXPECT_EQ(0, queued(self->to));
	}
	EXPECT_EQ(EBADMSG, xc_error(self->to, XCRYPT_RX));
	EXPECT_EQ(0, xc_octets(self->to, XCRYPT_RX));
	EXPECT_EQ(0, xc_error(self->to, XCRYPT_TX));
	EXPECT_EQ(10, pattern_send(self->to, 0, 10));
}

/* Neither the peer's orderly end nor its reset makes a refused stream a whole one. */
TEST_F(records, refused_then_the_end)
{
	int n = seal(self, 0, 0, 100), end = seal_end(self, n);

	wire[n - 1] ^= 1;
	ASSERT_TRUE(put(self, 0, n + end));
	shutdown(self->in, SHUT_WR);
	for (int i = 0; i < 3; i++)
		EXPECT_ERRNO(EBADMSG, read(self->to, buf, 1));
	close_reset(self->in);
	self->in = -1;
	EXPECT_NE(0, poll_for(self->to, 0, 10000) & POLLERR);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(-1, read(self->to, buf, 1));
	EXPECT_ERRNO(EBADMSG, read(self->to, buf, 1));
}

static const int paddings[] = { 1, 2, 16, 128, 1024, 4096 };

static int sealed_size(int padding, int payload)
{
	int l = (payload + N_LEN + padding - 1) / padding * padding;

	return (l > BIG + N_LEN ? BIG + N_LEN : l) + FRAME;
}

/* One that is longer may be cut in two where the sender's page ends. */
static bool is_whole(int padding, int size)
{
	return size <= 4096 || size <= padding + FRAME;
}

/* What one write of @len octets takes on the wire, and what comes of it. */
static bool boundary(int family, struct xcrypt_key *key, int padding, int len)
{
	int out[2], in[2], n, end, size = sealed_size(padding, len);
	bool ok;

	key->padding = padding;
	if (open_sealing(family, key, out) || open_opening(family, key, in, NULL))
		return false;
	ok = pattern_send_once(out[0], 0, len) == len;
	n = tapped(out[1], out[0], 0);
	shutdown(out[0], SHUT_WR);
	end = tapped(out[1], out[0], n);
	ok = ok && (n == size || !is_whole(padding, size)) &&
	     end == sealed_size(padding, 0) && write(in[0], wire, n + end) == n + end &&
	     pattern_recv(in[1], 0, len) == len && !read(in[1], buf, 1);
	for (int i = 0; i < 2; i++) {
		close(out[i]);
		close(in[i]);
	}
	return ok;
}

TEST_F(records, padding_boundaries)
{
	for (size_t i = 0; i < ARRAY_SIZE(paddings); i++) {
		int p = paddings[i], lengths[] = {
			1, p - N_LEN - 1, p - N_LEN, p - N_LEN + 1, p - 1, p, p + 1, 2 * p - N_LEN,
			2 * p - N_LEN + 1, BIG - p, BIG - 1, BIG, BIG + 1, 2 * BIG,
		};

		for (size_t j = 0; j < ARRAY_SIZE(lengths); j++) {
			if (lengths[j] > 0)
				EXPECT_TRUE(boundary(variant->family, &self->key, p, lengths[j]))
					TH_LOG("padding %d, %d octets", p, lengths[j]);
		}
	}
}

/* However often and by whatever call the stream is ended. */
TEST_F(records, one_end)
{
	int n;

	shutdown(self->from, SHUT_WR);
	shutdown(self->from, SHUT_WR);
	shutdown(self->from, SHUT_RDWR);
	close(self->from);
	self->from = -1;
	n = recv(self->tap, wire, sizeof(wire), MSG_WAITALL);
	EXPECT_EQ(sealed_size(128, 0), n);
	ASSERT_TRUE(put(self, 0, n));
	EXPECT_EQ(0, read(self->to, buf, 1));
}

TEST_F(records, end_by_close_and_by_exit)
{
	int out[2], status;
	pid_t pid;

	ASSERT_EQ(0, open_sealing(variant->family, &self->key, out));
	close(out[0]);
	EXPECT_EQ(sealed_size(128, 0), recv(out[1], wire, sizeof(wire), MSG_WAITALL));
	close(out[1]);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		pause_ms(200);
		_exit(0);
	}
	close(self->from);
	self->from = -1;
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(sealed_size(128, 0), recv(self->tap, wire, sizeof(wire), MSG_WAITALL));
}

/* A reset on purpose is no orderly end. */
TEST_F(records, no_end_with_a_reset)
{
	int n;

	close_reset(self->from);
	self->from = -1;
	EXPECT_NE(0, poll_for(self->tap, 0, 10000) & POLLERR);
	n = recv(self->tap, wire, sizeof(wire), 0);
	EXPECT_EQ(-1, n);
}

/* It does not wait for room: behind a full buffer it comes last all the same. */
TEST_F(records, end_behind_a_full_buffer)
{
	struct xcrypt_key key = self->key;
	ssize_t done;
	int fd[2];

	key.padding = 4096;
	ASSERT_EQ(0, pair_open(variant->family, fd));
	shrink(fd[0], fd[1]);
	ASSERT_EQ(0, xc_attach(fd[0]));
	ASSERT_EQ(0, xc_attach(fd[1]));
	ASSERT_EQ(0, pair_key(fd[0], fd[1], &key));
	done = pattern_fill_up(fd[0], 0);
	ASSERT_LT(0, done);
	close(fd[0]);
	EXPECT_EQ(done, pattern_recv(fd[1], 0, done));
	EXPECT_EQ(0, read(fd[1], buf, 1));
	close(fd[1]);
}

/* A FIN of somebody else, at any border, is no end; octets behind the end are refused. */
TEST_F(records, end_that_is_none)
{
	int n = seal(self, 0, 0, 100), end = seal_end(self, n);

	ASSERT_TRUE(put(self, 0, n));
	shutdown(self->in, SHUT_WR);
	EXPECT_EQ(100, pattern_recv(self->to, 0, 100));
	for (int i = 0; i < 3; i++)
		EXPECT_ERRNO(EBADMSG, read(self->to, buf, 1));
	EXPECT_LT(0, end);
}

TEST_F(records, octet_behind_the_end)
{
	int n = seal(self, 0, 0, 100), end = seal_end(self, n);

	ASSERT_TRUE(put(self, 0, n + end));
	ASSERT_TRUE(put(self, 0, 1));
	EXPECT_EQ(100, pattern_recv(self->to, 0, 100));
	for (int i = 0; i < 3; i++)
		EXPECT_ERRNO(EBADMSG, read(self->to, buf, 1));
}

TEST_HARNESS_MAIN
