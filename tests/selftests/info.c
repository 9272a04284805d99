// SPDX-License-Identifier: GPL-2.0
/* getsockopt tells cipher, session and exact counts, and never a key. */
#define STREAM info
#define STREAM_KEYED
#include "harness.h"

FIXTURE(info)
{
	int a;
	int b;
	struct xcrypt_key key;
};

#include "variants.h"

FIXTURE_SETUP(info)
{
	int fd[2];

	ASSERT_EQ(0, pair_open(variant->family, fd));
	ASSERT_EQ(0, xc_attach(fd[0])) TH_LOG("xcrypt: %s; load the module", strerror(errno));
	ASSERT_EQ(0, xc_attach(fd[1]));
	self->a = fd[0];
	self->b = fd[1];
	key_random(&self->key, variant->cipher);
}

FIXTURE_TEARDOWN(info)
{
	close(self->a);
	close(self->b);
}

TEST_F(info, without_a_key_all_is_zero)
{
	struct xcrypt_info want = { .version = XCRYPT_VERSION }, got;

	for (int dir = XCRYPT_TX; dir <= XCRYPT_RX; dir++) {
		ASSERT_EQ(0, xc_get(self->a, dir, &got));
		EXPECT_EQ(0, memcmp(&want, &got, sizeof(got)));
	}
}

TEST_F(info, names_cipher_and_session)
{
	struct xcrypt_info want = { .version = XCRYPT_VERSION, .keyed = 1 }, got;

	memcpy(want.cipher, self->key.cipher, sizeof(want.cipher));
	memcpy(want.session, self->key.session, sizeof(want.session));
	want.padding = xc_sealed(variant->cipher) ? 128 : 0;
	ASSERT_EQ(0, pair_key(self->a, self->b, &self->key));
	ASSERT_EQ(0, xc_get(self->a, XCRYPT_TX, &got));
	EXPECT_EQ(0, memcmp(&want, &got, sizeof(got)));
	ASSERT_EQ(0, xc_get(self->b, XCRYPT_RX, &got));
	EXPECT_EQ(0, memcmp(&want, &got, sizeof(got)));
	ASSERT_EQ(0, xc_get(self->a, XCRYPT_RX, &got));
	EXPECT_EQ(0, got.keyed);
}

TEST_F(info, counts_are_exact)
{
	ASSERT_EQ(0, pair_key(self->a, self->b, &self->key));
	for (int i = 0, sent = 0; i < 50; i++) {
		ASSERT_EQ(i * 11, pattern_send(self->a, sent, i * 11));
		sent += i * 11;
		EXPECT_EQ(sent, xc_octets(self->a, XCRYPT_TX));
	}
	EXPECT_EQ(0, xc_octets(self->b, XCRYPT_RX));
	EXPECT_EQ(1000, pattern_recv(self->b, 0, 1000));
	EXPECT_EQ(1000, xc_octets(self->b, XCRYPT_RX));
	EXPECT_EQ(300, recv(self->b, NULL, 300, MSG_TRUNC));
	EXPECT_EQ(1300, xc_octets(self->b, XCRYPT_RX));
	EXPECT_EQ(0, xc_octets(self->a, XCRYPT_RX));
}

TEST_F(info, counts_what_a_partial_send_took)
{
	ssize_t n;

	ASSERT_EQ(0, pair_key(self->a, self->b, &self->key));
	shrink(self->a, self->b);
	set_nonblock(self->a);
	n = pattern_send_once(self->a, 0, 1000000);
	ASSERT_LT(0, n);
	ASSERT_GT(1000000, n);
	EXPECT_EQ(n, xc_octets(self->a, XCRYPT_TX));
	EXPECT_EQ(n, pattern_recv(self->b, 0, n));
	EXPECT_EQ(n, xc_octets(self->b, XCRYPT_RX));
}

/* No four octets in a row of a key, read with every length the call takes. */
TEST_F(info, never_shows_a_key)
{
	__u8 got[256];

	ASSERT_EQ(0, pair_key(self->a, self->b, &self->key));
	EXPECT_EQ(100, pattern_send(self->a, 0, 100));
	for (socklen_t want = 8; want <= sizeof(got); want++) {
		socklen_t len = want;

		memset(got, 0, sizeof(got));
		ASSERT_EQ(0, getsockopt(self->a, SOL_XCRYPT, XCRYPT_TX, got, &len));
		for (int i = 0; i + 4 <= self->key.key_len; i++)
			REQUIRE(!memmem(got, sizeof(got), self->key.key + i, 4));
	}
}

TEST_F(info, short_buffer_gets_the_beginning)
{
	struct xcrypt_info all, part;

	ASSERT_EQ(0, pair_key(self->a, self->b, &self->key));
	ASSERT_EQ(0, xc_get(self->a, XCRYPT_TX, &all));
	for (socklen_t want = 8; want < sizeof(all); want++) {
		socklen_t len = want;

		memset(&part, 0xaa, sizeof(part));
		ASSERT_EQ(0, getsockopt(self->a, SOL_XCRYPT, XCRYPT_TX, &part, &len));
		EXPECT_EQ(want, len);
		EXPECT_EQ(0, memcmp(&all, &part, want));
		EXPECT_EQ(0xaa, ((__u8 *)&part)[want]);
	}
}

TEST_F(info, long_buffer_gets_the_structure)
{
	socklen_t len = 100;
	__u8 got[100];

	memset(got, 0xaa, sizeof(got));
	ASSERT_EQ(0, getsockopt(self->a, SOL_XCRYPT, XCRYPT_RX, got, &len));
	EXPECT_EQ(sizeof(struct xcrypt_info), len);
	for (size_t i = len; i < sizeof(got); i++)
		EXPECT_EQ(0xaa, got[i]);
}

TEST_F(info, optlen_too_short)
{
	static const int lens[] = { 0, 1, 7, -1, -2147483647 - 1 };
	struct xcrypt_info got;

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		socklen_t len = lens[i];

		EXPECT_ERRNO(EINVAL, getsockopt(self->a, SOL_XCRYPT, XCRYPT_TX, &got, &len));
	}
}

TEST_F(info, bad_pointer)
{
	struct xcrypt_info got;
	socklen_t len = sizeof(got);

	EXPECT_ERRNO(EFAULT, getsockopt(self->a, SOL_XCRYPT, XCRYPT_TX, (void *)8, &len));
	EXPECT_ERRNO(EFAULT, getsockopt(self->a, SOL_XCRYPT, XCRYPT_TX, NULL, &len));
	EXPECT_ERRNO(EFAULT, getsockopt(self->a, SOL_XCRYPT, XCRYPT_TX, &got, (void *)8));
}

TEST_F(info, stays_after_the_connection_ended)
{
	ASSERT_EQ(0, pair_key(self->a, self->b, &self->key));
	EXPECT_EQ(100, pattern_send(self->a, 0, 100));
	EXPECT_EQ(100, pattern_recv(self->b, 0, 100));
	close(self->b);
	EXPECT_EQ(100, xc_octets(self->a, XCRYPT_TX));
	close_reset(self->a);
	self->a = -1;
	self->b = -1;
}

TEST_HARNESS_MAIN
