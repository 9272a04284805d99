// SPDX-License-Identifier: GPL-2.0
/*
 * Where a cipher's keystream ends. A debug build of the module starts the cipher near
 * there; a release build has no such option, which is tested on it.
 */
#include "harness.h"

#include <sys/sendfile.h>

#define CHACHA_END	0x4000000000ULL	/* 2^38 */
#define LEFT		1000

static __u8 buf[65536];

FIXTURE(limits)
{
	int a;
	int b;
	struct xcrypt_key key;
};

FIXTURE_VARIANT(limits)
{
	int family;
};

FIXTURE_VARIANT_ADD(limits, v4) { .family = AF_INET };
FIXTURE_VARIANT_ADD(limits, v6) { .family = AF_INET6 };

/* Both ends attached, and a chacha20 key with LEFT octets to go. */
FIXTURE_SETUP(limits)
{
	int fd[2];

	if (!xc_debug_build())
		SKIP(return, "a release build cannot start near the limit");
	ASSERT_EQ(0, pair_open(variant->family, fd));
	ASSERT_EQ(0, xc_attach(fd[0]));
	ASSERT_EQ(0, xc_attach(fd[1]));
	self->a = fd[0];
	self->b = fd[1];
	key_random(&self->key, "chacha20");
	self->key.start = CHACHA_END - LEFT;
}

FIXTURE_TEARDOWN(limits)
{
	close(self->a);
	close(self->b);
}

TEST_F(limits, tx_takes_what_is_left_then_stops)
{
	ASSERT_EQ(0, pair_key(self->a, self->b, &self->key));
	EXPECT_EQ(600, pattern_send_once(self->a, 0, 600));
	EXPECT_EQ(400, pattern_send_once(self->a, 600, 600));
	for (int i = 0; i < 3; i++)
		EXPECT_ERRNO(EKEYEXPIRED, send(self->a, buf, 1, 0));
	EXPECT_EQ(EKEYEXPIRED, xc_error(self->a, XCRYPT_TX));
	EXPECT_EQ(CHACHA_END, xc_octets(self->a, XCRYPT_TX));
	EXPECT_EQ(LEFT, pattern_recv(self->b, 0, LEFT));
	EXPECT_EQ(0, queued(self->b));
}

TEST_F(limits, tx_of_exactly_what_is_left)
{
	ASSERT_EQ(0, pair_key(self->a, self->b, &self->key));
	EXPECT_EQ(LEFT, pattern_send_once(self->a, 0, LEFT));
	EXPECT_EQ(0, xc_error(self->a, XCRYPT_TX));
	EXPECT_EQ(0, send(self->a, buf, 0, 0));
	EXPECT_EQ(LEFT, pattern_recv(self->b, 0, LEFT));
	shutdown(self->a, SHUT_WR);
	EXPECT_EQ(0, read(self->b, buf, 1));
}

TEST_F(limits, sendfile_stops)
{
	int fd = pattern_file(5000, 0);
	off_t off = 0;

	ASSERT_EQ(0, pair_key(self->a, self->b, &self->key));
	EXPECT_EQ(LEFT, sendfile(self->a, fd, &off, 5000));
	EXPECT_EQ(LEFT, off);
	EXPECT_ERRNO(EKEYEXPIRED, sendfile(self->a, fd, &off, 5000));
	EXPECT_EQ(LEFT, pattern_recv(self->b, 0, LEFT));
	EXPECT_EQ(0, queued(self->b));
}

/* More ciphertext than the key is good for, from a peer without the limit. */
static ssize_t overfeed(int from, int to)
{
	if (pattern_send(from, 0, LEFT + 50) != LEFT + 50)
		return -1;
	return wait_queued(to, LEFT + 50);
}

TEST_F(limits, rx_gives_what_is_left_then_stops)
{
	ASSERT_EQ(0, xc_set(self->b, XCRYPT_RX, &self->key));
	ASSERT_EQ(LEFT + 50, overfeed(self->a, self->b));
	EXPECT_EQ(600, recv(self->b, buf, 600, 0));
	EXPECT_EQ(400, recv(self->b, buf, 600, 0));
	for (int i = 0; i < 3; i++)
		EXPECT_ERRNO(EKEYEXPIRED, recv(self->b, buf, 600, 0));
	EXPECT_ERRNO(EKEYEXPIRED, recv(self->b, buf, 600, MSG_PEEK));
	EXPECT_EQ(EKEYEXPIRED, xc_error(self->b, XCRYPT_RX));
	EXPECT_EQ(CHACHA_END, xc_octets(self->b, XCRYPT_RX));
}

TEST_F(limits, peek_stops_too)
{
	ASSERT_EQ(0, xc_set(self->b, XCRYPT_RX, &self->key));
	ASSERT_EQ(LEFT + 50, overfeed(self->a, self->b));
	EXPECT_EQ(LEFT, recv(self->b, buf, LEFT + 50, MSG_PEEK));
	EXPECT_EQ(LEFT, recv(self->b, buf, LEFT + 50, 0));
	EXPECT_ERRNO(EKEYEXPIRED, recv(self->b, buf, 50, MSG_PEEK));
}

TEST_F(limits, splice_stops)
{
	int p[2];

	ASSERT_EQ(0, pipe(p));
	ASSERT_EQ(0, xc_set(self->b, XCRYPT_RX, &self->key));
	ASSERT_EQ(LEFT + 50, overfeed(self->a, self->b));
	EXPECT_EQ(LEFT, splice(self->b, NULL, p[1], NULL, LEFT + 50, 0));
	EXPECT_ERRNO(EKEYEXPIRED, splice(self->b, NULL, p[1], NULL, 50, 0));
}

TEST_F(limits, end_of_stream_at_the_limit)
{
	ASSERT_EQ(0, pair_key(self->a, self->b, &self->key));
	EXPECT_EQ(LEFT, pattern_send_once(self->a, 0, LEFT));
	shutdown(self->a, SHUT_WR);
	EXPECT_EQ(LEFT, pattern_recv(self->b, 0, LEFT));
	EXPECT_EQ(0, read(self->b, buf, 1));
	EXPECT_EQ(0, xc_error(self->b, XCRYPT_RX));
}

TEST_F(limits, start_beyond_the_limit)
{
	self->key.start = CHACHA_END + 1;
	EXPECT_ERRNO(EINVAL, xc_set(self->a, XCRYPT_TX, &self->key));
	EXPECT_ERRNO(EINVAL, xc_set(self->a, XCRYPT_RX, &self->key));
}

/* The ciphertext of the pattern under @key; false on failure. */
static bool ciphertext(int family, const struct xcrypt_key *key, __u8 *out, size_t len)
{
	bool ok;
	int fd[2];

	if (pair_open(family, fd) || xc_attach(fd[0]) || xc_set(fd[0], XCRYPT_TX, key))
		return false;
	pattern_fill(out, len, key->start);
	ok = send(fd[0], out, len, 0) == len && recv(fd[1], out, len, MSG_WAITALL) == len;
	close(fd[0]);
	close(fd[1]);
	return ok;
}

/* A start offset and as many octets before it give the same keystream. */
static void seeks_right(struct __test_metadata *_metadata, int family, struct xcrypt_key *key)
{
	static const int starts[] = { 1, 15, 16, 63, 64, 65, 1000, 4096, 19999 };
	static __u8 all[20000], part[20000];

	key->start = 0;
	ASSERT_TRUE(ciphertext(family, key, all, sizeof(all)));
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		key->start = starts[i];
		ASSERT_TRUE(ciphertext(family, key, part, sizeof(all) - starts[i]));
		EXPECT_EQ(0, memcmp(all + starts[i], part, sizeof(all) - starts[i]));
	}
}

TEST_F(limits, chacha20_seeks_right)
{
	seeks_right(_metadata, variant->family, &self->key);
}

TEST_F(limits, aes256ctr_seeks_right)
{
	key_random(&self->key, "aes256ctr");
	seeks_right(_metadata, variant->family, &self->key);
}

TEST_F(limits, aes256ctr_counter_carries_through)
{
	key_random(&self->key, "aes256ctr");
	memset(self->key.iv, 0xff, self->key.iv_len);
	self->key.iv[15] = 0xf0;
	seeks_right(_metadata, variant->family, &self->key);
}

static const char * const unseekable[] = { "t32", "arrsyfor" };

TEST_F(limits, start_of_a_cipher_that_cannot_seek)
{
	for (size_t i = 0; i < ARRAY_SIZE(unseekable); i++) {
		key_random(&self->key, unseekable[i]);
		self->key.start = 1;
		EXPECT_ERRNO(EINVAL, xc_set(self->a, XCRYPT_TX, &self->key));
		EXPECT_ERRNO(EINVAL, xc_set(self->a, XCRYPT_RX, &self->key));
	}
}

static const char * const ciphers[] = { "chacha20", "aes256ctr", "t32", "arrsyfor" };

TEST(start_on_a_release_build)
{
	struct xcrypt_key key;
	int fd[2];

	if (xc_debug_build())
		SKIP(return, "a debug build takes it");
	ASSERT_EQ(0, pair_open(AF_INET, fd));
	ASSERT_EQ(0, xc_attach(fd[0]));
	for (size_t i = 0; i < ARRAY_SIZE(ciphers); i++) {
		key_random(&key, ciphers[i]);
		for (int bit = 0; bit < 64; bit++) {
			key.start = 1ULL << bit;
			EXPECT_ERRNO(EINVAL, xc_set(fd[0], XCRYPT_TX, &key));
			EXPECT_ERRNO(EINVAL, xc_set(fd[0], XCRYPT_RX, &key));
		}
	}
	key.start = 0;
	EXPECT_EQ(0, xc_set(fd[0], XCRYPT_TX, &key));
}

TEST_HARNESS_MAIN
