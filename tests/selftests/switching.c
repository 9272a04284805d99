// SPDX-License-Identifier: GPL-2.0
/* The moment of a key: what was there before it, and who was waiting. */
#define STREAM switching
#define STREAM_KEYED
#include "harness.h"

#include "netns.h"

FIXTURE(switching)
{
	int a;
	int b;
	struct xcrypt_key key;
};

#include "variants.h"

FIXTURE_SETUP(switching)
{
	int fd[2];

	ASSERT_EQ(0, pair_open(variant->family, fd));
	ASSERT_EQ(0, xc_attach(fd[0])) TH_LOG("xcrypt: %s; load the module", strerror(errno));
	ASSERT_EQ(0, xc_attach(fd[1]));
	self->a = fd[0];
	self->b = fd[1];
	key_random(&self->key, variant->cipher);
}

FIXTURE_TEARDOWN(switching)
{
	close(self->a);
	close(self->b);
}

static __u8 buf[300000];

/* How many of @len octets are the pattern's own at their place. */
static int coincidences(const __u8 *p, size_t len, __u64 pos)
{
	__u8 want[65536];
	int same = 0;

	pattern_fill(want, len, pos);
	for (size_t i = 0; i < len; i++)
		same += p[i] == want[i];
	return same;
}

TEST_F(switching, plain_before_encrypted_after)
{
	EXPECT_EQ(500, pattern_send(self->a, 0, 500));
	EXPECT_EQ(300, pattern_send(self->b, 0, 300));
	EXPECT_EQ(500, pattern_recv(self->b, 0, 500));
	EXPECT_EQ(300, pattern_recv(self->a, 0, 300));
	ASSERT_EQ(0, pair_key(self->a, self->b, &self->key));
	EXPECT_EQ(500, pattern_send(self->a, 500, 500));
	EXPECT_EQ(500, pattern_recv(self->b, 500, 500));
	EXPECT_EQ(500, xc_octets(self->a, XCRYPT_TX));
	EXPECT_EQ(500, xc_octets(self->b, XCRYPT_RX));
}

TEST_F(switching, queued_octets_are_decrypted)
{
	ASSERT_EQ(0, xc_set(self->a, XCRYPT_TX, &self->key));
	EXPECT_EQ(20000, pattern_send(self->a, 0, 20000));
	EXPECT_LE(20000, wait_queued(self->b, 20000));
	ASSERT_EQ(0, xc_set(self->b, XCRYPT_RX, &self->key));
	/* Of records, the next one. */
	EXPECT_LT(0, queued(self->b));
	if (!xc_sealed(variant->cipher)) {
		EXPECT_EQ(20000, queued(self->b));
	}
	EXPECT_EQ(20000, pattern_recv(self->b, 0, 20000));
}

TEST_F(switching, octets_queued_before_attach_are_decrypted)
{
	int fd[2];

	ASSERT_EQ(0, pair_open(variant->family, fd));
	ASSERT_EQ(0, xc_attach(fd[0]));
	ASSERT_EQ(0, xc_set(fd[0], XCRYPT_TX, &self->key));
	EXPECT_EQ(20000, pattern_send(fd[0], 0, 20000));
	EXPECT_LE(20000, wait_queued(fd[1], 20000));
	ASSERT_EQ(0, xc_attach(fd[1]));
	ASSERT_EQ(0, xc_set(fd[1], XCRYPT_RX, &self->key));
	EXPECT_EQ(20000, pattern_recv(fd[1], 0, 20000));
}

static bool write_sysctl(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY);
	bool ok = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);

	close(fd);
	return ok;
}

/* A connection whose first @len octets, @data, come with its SYN. */
static bool fastopen_pair(int family, const void *data, size_t len, int fd[2])
{
	struct endpoint ep;
	int lfd;

	endpoint_init(&ep, family);
	lfd = endpoint_listen(&ep, 1);
	opt_set(lfd, SOL_TCP, TCP_FASTOPEN, 1);
	fd[0] = socket(ep.domain, SOCK_STREAM, 0);
	if (sendto(fd[0], data, len, MSG_FASTOPEN, (struct sockaddr *)&ep.addr, ep.len) != len)
		return false;
	fd[1] = accept(lfd, NULL, NULL);
	return fd[1] >= 0;
}

TEST_F(switching, octets_of_the_syn_are_decrypted)
{
	size_t wire = xc_wire(variant->cipher, 900);
	int fd[2];

	ASSERT_EQ(0, xc_set(self->a, XCRYPT_TX, &self->key));
	EXPECT_EQ(900, pattern_send(self->a, 0, 900));
	EXPECT_EQ(wire, recv(self->b, buf, wire, MSG_WAITALL));
	ASSERT_EQ(0, netns_enter());
	ASSERT_TRUE(write_sysctl("/proc/sys/net/ipv4/tcp_fastopen", "1543"));
	ASSERT_TRUE(fastopen_pair(variant->family, buf, 500, fd));
	EXPECT_EQ(500, wait_queued(fd[1], 500));
	ASSERT_EQ(0, xc_attach(fd[1]));
	ASSERT_EQ(0, xc_set(fd[1], XCRYPT_RX, &self->key));
	EXPECT_EQ(wire - 500, send(fd[0], buf + 500, wire - 500, 0));
	EXPECT_EQ(900, pattern_recv(fd[1], 0, 900));
}

/* A line of plain text and the ciphertext behind it in one segment: the STARTTLS case. */
TEST_F(switching, plain_line_then_ciphertext_in_one_queue)
{
	opt_set(self->a, SOL_TCP, TCP_CORK, 1);
	EXPECT_EQ(25, pattern_send(self->a, 0, 25));
	ASSERT_EQ(0, xc_set(self->a, XCRYPT_TX, &self->key));
	EXPECT_EQ(1000, pattern_send(self->a, 25, 1000));
	opt_set(self->a, SOL_TCP, TCP_CORK, 0);
	EXPECT_EQ(25 + xc_wire(variant->cipher, 1000),
		  wait_queued(self->b, 25 + xc_wire(variant->cipher, 1000)));
	EXPECT_EQ(25, pattern_recv(self->b, 0, 25));
	ASSERT_EQ(0, xc_set(self->b, XCRYPT_RX, &self->key));
	EXPECT_EQ(1000, pattern_recv(self->b, 25, 1000));
}

TEST_F(switching, unsent_plain_octets_stay_plain)
{
	ssize_t n;

	shrink(self->a, self->b);
	n = pattern_fill_up(self->a, 0);
	ASSERT_LT(0, n);
	ASSERT_LT(0, unacked(self->a));
	ASSERT_EQ(0, xc_set(self->a, XCRYPT_TX, &self->key));
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
	ASSERT_EQ(0, xc_set(self->b, XCRYPT_RX, &self->key));
	EXPECT_EQ(700, pattern_send(self->a, n, 700));
	EXPECT_EQ(700, pattern_recv(self->b, n, 700));
}

TEST_F(switching, strict_rx_with_queued_octets)
{
	EXPECT_EQ(1, pattern_send(self->a, 0, 1));
	EXPECT_EQ(1, wait_queued(self->b, 1));
	self->key.flags = XCRYPT_F_STRICT;
	EXPECT_ERRNO(ENOTEMPTY, xc_set(self->b, XCRYPT_RX, &self->key));
	EXPECT_EQ(1, pattern_recv(self->b, 0, 1));
	EXPECT_EQ(0, xc_set(self->b, XCRYPT_RX, &self->key));
	self->key.flags = 0;
	ASSERT_EQ(0, xc_set(self->a, XCRYPT_TX, &self->key));
	EXPECT_EQ(100, pattern_send(self->a, 0, 100));
	EXPECT_EQ(100, pattern_recv(self->b, 0, 100));
}

TEST_F(switching, strict_rx_with_nothing_queued)
{
	struct xcrypt_key strict = self->key;

	strict.flags = XCRYPT_F_STRICT;
	EXPECT_EQ(300, pattern_send(self->a, 0, 300));
	EXPECT_EQ(300, pattern_recv(self->b, 0, 300));
	EXPECT_EQ(0, xc_set(self->b, XCRYPT_RX, &strict));
	ASSERT_EQ(0, xc_set(self->a, XCRYPT_TX, &self->key));
	EXPECT_EQ(300, pattern_send(self->a, 300, 300));
	EXPECT_EQ(300, pattern_recv(self->b, 300, 300));
}

TEST_F(switching, lax_rx_after_strict_was_refused)
{
	struct xcrypt_key strict = self->key;

	strict.flags = XCRYPT_F_STRICT;
	ASSERT_EQ(0, xc_set(self->a, XCRYPT_TX, &self->key));
	EXPECT_EQ(300, pattern_send(self->a, 0, 300));
	EXPECT_LE(300, wait_queued(self->b, 300));
	EXPECT_ERRNO(ENOTEMPTY, xc_set(self->b, XCRYPT_RX, &strict));
	EXPECT_EQ(0, xc_set(self->b, XCRYPT_RX, &self->key));
	EXPECT_EQ(300, pattern_recv(self->b, 0, 300));
}

TEST_F(switching, tx_while_a_writer_sleeps_in_the_clear)
{
	struct job job;

	shrink(self->a, self->b);
	job_start(&job, pattern_send_once, self->a, 0, 1000000);
	ASSERT_TRUE(job_asleep(&job));
	EXPECT_ERRNO(EBUSY, xc_set(self->a, XCRYPT_TX, &self->key));
	EXPECT_EQ(1000000, pattern_recv(self->b, 0, 1000000));
	EXPECT_EQ(1000000, job_join(&job));
	EXPECT_EQ(0, pair_key(self->a, self->b, &self->key));
	EXPECT_EQ(1000, pattern_send(self->a, 7, 1000));
	EXPECT_EQ(1000, pattern_recv(self->b, 7, 1000));
}

/* It may get noise once, as it asked for plain TCP; afterwards there is a clean error. */
TEST_F(switching, rx_while_a_reader_sleeps_in_the_clear)
{
	struct job job;
	ssize_t n;

	job_start(&job, job_recv, self->b, 0, 1000);
	ASSERT_TRUE(job_asleep(&job));
	ASSERT_EQ(0, pair_key(self->a, self->b, &self->key));
	EXPECT_EQ(1000, pattern_send(self->a, 0, 1000));
	n = job_join(&job);
	EXPECT_LT(0, n);
	EXPECT_GT(n / 10 + 20, coincidences(job_got, n, 0));
	for (int i = 0; i < 3; i++)
		EXPECT_ERRNO(EBADMSG, recv(self->b, buf, 1000, MSG_DONTWAIT));
	EXPECT_ERRNO(EBADMSG, recv(self->b, buf, 1000, MSG_PEEK | MSG_DONTWAIT));
	EXPECT_EQ(EBADMSG, xc_error(self->b, XCRYPT_RX));
	EXPECT_EQ(0, xc_octets(self->b, XCRYPT_RX));
}

TEST_F(switching, rx_fault_leaves_tx_working)
{
	struct xcrypt_key back;
	struct job job;

	key_random(&back, variant->cipher);
	ASSERT_EQ(0, pair_key(self->b, self->a, &back));
	job_start(&job, job_recv, self->b, 0, 10);
	ASSERT_TRUE(job_asleep(&job));
	ASSERT_EQ(0, pair_key(self->a, self->b, &self->key));
	EXPECT_EQ(100, pattern_send(self->a, 0, 100));
	EXPECT_EQ(10, job_join(&job));
	EXPECT_ERRNO(EBADMSG, recv(self->b, buf, 1, 0));
	EXPECT_EQ(1000, pattern_send(self->b, 0, 1000));
	EXPECT_EQ(1000, pattern_recv(self->a, 0, 1000));
}

static atomic_bool stop;

static ssize_t send_until_stopped(int fd, __u64 pos, size_t len)
{
	ssize_t sent = 0;

	(void)len;
	while (!atomic_load(&stop)) {
		if (pattern_send(fd, pos + sent, 100) != 100)
			return -1;
		sent += 100;
		pause_ms(1);
	}
	return sent;
}

/* Wherever the switch falls, all before it is the plain text and all after it is not. */
TEST_F(switching, tx_between_the_calls_of_a_busy_writer)
{
	ssize_t sent, clear, hidden;
	struct job job;

	job_start(&job, send_until_stopped, self->a, 0, 0);
	pause_ms(30);
	ASSERT_EQ(0, xc_set(self->a, XCRYPT_TX, &self->key));
	pause_ms(30);
	atomic_store(&stop, true);
	sent = job_join(&job);
	hidden = xc_octets(self->a, XCRYPT_TX);
	clear = sent - hidden;
	ASSERT_LT(0, clear);
	ASSERT_LT(0, hidden);
	ASSERT_GT(sizeof(buf), sent);
	EXPECT_LE(sent, wait_queued(self->b, sent));
	EXPECT_EQ(clear, pattern_recv(self->b, 0, clear));
	EXPECT_EQ(hidden, recv(self->b, buf, hidden, MSG_PEEK));
	EXPECT_GT(hidden / 10 + 20, coincidences(buf, hidden, clear));
	ASSERT_EQ(0, xc_set(self->b, XCRYPT_RX, &self->key));
	EXPECT_EQ(hidden, pattern_recv(self->b, clear, hidden));
}

TEST_F(switching, while_the_other_direction_is_busy)
{
	struct job jobs[2];

	job_start(&jobs[0], pattern_send, self->b, 0, 300000);
	job_start(&jobs[1], pattern_recv, self->a, 0, 300000);
	ASSERT_EQ(0, pair_key(self->a, self->b, &self->key));
	EXPECT_EQ(3000, pattern_send(self->a, 0, 3000));
	EXPECT_EQ(3000, pattern_recv(self->b, 0, 3000));
	EXPECT_EQ(300000, job_join(&jobs[0]));
	EXPECT_EQ(300000, job_join(&jobs[1]));
}

TEST_F(switching, poll_sees_queued_octets_before_and_after)
{
	ASSERT_EQ(0, xc_set(self->a, XCRYPT_TX, &self->key));
	EXPECT_EQ(10, pattern_send(self->a, 0, 10));
	EXPECT_EQ(POLLIN, poll_for(self->b, POLLIN, 10000));
	ASSERT_EQ(0, xc_set(self->b, XCRYPT_RX, &self->key));
	EXPECT_EQ(POLLIN, poll_for(self->b, POLLIN, 10000));
	EXPECT_EQ(10, pattern_recv(self->b, 0, 10));
	EXPECT_EQ(0, poll_for(self->b, POLLIN, 0));
}

TEST_HARNESS_MAIN
