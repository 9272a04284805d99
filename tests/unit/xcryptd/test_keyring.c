// SPDX-License-Identifier: GPL-2.0
/* Key pairs and caches over time, in memory and on disk. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cachefile.h"
#include "drive.h"
#include "secret.h"
#include "tap.h"

static char dir[] = "/tmp/xcryptd-test-XXXXXX";
static char file[64];
static struct world w;

static struct xc_keyring *ring_of(enum xc_cache_mode mode, time_t now)
{
	struct xc_keyring_options options = {
		.lifetime = 100, .mode = mode, .size = 8, .share = 8, .dir = dir,
	};

	w.logged[0] = '\0';
	return xc_keyring_new(&options, &w.suites, &w.log, now);
}

/* Some other host's public value. */
static void peer_of(uint8_t *public)
{
	uint8_t stored[32];

	xc_secret_random(stored, sizeof(stored));
	xc_kex_x25519.unload(xc_kex_x25519.load(stored, public));
}

/* Agree with a peer and learn it. Whether it was a hit. */
static bool agree(struct xc_keyring *ring, const uint8_t *peer, time_t now, uint8_t *shared)
{
	struct xc_keypair *pair = xc_keyring_pair(ring, &xc_kex_x25519, now);
	bool hit;

	if (xc_keyring_accept(ring, pair, peer, shared, &hit))
		abort();
	if (!hit)
		xc_keyring_learn(ring, pair, &w.addr, peer, NULL, shared);
	xc_keypair_put(pair);
	return hit;
}

static void test_memory(void)
{
	struct xc_keyring *ring = ring_of(XC_CACHE_MEMORY, 1000);
	uint8_t peer[32], first[32], again[32];

	peer_of(peer);
	is(!agree(ring, peer, 1000, first), "the first time is a miss");
	is(agree(ring, peer, 1099, again) && !memcmp(first, again, 32), "the second a hit");
	is(!agree(ring, peer, 1100, again) && memcmp(first, again, 32),
	   "another key pair when its time is over, and its cache is empty");
	is(xc_keyring_stats(ring)->hits == 1 && xc_keyring_stats(ring)->misses == 2 &&
	   xc_keyring_stats(ring)->agreed == 2 && xc_keyring_stats(ring)->generated == 2,
	   "all of it counted");
	is(agree(ring, peer, 1101, again), "a hit with the new pair");
	xc_keyring_flush(ring);
	is(!agree(ring, peer, 1101, first) && !memcmp(first, again, 32),
	   "flushed: computed again, to the same");
	xc_keyring_rotate(ring);
	is(!agree(ring, peer, 1101, first) && memcmp(first, again, 32), "rotated: another pair");
	xc_keyring_free(ring);
}

static void test_held(void)
{
	struct xc_keyring *ring = ring_of(XC_CACHE_MEMORY, 1000);
	struct xc_keypair *pair = xc_keyring_pair(ring, &xc_kex_x25519, 1000);
	uint8_t peer[32], shared[32], other[32];
	bool hit;

	peer_of(peer);
	xc_keyring_expire(ring, 1100);
	is(!xc_keyring_accept(ring, pair, peer, shared, &hit) && !hit,
	   "an exchange under way ends with the pair it began with");
	xc_keyring_learn(ring, pair, &w.addr, peer, NULL, shared);
	is(!agree(ring, peer, 1100, other) && memcmp(shared, other, 32),
	   "but nothing is cached of a pair that was replaced");
	is(!xc_keyring_accept(ring, pair, peer, other, &hit) && !hit && !memcmp(shared, other, 32),
	   "nor does it find what the new pair has cached");
	xc_keypair_put(pair);
	xc_keyring_free(ring);
}

static void test_expire_early(void)
{
	struct xc_keyring *ring = ring_of(XC_CACHE_MEMORY, 1000);
	const struct xc_keypair *pair;
	const struct xc_cache *cache;
	const struct xc_kex *kex;
	uint8_t peer[32], shared[32];

	peer_of(peer);
	agree(ring, peer, 1000, shared);
	xc_keyring_expire(ring, 1099);
	is(xc_keyring_at(ring, 0, &kex, &pair, &cache) && pair && xc_cache_count(cache) == 1,
	   "a pair stays until its time");
	xc_keyring_expire(ring, 1100);
	is(xc_keyring_at(ring, 0, &kex, &pair, &cache) && !pair && !xc_cache_count(cache),
	   "then it is gone without anybody asking for it");
	is(!xc_keyring_at(ring, 1, &kex, &pair, &cache), "one key agreement for two suites");
	is(!xc_keyring_pair(ring, &xc_kex_dh768, 1000), "and no other");
	xc_keyring_free(ring);
}

static void test_off(void)
{
	struct xc_keyring *ring = ring_of(XC_CACHE_OFF, 1000);
	uint8_t peer[32], shared[32];

	peer_of(peer);
	is(!agree(ring, peer, 1000, shared) && !agree(ring, peer, 1000, shared) &&
	   xc_keyring_stats(ring)->agreed == 2 && xc_keyring_stats(ring)->generated == 1,
	   "off: one key pair, a computation each time");
	xc_keyring_flush(ring);
	xc_keyring_rotate(ring);
	is(xc_keyring_sync(ring) == 0, "nothing to flush or to write");
	xc_keyring_free(ring);
}

/* --- disk --- */

static mode_t mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_mode & 07777;
}

static off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : st.st_size;
}

static void test_restart(void)
{
	struct xc_keyring *ring = ring_of(XC_CACHE_DISK, 1000);
	uint8_t peer[32], first[32], again[32];

	is(mode_of(file) == 0600 && size_of(file) == 0, "a file is made, mode 0600");
	peer_of(peer);
	agree(ring, peer, 1000, first);
	is(xc_keyring_sync(ring) == 0 && size_of(file) > 0 && mode_of(file) == 0600, "and written");
	xc_keyring_free(ring);
	ring = ring_of(XC_CACHE_DISK, 1050);
	is(agree(ring, peer, 1050, again) && !memcmp(first, again, 32), "a hit after a restart");
	is(!w.logged[0], "with nothing to report: %s", w.logged);
	xc_keyring_free(ring);
}

static bool holds(const char *path, const void *what, size_t len)
{
	static char data[1 << 16];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, data, sizeof(data));

	close(fd);
	return n > 0 && memmem(data, n, what, len);
}

/* Keep the inode of an old image by a link, to see that it is overwritten. */
static void test_overwritten(void)
{
	struct xc_keyring *ring = ring_of(XC_CACHE_DISK, 1050);
	struct xc_keypair *pair = xc_keyring_pair(ring, &xc_kex_x25519, 1050);
	char old[64];

	snprintf(old, sizeof(old), "%s/old", dir);
	xc_keyring_sync(ring);
	is(link(file, old) == 0 && holds(old, pair->stored, 32), "the file has the private value");
	xc_keyring_expire(ring, 1100);
	is(size_of(file) == 0, "when the pair expires the file is empty at once");
	is(!holds(old, pair->stored, 32), "and what was there is overwritten");
	unlink(old);
	xc_keypair_put(pair);
	xc_keyring_free(ring);
}

/* A reload that has no use for a file leaves nothing in it. */
static void test_dropped(void)
{
	static const struct xc_suite_list nothing;
	struct xc_suite_list x25519;
	struct xc_keyring *ring = ring_of(XC_CACHE_DISK, 1050);
	struct xc_keypair *pair = xc_keyring_pair(ring, &xc_kex_x25519, 1050);

	xc_keyring_sync(ring);
	xc_suite_list_default(&x25519);
	is(xc_keyring_drop(ring, &x25519) == 0 && holds(file, pair->stored, 32),
	   "a key agreement that stays keeps its file");
	is(xc_keyring_drop(ring, &nothing) == 0 && size_of(file) == 0, "the file of another is emptied");
	xc_keypair_put(pair);
	xc_keyring_free(ring);
}

static void test_stale(void)
{
	struct xc_keyring *ring = ring_of(XC_CACHE_DISK, 2000);
	struct xc_keypair *pair = xc_keyring_pair(ring, &xc_kex_x25519, 2000), *fresh;

	xc_keyring_sync(ring);
	xc_keyring_free(ring);
	ring = ring_of(XC_CACHE_DISK, 2100);
	is(size_of(file) == 0 && !w.logged[0], "expired while we were away: overwritten at start");
	fresh = xc_keyring_pair(ring, &xc_kex_x25519, 2100);
	is(memcmp(pair->stored, fresh->stored, 32), "and never used");
	xc_keypair_put(fresh);
	xc_keypair_put(pair);
	xc_keyring_free(ring);
}

static void test_damaged(void)
{
	struct xc_keyring *ring = ring_of(XC_CACHE_DISK, 1000);
	uint8_t peer[32], shared[32];
	int fd;

	peer_of(peer);
	agree(ring, peer, 1000, shared);
	xc_keyring_sync(ring);
	xc_keyring_free(ring);
	fd = open(file, O_RDWR);
	is(pwrite(fd, "damage", 6, 100) == 6, "damage");
	close(fd);
	ring = ring_of(XC_CACHE_DISK, 1000);
	is(strstr(w.logged, "<4>") && strstr(w.logged, "damaged"), "is reported: %s",
	   w.logged);
	is(!agree(ring, peer, 1000, shared) && !xc_keyring_sync(ring), "and started anew");
	xc_keyring_free(ring);
	ring = ring_of(XC_CACHE_DISK, 1000);
	is(agree(ring, peer, 1000, shared) && !w.logged[0], "which lasts");
	xc_keyring_free(ring);
}

static void test_locked(void)
{
	struct xc_keyring *ring = ring_of(XC_CACHE_DISK, 1000), *second;
	uint8_t peer[32], shared[32];

	xc_keyring_rotate(ring);	/* the lock passes to another file */
	second = ring_of(XC_CACHE_DISK, 1000);
	is(strstr(w.logged, "not-used") && strstr(w.logged, "another xcryptd"),
	   "a second daemon is told so: %s", w.logged);
	peer_of(peer);
	agree(second, peer, 1000, shared);
	is(agree(second, peer, 1000, shared) && xc_keyring_sync(second) == 0 && size_of(file) == 0,
	   "and goes on in memory");
	xc_keyring_free(second);
	xc_keyring_free(ring);
	ring = ring_of(XC_CACHE_DISK, 1000);
	is(!w.logged[0], "the lock goes with its owner");
	xc_keyring_free(ring);
}

static void refuses(const char *what, const char *hint)
{
	struct xc_keyring *ring = ring_of(XC_CACHE_DISK, 1000);

	is(strstr(w.logged, "not-used") && strstr(w.logged, hint), "%s is not used: %s", what,
	   w.logged);
	xc_keyring_free(ring);
}

static void test_strange_files(void)
{
	chmod(file, 0640);
	refuses("a file that others may read", "mode 0600");
	unlink(file);
	is(symlink("/tmp/elsewhere", file) == 0, "a symbolic link");
	refuses("that", "regular file");
	unlink(file);
	is(mkfifo(file, 0600) == 0, "a FIFO");
	refuses("that", "regular file");
	unlink(file);
	dir[5] ^= 1;
	refuses("a directory that is not there", "make the directory");
	dir[5] ^= 1;
}

/* No room (by the limit on file sizes): reported, and the old image is still there. */
static void test_full(void)
{
	struct xc_keyring *ring = ring_of(XC_CACHE_DISK, 1000);
	struct rlimit limit, none = { 100, RLIM_INFINITY };
	uint8_t peer[32], shared[32];
	off_t size;
	int err;

	peer_of(peer);
	agree(ring, peer, 1000, shared);
	xc_keyring_sync(ring);
	size = size_of(file);
	getrlimit(RLIMIT_FSIZE, &limit);
	setrlimit(RLIMIT_FSIZE, &none);
	signal(SIGXFSZ, SIG_IGN);
	peer_of(peer);
	agree(ring, peer, 1000, shared);
	err = xc_keyring_sync(ring);
	setrlimit(RLIMIT_FSIZE, &limit);	/* our own output may be a file */
	is(err == -EFBIG, "no room to write");
	is(strstr(w.logged, "write-failed"), "is reported: %s", w.logged);
	is(size_of(file) == size, "the old image is still there");
	is(xc_keyring_sync(ring) == 0 && size_of(file) > size, "and replaced when there is room");
	xc_keyring_free(ring);
}

/* A temporary file of a crash is overwritten and removed. */
static void test_temp(void)
{
	char temp[64], old[64];
	struct xc_keyring *ring;
	int fd;

	snprintf(temp, sizeof(temp), "%s/2.0.new", dir);
	snprintf(old, sizeof(old), "%s/old", dir);
	fd = open(temp, O_CREAT | O_RDWR, 0600);
	is(write(fd, "some secret", 11) == 11 && link(temp, old) == 0, "a crash left a part");
	close(fd);
	ring = ring_of(XC_CACHE_DISK, 1000);
	is(size_of(temp) == -1 && !holds(old, "secret", 6), "it is overwritten and removed");
	unlink(old);
	xc_keyring_free(ring);
}

int main(void)
{
	world_init(&w, false, XC_CACHE_MEMORY);
	if (!mkdtemp(dir))
		return 1;
	snprintf(file, sizeof(file), "%s/2.0", dir);
	test_memory();
	test_held();
	test_expire_early();
	test_off();
	test_restart();
	test_overwritten();
	test_dropped();
	test_stale();
	test_damaged();
	test_locked();
	test_full();
	test_temp();
	test_strange_files();
	unlink(file);
	is(rmdir(dir) == 0, "nothing else is left in the directory");
	world_free(&w);
	return tap_done();
}
