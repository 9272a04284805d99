// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that are not ours are never written: not what is sent, from a file, a pipe or memory,
 * and not what is received. Over loopback the pages of a sender without key are the receiver's
 * queue; whoever decrypted there would write into the sender's page cache.
 */
#define STREAM pages
#define STREAM_KEYED
#include "harness.h"

#include <sys/mman.h>
#include <sys/sendfile.h>

#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#endif
#ifndef MSG_ZEROCOPY
#define MSG_ZEROCOPY 0x4000000
#endif

#define LEN	60000
#define ROOM	(1024 * 1024)

/* @a to @b is keyed; @raw without key sends what lies in @wire to @to, which has the same key. */
FIXTURE(pages)
{
	int a;
	int b;
	int raw;
	int to;
	size_t wire_len;
};

#include "variants.h"

static __u8 plain[LEN];
static __u8 wire[ROOM];
static __u8 buf[ROOM];

/* What the sender has still of what it sent: memory, or another pipe. */
struct kept {
	const __u8 *map;
	int pipe;
};

typedef ssize_t (*send_fn)(int fd, const __u8 *octets, size_t len, struct kept *kept);

static int pipe_of_room(int p[2])
{
	return pipe(p) || fcntl(p[1], F_SETPIPE_SZ, ROOM) < 0 ? -1 : 0;
}

static int file_of(const __u8 *octets, size_t len)
{
	char name[] = "/tmp/xcrypt-selftest.XXXXXX";
	int fd = mkstemp(name);

	unlink(name);
	return write(fd, octets, len) == (ssize_t)len ? fd : -1;
}

static const __u8 *page_cache(int fd, size_t len)
{
	return mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
}

static __u8 *memory_of(const __u8 *octets, size_t len)
{
	__u8 *map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memcpy(map, octets, len);
}

static ssize_t splice_all(int from, int to, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = splice(from, NULL, to, NULL, len - done, 0);
		if (n <= 0)
			break;
		done += n;
	}
	return done;
}

static ssize_t by_sendfile(int fd, const __u8 *octets, size_t len, struct kept *kept)
{
	int file = file_of(octets, len);
	off_t off = 0;

	kept->map = page_cache(file, len);
	while (off < (off_t)len && sendfile(fd, file, &off, len - off) > 0)
		;
	return off;
}

static ssize_t by_splice_of_a_file(int fd, const __u8 *octets, size_t len, struct kept *kept)
{
	int file = file_of(octets, len), p[2];

	kept->map = page_cache(file, len);
	lseek(file, 0, SEEK_SET);
	if (pipe_of_room(p) || splice_all(file, p[1], len) != (ssize_t)len)
		return -1;
	return splice_all(p[0], fd, len);
}

static ssize_t by_tee(int fd, const __u8 *octets, size_t len, struct kept *kept)
{
	int p[2], q[2];

	if (pipe_of_room(p) || pipe_of_room(q) || write(p[1], octets, len) != (ssize_t)len ||
	    tee(p[0], q[1], len, 0) != (ssize_t)len)
		return -1;
	kept->pipe = q[0];
	return splice_all(p[0], fd, len);
}

static ssize_t by_vmsplice(int fd, const __u8 *octets, size_t len, struct kept *kept)
{
	struct iovec iov = { memory_of(octets, len), len };
	int p[2];

	kept->map = iov.iov_base;
	if (pipe_of_room(p) || vmsplice(p[1], &iov, 1, 0) != (ssize_t)len)
		return -1;
	return splice_all(p[0], fd, len);
}

/* One that refuses this, as a keyed one does, gets a plain send of the same memory. */
static ssize_t send_zerocopy(int fd, const __u8 *map, size_t len)
{
	size_t done = 0;
	int flags = MSG_ZEROCOPY;
	ssize_t n;

	opt_set(fd, SOL_SOCKET, SO_ZEROCOPY, 1);
	while (done < len) {
		n = send(fd, map + done, len - done, flags);
		if (n < 0 && errno == EOPNOTSUPP && flags)
			flags = 0;
		else if (n <= 0)
			return -1;
		else
			done += n;
	}
	return done;
}

static ssize_t by_zerocopy(int fd, const __u8 *octets, size_t len, struct kept *kept)
{
	kept->map = memory_of(octets, len);
	return send_zerocopy(fd, kept->map, len);
}

static ssize_t by_zerocopy_of_a_file(int fd, const __u8 *octets, size_t len, struct kept *kept)
{
	kept->map = page_cache(file_of(octets, len), len);
	return send_zerocopy(fd, kept->map, len);
}

static const struct {
	const char *name;
	send_fn send;
} ways[] = {
	{ "sendfile", by_sendfile },
	{ "splice of a file", by_splice_of_a_file },
	{ "tee", by_tee },
	{ "vmsplice", by_vmsplice },
	{ "MSG_ZEROCOPY", by_zerocopy },
	{ "MSG_ZEROCOPY of a file", by_zerocopy_of_a_file },
};

static bool kept_ok(const struct kept *kept, const __u8 *octets, size_t len)
{
	size_t done = 0;
	ssize_t n;

	if (kept->map)
		return !memcmp(kept->map, octets, len);
	while (done < len) {
		n = read(kept->pipe, buf + done, len - done);
		if (n <= 0)
			return false;
		done += n;
	}
	return !memcmp(buf, octets, len);
}

static ssize_t peek_and_recv(int fd, __u64 pos, size_t len)
{
	static __u8 peeked[LEN];
	ssize_t n = recv(fd, peeked, len / 2, MSG_PEEK | MSG_WAITALL);

	if (n != (ssize_t)len / 2 || !pattern_ok(peeked, n, pos))
		return -1;
	return pattern_recv(fd, pos, len);
}

/* By a pipe to a file, whose octets are the stream. */
static ssize_t splice_to_file(int fd, __u64 pos, size_t len)
{
	int file = pattern_file(0, 0), p[2];
	size_t done = 0;
	ssize_t n;

	if (pipe(p))
		return -1;
	while (done < len) {
		n = splice(fd, NULL, p[1], NULL, len - done, 0);
		if (n <= 0 || splice_all(p[0], file, n) != n)
			return -1;
		done += n;
	}
	lseek(file, 0, SEEK_SET);
	return pattern_recv(file, pos, len);
}

static const struct {
	const char *name;
	job_fn read;
} readers[] = {
	{ "recv", pattern_recv },
	{ "peek", peek_and_recv },
	{ "splice", splice_to_file },
};

/* What the receiver of @octets, plaintext or not, reads is LEN octets of the stream. */
static bool passes(int way, int reader, const int fd[2], const __u8 *octets, size_t len)
{
	struct kept kept = { NULL, -1 };
	struct job job;
	bool ok;

	job_start(&job, readers[reader].read, fd[1], 0, LEN);
	ok = ways[way].send(fd[0], octets, len, &kept) == (ssize_t)len;
	ok &= job_join(&job) == LEN;
	if (ok && kept_ok(&kept, octets, len))
		return true;
	fprintf(stderr, "# %s, read by %s: %s\n", ways[way].name, readers[reader].name,
		ok ? "the sender's octets have changed" : "it did not pass");
	return false;
}

static ssize_t send_and_end(int fd, __u64 pos, size_t len)
{
	ssize_t n = pattern_send(fd, pos, len);

	shutdown(fd, SHUT_WR);
	return n;
}

/* The stream as it is on the wire, to its end; 0 on failure. */
static size_t record_wire(int family, const struct xcrypt_key *key)
{
	size_t len = 0;
	struct job job;
	ssize_t n;
	int fd[2];

	if (pair_open(family, fd) || xc_attach(fd[0]) || xc_set(fd[0], XCRYPT_TX, key))
		return 0;
	job_start(&job, send_and_end, fd[0], 0, LEN);
	while ((n = read(fd[1], wire + len, sizeof(wire) - len)) > 0)
		len += n;
	close(fd[0]);
	close(fd[1]);
	return job_join(&job) == LEN && !n ? len : 0;
}

static struct xcrypt_key key;

static int open_raw(int family, int fd[2])
{
	if (pair_open(family, fd) || xc_attach(fd[1]))
		return -1;
	return xc_set(fd[1], XCRYPT_RX, &key);
}

FIXTURE_SETUP(pages)
{
	int fd[2];

	pattern_fill(plain, LEN, 0);
	key_random(&key, variant->cipher);
	self->wire_len = record_wire(variant->family, &key);
	ASSERT_NE(0, self->wire_len);
	ASSERT_EQ(0, open_raw(variant->family, fd));
	self->raw = fd[0];
	self->to = fd[1];
	ASSERT_EQ(0, pair_open(variant->family, fd));
	ASSERT_EQ(0, pair_encrypt(fd, variant->cipher));
	self->a = fd[0];
	self->b = fd[1];
}

FIXTURE_TEARDOWN(pages)
{
	close(self->a);
	close(self->b);
	close(self->raw);
	close(self->to);
}

TEST_F(pages, of_a_sender_with_key)
{
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		int there[] = { self->a, self->b }, back[] = { self->b, self->a };

		EXPECT_TRUE(passes(i, 0, there, plain, LEN));
		EXPECT_TRUE(passes(i, 0, back, plain, LEN));
	}
}

TEST_F(pages, of_a_sender_without_key)
{
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(readers); j++) {
			int fd[2];

			ASSERT_EQ(0, open_raw(variant->family, fd));
			EXPECT_TRUE(passes(i, j, fd, wire, self->wire_len));
			close(fd[0]);
			close(fd[1]);
		}
	}
}

/* So that those above can fail: such pages are indeed the receiver's queue. */
TEST_F(pages, are_shared_on_the_way)
{
	struct kept kept = { NULL, -1 };
	int fd[2];

	ASSERT_EQ(0, pair_open(variant->family, fd));
	ASSERT_EQ(4096, by_vmsplice(fd[0], plain, 4096, &kept));
	ASSERT_EQ(4096, wait_queued(fd[1], 4096));
	memset((void *)kept.map, 'x', 4096);
	EXPECT_EQ(4096, recv(fd[1], buf, 4096, 0));
	EXPECT_EQ(0, memcmp(buf, kept.map, 4096));
	close(fd[0]);
	close(fd[1]);
}

/* What was spliced out to a pipe is ours: the sender's pages are no part of it. */
TEST_F(pages, in_the_readers_pipe_are_its_own)
{
	struct kept kept = { NULL, -1 };
	int p[2];

	ASSERT_EQ(0, pipe_of_room(p));
	ASSERT_EQ(self->wire_len, by_vmsplice(self->raw, wire, self->wire_len, &kept));
	ASSERT_EQ(LEN, splice_all(self->to, p[1], LEN));
	memset((void *)kept.map, 'x', self->wire_len);
	EXPECT_EQ(LEN, pattern_recv(p[0], 0, LEN));
}

FIXTURE(sealed)
{
	int raw;
	int to;
	size_t wire_len;
};

FIXTURE_VARIANT(sealed)
{
	const char *cipher;
};

FIXTURE_VARIANT_ADD(sealed, chachapoly) { .cipher = "chachapoly" };
FIXTURE_VARIANT_ADD(sealed, aes256gcm) { .cipher = "aes256gcm" };

FIXTURE_SETUP(sealed)
{
	int fd[2];

	key_random(&key, variant->cipher);
	self->wire_len = record_wire(AF_INET, &key);
	ASSERT_NE(0, self->wire_len);
	ASSERT_EQ(0, open_raw(AF_INET, fd));
	self->raw = fd[0];
	self->to = fd[1];
}

FIXTURE_TEARDOWN(sealed)
{
	close(self->raw);
	close(self->to);
}

/* Octets that were verified nobody else can change; those that were not are refused. */
TEST_F(sealed, changed_after_a_record_was_opened)
{
	struct kept kept = { NULL, -1 };
	int rest;

	ASSERT_EQ(self->wire_len, by_vmsplice(self->raw, wire, self->wire_len, &kept));
	ASSERT_EQ(0, wait_acked(self->raw));
	EXPECT_EQ(10, pattern_recv(self->to, 0, 10));
	rest = queued(self->to);
	EXPECT_LT(1000, rest);
	memset((void *)kept.map, 'x', self->wire_len);
	EXPECT_EQ(rest, pattern_recv(self->to, 10, rest));
	EXPECT_ERRNO(EBADMSG, recv(self->to, buf, 1, MSG_DONTWAIT));
}

/* A record that is refused is left as it is, too: here the last one, the end. */
TEST_F(sealed, refused)
{
	wire[self->wire_len - 1] ^= 1;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		int fd[2];

		ASSERT_EQ(0, open_raw(AF_INET, fd));
		EXPECT_TRUE(passes(i, 0, fd, wire, self->wire_len));
		EXPECT_ERRNO(EBADMSG, recv(fd[1], buf, 1, 0));
		close(fd[0]);
		close(fd[1]);
	}
}

TEST_HARNESS_MAIN
