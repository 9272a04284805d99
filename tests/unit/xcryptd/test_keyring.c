// SPDX-License-Identifier: GPL-2.0
/* Key pairs and caches over time, in memory and on disk. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys/cachefile.h"
#include "drive.h"
#include "common/secret.h"
#include "tap.h"

static char dir[] = "/tmp/xcryptd-test-XXXXXX";
static char file[64];
static struct world w;

/* Both clocks, of one boot. */
static struct xc_time the_time = { .boot_id = { 1 } };

static void tell(struct xc_time *now)
{
	*now = the_time;
}

/* The wall clock and CLOCK_BOOTTIME go on together, unless a test steps one of them. */
static void at(time_t now)
{
	the_time.wall = now;
	the_time.boot = now - 500;
}

static struct xc_keyring *new_ring(enum xc_cache_mode mode)
{
	struct xc_keyring_options options = {
		.lifetime = 100, .mode = mode, .size = 8, .share = 8, .dir = dir, .clock = tell,
	};

	w.logged[0] = '\0';
	return xc_keyring_new(&options, &w.suites, &w.log);
}

static struct xc_keyring *ring_of(enum xc_cache_mode mode, time_t now)
{
	at(now);
	return new_ring(mode);
}

static struct xc_keypair *pair_of(struct xc_keyring *ring, time_t now)
{
	at(now);
	return xc_keyring_pair(ring, &xc_kex_x25519);
}

static void expire(struct xc_keyring *ring, time_t now)
{
	at(now);
	xc_keyring_expire(ring);
}

/* Some other host's public value. */
static void peer_of(uint8_t *public)
{
	uint8_t stored[32];

	xc_secret_random(stored, sizeof(stored));
	xc_kex_x25519.unload(xc_kex_x25519.load(stored, public));
}

static void learn(struct xc_keyring *ring, const struct xc_keypair *pair, const uint8_t *peer,
		  const uint8_t *shared)
{
	const struct xc_lesson lesson = { .addr = w.addr, .peer = peer, .shared = shared };

	xc_keyring_learn(ring, pair, &lesson);
}

/* Agree with a peer and learn it. Whether it was a hit. */
static bool agree(struct xc_keyring *ring, const uint8_t *peer, time_t now, uint8_t *shared)
{
	struct xc_keypair *pair = pair_of(ring, now);
	struct xc_agreed agreed;

	if (xc_keyring_accept(ring, pair, peer, &agreed))
		abort();
	if (!agreed.hit)
		learn(ring, pair, peer, agreed.shared);
	memcpy(shared, agreed.shared, 32);
	xc_keypair_put(pair);
	return agreed.hit;
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
	struct xc_keypair *pair = pair_of(ring, 1000);
	struct xc_agreed agreed, again;
	uint8_t peer[32], other[32];

	peer_of(peer);
	expire(ring, 1100);
	is(!xc_keyring_accept(ring, pair, peer, &agreed) && !agreed.hit,
	   "an exchange under way ends with the pair it began with");
	learn(ring, pair, peer, agreed.shared);
	is(!agree(ring, peer, 1100, other) && memcmp(agreed.shared, other, 32),
	   "but nothing is cached of a pair that was replaced");
	is(!xc_keyring_accept(ring, pair, peer, &again) && !again.hit &&
	   !memcmp(agreed.shared, again.shared, 32),
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
	expire(ring, 1099);
	is(xc_keyring_at(ring, 0, &kex, &pair, &cache) && pair && xc_cache_count(cache) == 1,
	   "a pair stays until its time");
	expire(ring, 1100);
	is(xc_keyring_at(ring, 0, &kex, &pair, &cache) && !pair && !xc_cache_count(cache),
	   "then it is gone without anybody asking for it");
	is(!xc_keyring_at(ring, 1, &kex, &pair, &cache), "one key agreement for two suites");
	is(!xc_keyring_pair(ring, &xc_kex_dh768), "and no other");
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

/* What an open file has after its name is gone. */
static bool fd_holds(int fd, const void *what, size_t len)
{
	static char data[1 << 16];
	ssize_t n = pread(fd, data, sizeof(data), 0);

	return n > 0 && memmem(data, n, what, len);
}

static void test_overwritten(void)
{
	struct xc_keyring *ring = ring_of(XC_CACHE_DISK, 1050);
	struct xc_keypair *pair = pair_of(ring, 1050);
	int old;

	xc_keyring_sync(ring);
	old = open(file, O_RDONLY);
	is(fd_holds(old, pair->stored, 32), "the file has the private value");
	xc_keypair_put(pair_of(ring, 1100));
	is(fd_holds(old, pair->stored, 32), "no exchange waits for the disk");
	expire(ring, 1200);
	is(!xc_keyring_sync(ring) && size_of(file) == 0,
	   "the next write after a pair's end leaves an empty file");
	is(!fd_holds(old, pair->stored, 32), "and what was there is overwritten");
	close(old);
	xc_keypair_put(pair);
	xc_keyring_free(ring);
}

/* What a thread may do meanwhile, and what comes after it. */
static void test_parts(void)
{
	struct xc_keyring *ring = ring_of(XC_CACHE_DISK, 1000);
	struct xc_keypair *pair = pair_of(ring, 1000), *next;
	struct xc_keyring_write *write = xc_keyring_write_begin(ring);

	is(write && !xc_keyring_write_begin(ring), "what is being written is not begun twice");
	xc_keyring_rotate(ring);
	next = pair_of(ring, 1000);
	is(!xc_keyring_write_begin(ring), "nor what has changed since");
	xc_keyring_write_run(write);
	is(!xc_keyring_write_end(ring, write) && holds(file, pair->stored, 32) &&
	   !holds(file, next->stored, 32), "the picture is what was when it began");
	write = xc_keyring_write_begin(ring);
	is(write, "then what has changed is next");
	xc_keyring_write_run(write);
	is(!xc_keyring_write_end(ring, write) && !holds(file, pair->stored, 32) &&
	   holds(file, next->stored, 32) && !xc_keyring_write_begin(ring), "and then nothing");
	xc_keyring_rotate(ring);
	xc_keypair_put(pair);
	xc_keypair_put(next);
	xc_keyring_free(ring);
}

/* Root may write anywhere: become nobody, who owns the directory, until be_root(). */
static void be_nobody(void)
{
	if (!getuid() && (chown(dir, 65534, 65534) || seteuid(65534)))
		abort();
}

static void be_root(void)
{
	if (!getuid() && (seteuid(0) || chown(dir, 0, 0)))
		abort();
}

/* The directory became read-only, and the pair's time is over. */
static void test_read_only(void)
{
	struct xc_keyring *ring;
	struct xc_keypair *pair, *next;
	uint8_t peer[32], shared[32];

	unlink(file);
	be_nobody();
	ring = ring_of(XC_CACHE_DISK, 1000);
	pair = pair_of(ring, 1000);
	is(!xc_keyring_sync(ring) && holds(file, pair->stored, 32), "a pair on disk");
	chmod(dir, 0500);
	peer_of(peer);
	agree(ring, peer, 1001, shared);
	is(xc_keyring_sync(ring) == -EACCES && strstr(w.logged, "write-failed"),
	   "the directory cannot be written to: %s", w.logged);
	is(holds(file, pair->stored, 32), "a pair in its time stays");
	w.logged[0] = '\0';
	is(xc_keyring_sync(ring) == -EACCES && !w.logged[0], "which is told once");
	is(!xc_keyring_rotate(ring) && size_of(file) == 0,
	   "one that is replaced is overwritten all the same");
	next = pair_of(ring, 1002);
	w.logged[0] = '\0';
	is(xc_keyring_sync(ring) == -EACCES && size_of(file) == 0 && w.logged[0],
	   "the next stays in memory: %s", w.logged);
	chmod(dir, 0700);
	is(!xc_keyring_sync(ring) && holds(file, next->stored, 32) &&
	   strstr(w.logged, "written-again"), "until there is a way: %s", w.logged);
	xc_keypair_put(next);
	xc_keypair_put(pair);
	xc_keyring_free(ring);
	unlink(file);
	be_root();
}

/* A pair on disk, and then a start with another configuration. */
static void leaves_nothing(enum xc_cache_mode mode, const char *what)
{
	struct xc_keyring *ring = ring_of(XC_CACHE_DISK, 1000);
	struct xc_keypair *pair = pair_of(ring, 1000);
	int old;

	xc_keyring_sync(ring);
	xc_keyring_free(ring);
	old = open(file, O_RDONLY);
	is(fd_holds(old, pair->stored, 32), "a pair on disk");
	ring = ring_of(mode, 1001);
	is(size_of(file) == -1 && !fd_holds(old, pair->stored, 32),
	   "is overwritten and removed at a start with cache %s", what);
	is(strstr(w.logged, "<5>") && strstr(w.logged, "event=removed"), "which is told: %s",
	   w.logged);
	close(old);
	xc_keypair_put(pair);
	xc_keyring_free(ring);
}

/* Of a key agreement that is not configured any more. */
static void test_other_suites(void)
{
	struct xc_suite_list all = w.suites, few = w.suites;
	char first[64];
	int i;

	for (i = 0; xc_suite_at(i); i++)
		xc_suite_list_add(&all, xc_suite_at(i));
	snprintf(first, sizeof(first), "%s/1.0", dir);
	w.suites = all;
	xc_keyring_free(ring_of(XC_CACHE_DISK, 1000));
	is(size_of(first) == 0 && size_of(file) == 0, "a file for each key agreement");
	w.suites = few;
	xc_keyring_free(ring_of(XC_CACHE_DISK, 1000));
	is(size_of(first) == -1 && size_of(file) == 0, "that of one not used any more goes");
}

/* What another daemon holds is not ours to remove. */
static void test_not_ours(void)
{
	struct xc_keyring *ring = ring_of(XC_CACHE_DISK, 1000), *second;
	struct xc_keypair *pair = pair_of(ring, 1000);

	xc_keyring_sync(ring);
	second = ring_of(XC_CACHE_MEMORY, 1000);
	is(holds(file, pair->stored, 32) && !w.logged[0], "another daemon's file stays");
	xc_keyring_free(second);
	xc_keypair_put(pair);
	xc_keyring_free(ring);
}

static void test_older(void)
{
	struct xc_keyring *ring;
	int fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0600);

	is(write(fd, "XCRYPTK1 some secret", 20) == 20, "a file of an older release");
	ring = ring_of(XC_CACHE_DISK, 1000);
	is(strstr(w.logged, "older-release") && size_of(file) == 0 && !fd_holds(fd, "secret", 6),
	   "is overwritten: %s", w.logged);
	close(fd);
	xc_keyring_free(ring);
}

/* --- clocks --- */

static bool same_pair(struct xc_keyring *ring, const struct xc_keypair *pair)
{
	struct xc_keypair *now = xc_keyring_pair(ring, &xc_kex_x25519);
	bool same = now == pair;

	xc_keypair_put(now);
	return same;
}

static void test_steps(void)
{
	struct xc_keyring *ring = ring_of(XC_CACHE_MEMORY, 1000);
	struct xc_keypair *pair = pair_of(ring, 1000);
	int i;

	the_time.wall -= 3;
	is(same_pair(ring, pair), "a clock set back by 3 s leaves the pair as it is");
	for (i = 0; i < 9; i++) {
		the_time.boot += 11;
		the_time.wall = 1000;
		xc_keyring_expire(ring);
	}
	is(same_pair(ring, pair), "99 s pass, and the clock is set back again and again");
	the_time.boot++;
	is(!same_pair(ring, pair), "after 100 s there is another pair");
	xc_keypair_put(pair);
	pair = xc_keyring_pair(ring, &xc_kex_x25519);
	the_time.wall += 100;
	is(!same_pair(ring, pair), "and another when the clock is set forward");
	xc_keypair_put(pair);
	xc_keyring_free(ring);
}

/* The same over restarts, in one boot and in many. */
static void test_steps_on_disk(bool reboots)
{
	struct xc_keyring *ring;
	struct xc_keypair *pair = NULL, *first = NULL;
	int i, kept = 0;

	for (i = 0; i < 20; i++) {
		the_time.wall = 1000;
		the_time.boot = reboots ? 10 : 500 + 10 * i;
		the_time.boot_id[0] = reboots ? 20 + i : 1;
		ring = new_ring(XC_CACHE_DISK);
		pair = xc_keyring_pair(ring, &xc_kex_x25519);
		if (!first)
			first = xc_keypair_get(pair);
		kept += !memcmp(pair->stored, first->stored, 32);
		xc_keypair_put(pair);
		the_time.boot += 10;
		xc_keyring_sync(ring);
		xc_keyring_free(ring);
	}
	is(kept == 10, "%s of 10 s each, the clock set back at each: %d with one pair",
	   reboots ? "boots" : "restarts", kept);
	the_time.boot_id[0] = 1;
	xc_keypair_put(first);
	unlink(file);
}

static void test_state(void)
{
	struct xc_keyring *ring;
	struct xc_keyring_state state;
	uint8_t peer[32], shared[32];

	unlink(file);
	ring = ring_of(XC_CACHE_DISK, 1000);
	is(xc_keyring_state(ring, 0, &state) && state.kex == &xc_kex_x25519 && !state.has_pair &&
	   state.mode == XC_CACHE_DISK && !state.entries && state.size == 8, "nothing yet");
	peer_of(peer);
	agree(ring, peer, 1000, shared);
	at(1040);
	is(xc_keyring_state(ring, 0, &state) && state.has_pair && state.age == 40 &&
	   state.left == 60 && state.entries == 1 && state.memory > 8 * 64, "a pair of 40 s");
	is(!xc_keyring_state(ring, 1, &state), "and no other");
	xc_keyring_free(ring);
	ring = ring_of(XC_CACHE_OFF, 1000);
	is(xc_keyring_state(ring, 0, &state) && state.mode == XC_CACHE_OFF && !state.size &&
	   !state.memory && !strcmp(xc_cache_mode_name(state.mode), "off"), "off");
	xc_keyring_free(ring);
}

/* A reload that has no use for a file leaves nothing in it. */
static void test_dropped(void)
{
	static const struct xc_suite_list nothing;
	struct xc_suite_list x25519;
	struct xc_keyring *ring = ring_of(XC_CACHE_DISK, 1050);
	struct xc_keypair *pair = pair_of(ring, 1050);

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
	struct xc_keypair *pair = pair_of(ring, 2000), *fresh;

	xc_keyring_sync(ring);
	xc_keyring_free(ring);
	ring = ring_of(XC_CACHE_DISK, 2100);
	is(size_of(file) == 0 && !w.logged[0], "expired while we were away: overwritten at start");
	fresh = pair_of(ring, 2100);
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
	char second[64];

	xc_keyring_free(ring_of(XC_CACHE_DISK, 1000));
	chmod(file, 0640);
	refuses("a file that others may read", "chmod it to 0600");
	chmod(file, 0600);
	snprintf(second, sizeof(second), "%s/second", dir);
	is(!link(file, second), "a file with a second name");
	refuses("that", "second name");
	unlink(second);
	unlink(file);
	is(symlink("/tmp/elsewhere", file) == 0, "a symbolic link");
	refuses("that", "regular file");
	unlink(file);
	is(mkfifo(file, 0600) == 0, "a FIFO");
	refuses("that", "regular file");
	unlink(file);
	chmod(dir, 0770);
	refuses("a directory that others may write to", "chmod it to 0700");
	chmod(dir, 0700);
	if (getuid()) {
		skip("a directory of somebody else is not used", "only root can make one");
	} else {
		is(!chown(dir, 65534, 65534), "a directory of somebody else");
		refuses("that", "owned by the daemon's user");
		is(!chown(dir, 0, 0), "and back");
	}
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
	test_parts();
	test_dropped();
	test_stale();
	test_damaged();
	test_locked();
	test_full();
	test_temp();
	test_state();
	test_strange_files();
	test_older();
	test_not_ours();
	leaves_nothing(XC_CACHE_MEMORY, "memory");
	leaves_nothing(XC_CACHE_OFF, "off");
	test_other_suites();
	test_read_only();
	test_steps();
	test_steps_on_disk(false);
	test_steps_on_disk(true);
	unlink(file);
	is(rmdir(dir) == 0, "nothing else is left in the directory");
	world_free(&w);
	return tap_done();
}
