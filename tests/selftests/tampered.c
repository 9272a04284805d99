// SPDX-License-Identifier: GPL-2.0
/* Records that somebody changed on their way, and what can still be read before them. */
#include "harness.h"

#define LEN	10

FIXTURE(tampered)
{
	int from;		/* seals */
	int wire;		/* sees the records */
	int in;			/* gives them on, as it likes */
	int to;			/* opens them */
};

FIXTURE_VARIANT(tampered)
{
	const char *cipher;
};

FIXTURE_VARIANT_ADD(tampered, chachapoly) { .cipher = "chachapoly" };
FIXTURE_VARIANT_ADD(tampered, aes256gcm) { .cipher = "aes256gcm" };

FIXTURE_SETUP(tampered)
{
	struct xcrypt_key key;
	int fd[2];

	ASSERT_EQ(0, pair_open(AF_INET, fd));
	self->from = fd[0];
	self->wire = fd[1];
	ASSERT_EQ(0, pair_open(AF_INET, fd));
	self->in = fd[0];
	self->to = fd[1];
	ASSERT_EQ(0, xc_attach(self->from));
	ASSERT_EQ(0, xc_attach(self->to));
	key_random(&key, variant->cipher);
	if (xc_set(self->from, XCRYPT_TX, &key) && errno == EOPNOTSUPP)
		SKIP(return, "no %s in this kernel", variant->cipher);
	ASSERT_EQ(0, xc_set(self->to, XCRYPT_RX, &key));
}

FIXTURE_TEARDOWN(tampered)
{
	close(self->from);
	close(self->wire);
	close(self->in);
	close(self->to);
}

/* Queue three records, of which the last one is changed. */
static bool queue_up(FIXTURE_DATA(tampered) *self)
{
	unsigned char wire[4096];
	int n;

	for (int i = 0; i < 3; i++) {
		if (pattern_send_once(self->from, i * LEN, LEN) != LEN || wait_acked(self->from))
			return false;
	}
	n = recv(self->wire, wire, sizeof(wire), MSG_DONTWAIT);
	if (n <= 0)
		return false;
	wire[n - 1] ^= 1;
	return write(self->in, wire, n) == n && !wait_acked(self->in);
}

TEST_F(tampered, those_before_it_are_read)
{
	char octet;

	ASSERT_TRUE(queue_up(self));
	EXPECT_EQ(2 * LEN, pattern_recv(self->to, 0, 2 * LEN));
	EXPECT_ERRNO(EBADMSG, recv(self->to, &octet, 1, MSG_DONTWAIT));
}

/* Though a peek that wants more has seen what is coming. */
TEST_F(tampered, those_before_it_are_read_after_a_peek)
{
	char buf[100];

	ASSERT_TRUE(queue_up(self));
	EXPECT_EQ(2 * LEN, recv(self->to, buf, sizeof(buf), MSG_PEEK | MSG_DONTWAIT));
	EXPECT_EQ(2 * LEN, recv(self->to, buf, sizeof(buf), MSG_PEEK | MSG_DONTWAIT));
	EXPECT_EQ(2 * LEN, pattern_recv(self->to, 0, 2 * LEN));
	EXPECT_ERRNO(EBADMSG, recv(self->to, buf, sizeof(buf), MSG_DONTWAIT));
}

TEST_HARNESS_MAIN
