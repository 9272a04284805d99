// SPDX-License-Identifier: GPL-2.0
/*
 * Wrong keys are refused and change nothing: the fixture's teardown then installs good
 * ones on what is not keyed yet and lets octets pass both ways.
 */
#define STREAM keys
#define STREAM_KEYED
#include "harness.h"

#include <sys/mman.h>

FIXTURE(keys)
{
	int a;
	int b;
	struct xcrypt_key key;
	bool done;
};

#include "variants.h"

FIXTURE_SETUP(keys)
{
	int fd[2];

	ASSERT_EQ(0, pair_open(variant->family, fd));
	ASSERT_EQ(0, xc_attach(fd[0])) TH_LOG("xcrypt: %s; load the module", strerror(errno));
	ASSERT_EQ(0, xc_attach(fd[1]));
	self->a = fd[0];
	self->b = fd[1];
	key_random(&self->key, variant->cipher);
}

static bool carries(int from, int to)
{
	return pattern_send(from, 0, 3000) == 3000 && pattern_recv(to, 0, 3000) == 3000;
}

static int keyed(int fd, int dir)
{
	struct xcrypt_info info;

	return xc_get(fd, dir, &info) ? -1 : info.keyed;
}

FIXTURE_TEARDOWN(keys)
{
	struct xcrypt_key key;

	if (!self->done) {
		key_random(&key, variant->cipher);
		EXPECT_EQ(0, pair_key(self->a, self->b, &key));
		key_random(&key, variant->cipher);
		EXPECT_EQ(0, pair_key(self->b, self->a, &key));
		EXPECT_TRUE(carries(self->a, self->b));
		EXPECT_TRUE(carries(self->b, self->a));
	}
	close(self->a);
	close(self->b);
}

/* Both directions refuse @key, and stay without one. */
static void refused(struct __test_metadata *_metadata, struct _test_data_keys *self, int err,
		    const void *key)
{
	EXPECT_ERRNO(err, xc_set(self->a, XCRYPT_TX, key));
	EXPECT_ERRNO(err, xc_set(self->b, XCRYPT_RX, key));
	EXPECT_EQ(0, keyed(self->a, XCRYPT_TX));
	EXPECT_EQ(0, keyed(self->b, XCRYPT_RX));
}

#define EXPECT_REFUSED(err, key) refused(_metadata, self, err, key)

/* Too late for a key, whatever the direction. */
static void too_late(struct __test_metadata *_metadata, int fd, const struct xcrypt_key *key)
{
	EXPECT_ERRNO(ENOTCONN, xc_set(fd, XCRYPT_TX, key));
	EXPECT_ERRNO(ENOTCONN, xc_set(fd, XCRYPT_RX, key));
	EXPECT_EQ(0, keyed(fd, XCRYPT_TX));
	EXPECT_EQ(0, keyed(fd, XCRYPT_RX));
}

TEST_F(keys, good)
{
	EXPECT_EQ(0, keyed(self->a, XCRYPT_TX));
}

TEST_F(keys, optlen_wrong)
{
	static const unsigned int lens[] = { 0, 1, 2, 8, sizeof(struct xcrypt_key) - 8,
		sizeof(struct xcrypt_key) - 1, sizeof(struct xcrypt_key) + 1, 4096 };
	static char big[4096];

	memcpy(big, &self->key, sizeof(self->key));
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		EXPECT_ERRNO(EINVAL, setsockopt(self->a, SOL_XCRYPT, XCRYPT_TX, big, lens[i]));
		EXPECT_ERRNO(EINVAL, setsockopt(self->b, SOL_XCRYPT, XCRYPT_RX, big, lens[i]));
	}
	EXPECT_ERRNO(EINVAL, setsockopt(self->a, SOL_XCRYPT, XCRYPT_TX, big, -1));
}

TEST_F(keys, version_unknown)
{
	static const int versions[] = { 0, 2, 3, 256, 0xffff };

	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		self->key.version = versions[i];
		EXPECT_REFUSED(EPROTONOSUPPORT, &self->key);
	}
}

TEST_F(keys, flags_unknown)
{
	for (int bit = 1; bit < 16; bit++) {
		self->key.flags = 1 << bit;
		EXPECT_REFUSED(EINVAL, &self->key);
	}
}

TEST_F(keys, tx_with_strict_flag)
{
	self->key.flags = XCRYPT_F_STRICT;
	EXPECT_ERRNO(EINVAL, xc_set(self->a, XCRYPT_TX, &self->key));
	EXPECT_EQ(0, keyed(self->a, XCRYPT_TX));
}

TEST_F(keys, key_len_wrong)
{
	int good = self->key.key_len;
	const int lens[] = { 0, 1, good - 1, good + 1, 16, 33, 256, 0xffff };

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		self->key.key_len = lens[i];
		EXPECT_REFUSED(EINVAL, &self->key);
	}
}

TEST_F(keys, iv_len_wrong)
{
	int good = self->key.iv_len;
	const int lens[] = { good - 1, good + 1, 8, 17, 256, 0xffff };

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		self->key.iv_len = lens[i];
		EXPECT_REFUSED(EINVAL, &self->key);
	}
}

TEST_F(keys, cipher_unknown)
{
	static const char * const names[] = {
		"", "x", "aes128ctr", "chacha2", "chacha200", "CHACHA20", "t16", "rc4", "null",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		memset(self->key.cipher, 0, sizeof(self->key.cipher));
		memcpy(self->key.cipher, names[i], strlen(names[i]));
		EXPECT_REFUSED(EOPNOTSUPP, &self->key);
	}
}

TEST_F(keys, cipher_without_nul)
{
	memset(self->key.cipher, 'x', sizeof(self->key.cipher));
	EXPECT_REFUSED(EINVAL, &self->key);
}

TEST_F(keys, octet_behind_cipher_name)
{
	for (size_t i = strlen(variant->cipher) + 1; i < XCRYPT_NAME_MAX - 1; i++) {
		self->key.cipher[i] = 1;
		EXPECT_REFUSED(EINVAL, &self->key);
		self->key.cipher[i] = 0;
	}
}

TEST_F(keys, unused_key_octet)
{
	for (int i = self->key.key_len; i < XCRYPT_KEY_MAX; i++) {
		self->key.key[i] = 1;
		EXPECT_REFUSED(EINVAL, &self->key);
		self->key.key[i] = 0;
	}
}

TEST_F(keys, unused_iv_octet)
{
	for (int i = self->key.iv_len; i < XCRYPT_IV_MAX; i++) {
		self->key.iv[i] = 0x80;
		EXPECT_REFUSED(EINVAL, &self->key);
		self->key.iv[i] = 0;
	}
}

TEST_F(keys, reserved_set)
{
	for (int i = 0; i < sizeof(self->key.reserved); i++) {
		self->key.reserved[i] = 0x80;
		EXPECT_REFUSED(EINVAL, &self->key);
		self->key.reserved[i] = 0;
	}
}

/* A stream cipher keeps the length; one of records takes powers of two up to 4096. */
TEST_F(keys, padding_of_a_stream_cipher)
{
	for (int padding = xc_sealed(variant->cipher) ? 8192 : 1; padding <= 32768; padding *= 2) {
		self->key.padding = padding;
		EXPECT_REFUSED(EINVAL, &self->key);
	}
	self->key.padding = 129;
	EXPECT_REFUSED(EINVAL, &self->key);
}

TEST_F(keys, same_key_both_ways)
{
	ASSERT_EQ(0, xc_set(self->a, XCRYPT_TX, &self->key));
	EXPECT_ERRNO(EINVAL, xc_set(self->a, XCRYPT_RX, &self->key));
	memset(self->key.session, 0, sizeof(self->key.session));
	EXPECT_ERRNO(EINVAL, xc_set(self->a, XCRYPT_RX, &self->key));
	EXPECT_EQ(0, keyed(self->a, XCRYPT_RX));
	ASSERT_EQ(0, xc_set(self->b, XCRYPT_RX, &self->key));
	EXPECT_ERRNO(EINVAL, xc_set(self->b, XCRYPT_TX, &self->key));
	EXPECT_EQ(0, keyed(self->b, XCRYPT_TX));
	key_random(&self->key, variant->cipher);
	EXPECT_EQ(0, pair_key(self->b, self->a, &self->key));
	EXPECT_TRUE(carries(self->a, self->b));
	EXPECT_TRUE(carries(self->b, self->a));
	self->done = true;
}

/* Another IV, or another cipher, makes another keystream. */
TEST_F(keys, same_key_other_iv)
{
	const char *other = variant->cipher[0] == 't' ? "arrsyfor" : "t32";

	ASSERT_EQ(0, pair_key(self->a, self->b, &self->key));
	if (self->key.iv_len) {
		self->key.iv[0] ^= 1;
	} else {
		memset(self->key.cipher, 0, sizeof(self->key.cipher));
		memcpy(self->key.cipher, other, strlen(other));
	}
	EXPECT_EQ(0, pair_key(self->b, self->a, &self->key));
	EXPECT_TRUE(carries(self->a, self->b));
	EXPECT_TRUE(carries(self->b, self->a));
	self->done = true;
}

TEST_F(keys, second_install)
{
	struct xcrypt_key other;

	ASSERT_EQ(0, pair_key(self->a, self->b, &self->key));
	EXPECT_TRUE(carries(self->a, self->b));
	key_random(&other, variant->cipher);
	EXPECT_ERRNO(EBUSY, xc_set(self->a, XCRYPT_TX, &other));
	EXPECT_ERRNO(EBUSY, xc_set(self->b, XCRYPT_RX, &other));
	EXPECT_ERRNO(EBUSY, xc_set(self->a, XCRYPT_TX, &self->key));
	EXPECT_TRUE(carries(self->a, self->b));
	EXPECT_EQ(6000, xc_octets(self->a, XCRYPT_TX));
	self->done = true;
}

TEST_F(keys, before_attach)
{
	struct xcrypt_info info;
	int fd[2];

	ASSERT_EQ(0, pair_open(variant->family, fd));
	EXPECT_ERRNO(ENOPROTOOPT, xc_set(fd[0], XCRYPT_TX, &self->key));
	EXPECT_ERRNO(ENOPROTOOPT, xc_set(fd[0], XCRYPT_RX, &self->key));
	/* The core's answer at an unknown level. */
	EXPECT_ERRNO(variant->family == AF_INET ? EOPNOTSUPP : ENOPROTOOPT,
		     xc_get(fd[0], XCRYPT_TX, &info));
	EXPECT_EQ(0, xc_attach(fd[0]));
	EXPECT_EQ(0, xc_set(fd[0], XCRYPT_TX, &self->key));
}

TEST_F(keys, unknown_option)
{
	static const int options[] = { 0, 5, 99, -1 };
	struct xcrypt_info info;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		EXPECT_ERRNO(ENOPROTOOPT, xc_set(self->a, options[i], &self->key));
		EXPECT_ERRNO(ENOPROTOOPT, xc_get(self->a, options[i], &info));
	}
}

TEST_F(keys, bad_pointer)
{
	char *end = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, (void *)end);
	ASSERT_EQ(0, mprotect(end + 4096, 4096, PROT_NONE));
	memcpy(end + 4096 - 64, &self->key, 64);
	EXPECT_REFUSED(EFAULT, NULL);
	EXPECT_REFUSED(EFAULT, (void *)8);
	EXPECT_REFUSED(EFAULT, (void *)(end + 4096 - 64));
}

TEST_F(keys, callers_structure_is_only_read)
{
	struct xcrypt_key copy = self->key;
	void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(map, &copy, sizeof(copy));
	mprotect(map, 4096, PROT_READ);
	EXPECT_EQ(0, pair_key(self->a, self->b, map));
	EXPECT_EQ(0, memcmp(map, &copy, sizeof(copy)));
	EXPECT_TRUE(carries(self->a, self->b));
	self->done = true;
}

static ssize_t try_install(int fd, __u64 pos, size_t len)
{
	(void)len;
	return xc_set(fd, XCRYPT_TX, (void *)pos);
}

TEST_F(keys, race_has_one_winner)
{
	struct job jobs[4];
	int won = 0;

	for (int i = 0; i < 4; i++)
		job_start(&jobs[i], try_install, self->a, (unsigned long)&self->key, 0);
	for (int i = 0; i < 4; i++) {
		if (!job_join(&jobs[i]))
			won++;
		else
			EXPECT_EQ(EBUSY, errno);
	}
	EXPECT_EQ(1, won);
	EXPECT_EQ(0, xc_set(self->b, XCRYPT_RX, &self->key));
	EXPECT_TRUE(carries(self->a, self->b));
	self->done = true;
}

TEST_F(keys, after_own_shutdown)
{
	self->done = true;
	shutdown(self->a, SHUT_WR);
	too_late(_metadata, self->a, &self->key);
}

TEST_F(keys, after_the_peers_shutdown)
{
	self->done = true;
	shutdown(self->b, SHUT_WR);
	EXPECT_EQ(POLLRDHUP, poll_for(self->a, POLLRDHUP, 10000));
	too_late(_metadata, self->a, &self->key);
}

TEST_F(keys, after_reset)
{
	self->done = true;
	close_reset(self->b);
	EXPECT_NE(0, poll_for(self->a, 0, 10000) & POLLERR);
	too_late(_metadata, self->a, &self->key);
}

TEST_F(keys, one_direction_only)
{
	ASSERT_EQ(0, pair_key(self->a, self->b, &self->key));
	EXPECT_TRUE(carries(self->a, self->b));
	EXPECT_TRUE(carries(self->b, self->a));
	EXPECT_EQ(0, keyed(self->a, XCRYPT_RX));
	EXPECT_EQ(0, keyed(self->b, XCRYPT_TX));
	self->done = true;
}

TEST_F(keys, different_keys_garble_silently)
{
	struct xcrypt_key other;
	__u8 got[3000], want[3000];

	key_random(&other, variant->cipher);
	ASSERT_EQ(0, xc_set(self->a, XCRYPT_TX, &self->key));
	ASSERT_EQ(0, xc_set(self->b, XCRYPT_RX, &other));
	EXPECT_EQ(3000, pattern_send(self->a, 0, 3000));
	if (xc_sealed(variant->cipher)) {
		EXPECT_ERRNO(EBADMSG, recv(self->b, got, 3000, MSG_WAITALL));
		EXPECT_EQ(EBADMSG, xc_error(self->b, XCRYPT_RX));
		self->done = true;
		return;
	}
	EXPECT_EQ(3000, recv(self->b, got, 3000, MSG_WAITALL));
	pattern_fill(want, 3000, 0);
	EXPECT_NE(0, memcmp(got, want, 3000));
	EXPECT_EQ(0, xc_error(self->b, XCRYPT_RX));
	self->done = true;
}

/* Each direction its own cipher. */
TEST_F(keys, two_ciphers)
{
	ASSERT_EQ(0, pair_key(self->a, self->b, &self->key));
	key_random(&self->key, variant->cipher[0] == 'c' ? "arrsyfor" : "chacha20");
	ASSERT_EQ(0, pair_key(self->b, self->a, &self->key));
	for (int i = 0; i < 5; i++) {
		EXPECT_TRUE(carries(self->a, self->b));
		EXPECT_TRUE(carries(self->b, self->a));
	}
	self->done = true;
}

TEST_HARNESS_MAIN
