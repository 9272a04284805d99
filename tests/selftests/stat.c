// SPDX-License-Identifier: GPL-2.0
/* /proc/net/xcrypt_stat: every test has a network namespace, and counters, of its own. */
#define STREAM stat
#define STREAM_KEYED
#include "harness.h"

#include <sched.h>
#include <sys/stat.h>

#include "counter.h"
#include "netns.h"

#define CURR_SOCKETS	"XcryptCurrSockets"
#define SOCKETS		"XcryptSockets"
#define TX_OCTETS	"XcryptTxOctets"
#define RX_OCTETS	"XcryptRxOctets"
#define ROLLBACK	"XcryptRollback"
#define DESYNC		"XcryptDesync"
#define KEY_EXPIRED	"XcryptKeyExpired"
#define CIPHER_FAULT	"XcryptCipherFault"
#define USER_FAULT	"XcryptUserFault"
#define REFUSED_ATTACH	"XcryptRefusedAttach"
#define REFUSED_KEY	"XcryptRefusedKey"
#define REFUSED_BYPASS	"XcryptRefusedBypass"

static const char * const names[] = {
	CURR_SOCKETS, SOCKETS, TX_OCTETS, RX_OCTETS, ROLLBACK, DESYNC, KEY_EXPIRED,
	CIPHER_FAULT, USER_FAULT, REFUSED_ATTACH, REFUSED_KEY, REFUSED_BYPASS,
};

/* By cipher: keyed now, keyed ever. */
static const char * const key_names[] = {
	"XcryptCurrTx_%s", "XcryptCurrRx_%s", "XcryptTx_%s", "XcryptRx_%s",
};

static __u8 buf[65536];

FIXTURE(stat)
{
	int home;
	int a;
	int b;
};

#include "variants.h"

FIXTURE_SETUP(stat)
{
	int fd[2];

	self->home = open("/proc/self/ns/net", O_RDONLY);
	ASSERT_EQ(0, netns_enter());
	ASSERT_EQ(0, pair_open(variant->family, fd));
	self->a = fd[0];
	self->b = fd[1];
}

FIXTURE_TEARDOWN(stat)
{
	close(self->a);
	close(self->b);
}

static long key_counter(int kind, const char *cipher)
{
	char name[64];

	snprintf(name, sizeof(name), key_names[kind], cipher);
	return counter(name);
}

static bool keyed_pair(int a, int b, const char *cipher)
{
	int fd[2] = { a, b };

	return !pair_encrypt(fd, cipher);
}

static bool is_zero(const char *name, long value)
{
	if (value)
		fprintf(stderr, "# %s: %ld\n", name, value);
	return !value;
}

TEST_F(stat, all_names_are_there_and_zero)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_TRUE(is_zero(names[i], counter(names[i])));
	for (size_t i = 0; i < ARRAY_SIZE(key_names); i++)
		EXPECT_TRUE(is_zero(key_names[i], key_counter(i, variant->cipher)));
}

TEST_F(stat, only_to_be_read)
{
	struct stat st;

	ASSERT_EQ(0, stat("/proc/self/net/xcrypt_stat", &st));
	EXPECT_EQ(0444, st.st_mode & 0777);
}

TEST_F(stat, sockets_now_and_ever)
{
	ASSERT_EQ(0, xc_attach(self->a));
	EXPECT_EQ(1, counter(CURR_SOCKETS));
	ASSERT_EQ(0, xc_attach(self->b));
	EXPECT_EQ(2, counter(CURR_SOCKETS));
	close(self->a);
	close(self->b);
	self->a = -1;
	self->b = -1;
	EXPECT_TRUE(counter_becomes(CURR_SOCKETS, 0));
	EXPECT_EQ(2, counter(SOCKETS));
}

TEST_F(stat, keys_by_cipher_now_and_ever)
{
	ASSERT_TRUE(keyed_pair(self->a, self->b, variant->cipher));
	for (int kind = 0; kind < 4; kind++)
		EXPECT_EQ(2, key_counter(kind, variant->cipher));
	close(self->a);
	self->a = -1;
	EXPECT_EQ(1, key_counter(0, variant->cipher));
	EXPECT_EQ(1, key_counter(1, variant->cipher));
	close(self->b);
	self->b = -1;
	EXPECT_EQ(0, key_counter(0, variant->cipher));
	EXPECT_EQ(0, key_counter(1, variant->cipher));
	EXPECT_EQ(2, key_counter(2, variant->cipher));
	EXPECT_EQ(2, key_counter(3, variant->cipher));
}

TEST_F(stat, octets)
{
	ASSERT_TRUE(keyed_pair(self->a, self->b, variant->cipher));
	EXPECT_EQ(12345, pattern_send(self->a, 0, 12345));
	EXPECT_EQ(12345, counter(TX_OCTETS));
	EXPECT_EQ(2345, pattern_recv(self->b, 0, 2345));
	EXPECT_EQ(100, recv(self->b, buf, 100, MSG_PEEK));
	EXPECT_EQ(2345, counter(RX_OCTETS));
	EXPECT_EQ(10000, pattern_recv(self->b, 2345, 10000));
	EXPECT_EQ(12345, counter(RX_OCTETS));
}

TEST_F(stat, octets_in_the_clear_are_not_counted)
{
	ASSERT_EQ(0, xc_attach(self->a));
	ASSERT_EQ(0, xc_attach(self->b));
	EXPECT_EQ(100, pattern_send(self->a, 0, 100));
	EXPECT_EQ(100, pattern_recv(self->b, 0, 100));
	EXPECT_EQ(0, counter(TX_OCTETS));
	EXPECT_EQ(0, counter(RX_OCTETS));
}

TEST_F(stat, refused_attach)
{
	struct endpoint ep;

	endpoint_init(&ep, variant->family);
	EXPECT_EQ(-1, xc_attach(socket(ep.domain, SOCK_STREAM, 0)));
	EXPECT_EQ(1, counter(REFUSED_ATTACH));
	EXPECT_EQ(0, counter(SOCKETS));
}

TEST_F(stat, refused_keys)
{
	struct xcrypt_key key;

	ASSERT_EQ(0, xc_attach(self->a));
	key_random(&key, variant->cipher);
	key.version = 9;
	EXPECT_EQ(-1, xc_set(self->a, XCRYPT_TX, &key));
	EXPECT_EQ(-1, setsockopt(self->a, SOL_XCRYPT, XCRYPT_RX, &key, 3));
	EXPECT_EQ(2, counter(REFUSED_KEY));
	EXPECT_EQ(0, key_counter(2, variant->cipher));
}

TEST_F(stat, refused_bypasses)
{
	ASSERT_TRUE(keyed_pair(self->a, self->b, variant->cipher));
	EXPECT_EQ(-1, send(self->a, buf, 1, MSG_OOB));
	EXPECT_EQ(-1, send(self->a, buf, 1, MSG_ZEROCOPY));
	EXPECT_EQ(-1, opt_set(self->a, SOL_TCP, TCP_REPAIR, 1));
	EXPECT_EQ(3, counter(REFUSED_BYPASS));
}

TEST_F(stat, user_faults)
{
	ASSERT_TRUE(keyed_pair(self->a, self->b, variant->cipher));
	EXPECT_EQ(-1, send(self->a, (void *)8, 100, 0));
	EXPECT_EQ(1, counter(USER_FAULT));
	EXPECT_EQ(100, pattern_send(self->a, 0, 100));
	EXPECT_EQ(100, wait_queued(self->b, 100));
	EXPECT_EQ(-1, recv(self->b, (void *)8, 100, 0));
	EXPECT_EQ(2, counter(USER_FAULT));
	EXPECT_EQ(100, pattern_recv(self->b, 0, 100));
}

TEST_F(stat, desyncs)
{
	struct xcrypt_key key;
	struct job job;

	ASSERT_EQ(0, xc_attach(self->b));
	key_random(&key, variant->cipher);
	job_start(&job, job_recv, self->b, 0, 10);
	ASSERT_TRUE(job_asleep(&job));
	ASSERT_EQ(0, xc_set(self->b, XCRYPT_RX, &key));
	EXPECT_EQ(100, pattern_send(self->a, 0, 100));
	EXPECT_EQ(10, job_join(&job));
	EXPECT_EQ(0, counter(DESYNC));
	EXPECT_ERRNO(EBADMSG, read(self->b, buf, 1));
	EXPECT_ERRNO(EBADMSG, read(self->b, buf, 1));
	EXPECT_EQ(1, counter(DESYNC));
}

TEST_F(stat, expired_keys)
{
	struct xcrypt_key key;

	if (!xc_debug_build())
		SKIP(return, "a release build cannot start near the limit");
	ASSERT_EQ(0, xc_attach(self->a));
	key_random(&key, "chacha20");
	key.start = 1ULL << 38;
	ASSERT_EQ(0, xc_set(self->a, XCRYPT_TX, &key));
	EXPECT_ERRNO(EKEYEXPIRED, send(self->a, buf, 1, 0));
	EXPECT_ERRNO(EKEYEXPIRED, send(self->a, buf, 1, 0));
	EXPECT_EQ(1, counter(KEY_EXPIRED));
}

TEST_F(stat, namespaces_are_separate)
{
	long here, there;

	ASSERT_EQ(0, setns(self->home, CLONE_NEWNET));
	there = counter(SOCKETS);
	ASSERT_LE(0, there);
	/* The socket's namespace counts, not the caller's. */
	ASSERT_TRUE(keyed_pair(self->a, self->b, variant->cipher));
	EXPECT_EQ(there, counter(SOCKETS));
	ASSERT_EQ(0, netns_enter());
	here = counter(SOCKETS);
	EXPECT_EQ(0, here);
}

TEST_F(stat, an_orphan_counts_until_it_ends)
{
	ssize_t n;

	ASSERT_TRUE(keyed_pair(self->a, self->b, variant->cipher));
	shrink(self->a, self->b);
	n = pattern_fill_up(self->a, 0);
	close(self->a);
	self->a = -1;
	EXPECT_EQ(2, counter(CURR_SOCKETS));
	EXPECT_EQ(n, pattern_recv(self->b, 0, n + 1));
	close(self->b);
	self->b = -1;
	EXPECT_TRUE(counter_becomes(CURR_SOCKETS, 0));
}

TEST_HARNESS_MAIN
