// SPDX-License-Identifier: GPL-2.0
/*
 * What the module says in the kernel's log of a connection that fails: which one and why, and
 * no sequence number of it. Who can read the log, as anybody may on some systems, could put
 * octets into that connection from elsewhere.
 */
#define STREAM logged
#define STREAM_KEYED
#include "harness.h"

#include "klog.h"

FIXTURE(logged)
{
	int a;
	int b;
	int log;
	__u32 tx;
	__u32 rx;
};

#include "variants.h"

static __u8 buf[4096];

/* Where the stream of an end stands that is not attached yet: 1 is its receive queue, 2 the other. */
static __u32 sequence(int fd, int queue)
{
	__u32 seq = 0;
	socklen_t len = sizeof(seq);

	if (opt_set(fd, SOL_TCP, TCP_REPAIR, 1) ||
	    opt_set(fd, SOL_TCP, TCP_REPAIR_QUEUE, queue) ||
	    getsockopt(fd, SOL_TCP, TCP_QUEUE_SEQ, &seq, &len) ||
	    opt_set(fd, SOL_TCP, TCP_REPAIR, -1))
		abort();
	return seq;
}

FIXTURE_SETUP(logged)
{
	int fd[2];

	ASSERT_EQ(0, pair_open(variant->family, fd));
	self->a = fd[0];
	self->b = fd[1];
	self->rx = sequence(self->b, 1);
	self->tx = sequence(self->b, 2);
	self->log = klog_open();
	ASSERT_LE(0, self->log) TH_LOG("%s", strerror(errno));
	ASSERT_EQ(0, xc_attach(self->b));
}

FIXTURE_TEARDOWN(logged)
{
	close(self->log);
	close(self->a);
	close(self->b);
}

/* A number that could be a port or a count would be found by chance. */
static bool is_odd(__u32 seq)
{
	return seq + (1 << 20) > 1 << 21;
}

/* There are so many lines of this connection, without a number of it. */
static void expect_lines(struct __test_metadata *_metadata, FIXTURE_DATA(logged) *self, int wanted)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	char line[512], port[16];
	int lines = 0;

	ASSERT_EQ(0, getsockname(self->b, (struct sockaddr *)&addr, &len));
	snprintf(port, sizeof(port), "port %u ", ntohs(((struct sockaddr_in *)&addr)->sin_port));
	while (klog_next(self->log, line, sizeof(line))) {
		EXPECT_FALSE(is_odd(self->rx) && klog_near(line, self->rx))
			TH_LOG("%u in: %s", self->rx, line);
		EXPECT_FALSE(is_odd(self->tx) && klog_near(line, self->tx))
			TH_LOG("%u in: %s", self->tx, line);
		lines += !!strstr(line, port);
	}
	EXPECT_EQ(wanted, lines) TH_LOG("lines with '%s'", port);
}

/* A reader that was there before the key takes octets from behind the cipher. */
TEST_F(logged, moved_behind_the_cipher)
{
	struct xcrypt_key key;
	struct job job;

	key_random(&key, variant->cipher);
	job_start(&job, job_recv, self->b, 0, 10);
	ASSERT_TRUE(job_asleep(&job));
	ASSERT_EQ(0, xc_set(self->b, XCRYPT_RX, &key));
	EXPECT_EQ(1000, pattern_send(self->a, 0, 1000));
	EXPECT_EQ(10, job_join(&job));
	EXPECT_ERRNO(EBADMSG, read(self->b, buf, 1));
	expect_lines(_metadata, self, 1);
}

/* Ciphers without records take all for theirs, and say nothing. */
TEST_F(logged, record_refused)
{
	bool sealed = xc_sealed(variant->cipher);
	struct xcrypt_key key;

	key_random(&key, variant->cipher);
	ASSERT_EQ(0, xc_set(self->b, XCRYPT_RX, &key));
	EXPECT_EQ(1000, pattern_send(self->a, 0, 1000));
	errno = 0;
	EXPECT_EQ(sealed ? -1 : 1, read(self->b, buf, 1));
	EXPECT_EQ(sealed ? EBADMSG : 0, errno);
	expect_lines(_metadata, self, sealed);
}

TEST_HARNESS_MAIN
