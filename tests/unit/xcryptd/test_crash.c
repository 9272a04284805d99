// SPDX-License-Identifier: GPL-2.0
/*
 * The cache file survives a crash at any instant. A child does its work and ends itself in the
 * n-th system call on files, before it, in the midst of it or after it, for every n; then the
 * file must be what it was or what it was to become.
 */
#include <sys/stat.h>

#include "crash.h"
#include "drive.h"
#include "common/secret.h"
#include "tap.h"

/* --- the work --- */

static char dir[] = "/tmp/xcryptd-test-XXXXXX";
static struct world w;
static uint8_t peers[4][32];

static struct xc_keyring *open_ring(void)
{
	struct xc_keyring_options options = {
		.lifetime = 7200, .mode = XC_CACHE_DISK, .size = 200, .share = 200, .dir = dir,
	};

	return xc_keyring_new(&options, &w.suites, &w.log);
}

static void learn(struct xc_keyring *ring, int from, int to)
{
	struct xc_keypair *pair = xc_keyring_pair(ring, &xc_kex_x25519);
	struct xc_agreed agreed;
	int i;

	for (i = from; i < to; i++) {
		if (xc_keyring_accept(ring, pair, peers[i], &agreed))
			abort();
		xc_keyring_learn(ring, pair, &(struct xc_lesson){
			.addr = w.addr, .peer = peers[i], .shared = agreed.shared });
	}
	xc_keypair_put(pair);
}

/* Two peers on disk. */
static void state_before(void)
{
	struct xc_keyring *ring = open_ring();

	xc_keyring_rotate(ring);
	learn(ring, 0, 2);
	if (xc_keyring_sync(ring))
		abort();
	xc_keyring_free(ring);
}

static void work_update(void)
{
	struct xc_keyring *ring = open_ring();

	learn(ring, 2, 4);
	xc_keyring_sync(ring);
	xc_keyring_free(ring);
}

static void work_replace(void)
{
	struct xc_keyring *ring = open_ring();

	xc_keyring_rotate(ring);
	learn(ring, 0, 4);
	xc_keyring_sync(ring);
	xc_keyring_free(ring);
}

/* How many peers the file knows; -1 if it was reported damaged or cannot be used. */
static int state_after(bool *same_pair, const uint8_t *public)
{
	const struct xc_keypair *pair;
	const struct xc_cache *cache;
	const struct xc_kex *kex;
	struct xc_keyring *ring;
	int n = -1;

	w.logged[0] = '\0';
	ring = open_ring();
	xc_keyring_at(ring, 0, &kex, &pair, &cache);
	*same_pair = pair && !memcmp(pair->public_a, public, 32);
	if (!w.logged[0])
		n = xc_cache_count(cache);
	else
		printf("# %s", w.logged);
	xc_keyring_free(ring);
	return n;
}

static void public_of(uint8_t *public)
{
	struct xc_keyring *ring = open_ring();
	struct xc_keypair *pair = xc_keyring_pair(ring, &xc_kex_x25519);

	memcpy(public, pair->public_a, 32);
	xc_keypair_put(pair);
	xc_keyring_free(ring);
}

static int held;	/* the file of before; a second name it must not have */

static void watch(void)
{
	char name[64];

	snprintf(name, sizeof(name), "%s/2.0", dir);
	held = open(name, O_RDONLY | O_CLOEXEC);
	if (held < 0)
		abort();
}

/* Whether its contents are still in use or else have been overwritten. */
static bool no_leak(void)
{
	static char data[1 << 16];
	struct stat used, st;
	char name[64];
	ssize_t n;

	snprintf(name, sizeof(name), "%s/2.0", dir);
	stat(name, &used);
	fstat(held, &st);
	n = pread(held, data, sizeof(data), 0);
	close(held);
	if (st.st_ino == used.st_ino)
		return true;
	while (n > 0 && !data[n - 1])
		n--;
	return n == 0;
}

/* No unfinished file is left. */
static bool no_temp(void)
{
	char temp[64];
	struct stat st;

	snprintf(temp, sizeof(temp), "%s/2.0.new", dir);
	return stat(temp, &st) != 0;
}

static void test_update(enum when at)
{
	int n, peers_known, before = 0, after = 0, bad = 0;
	uint8_t public[32];
	bool same, more = true;

	for (n = 0; more; n++) {
		state_before();
		public_of(public);
		watch();
		more = crash_in(work_update, n, at);
		peers_known = state_after(&same, public);
		before += peers_known == 2;
		after += peers_known == 4;
		bad += (peers_known != 2 && peers_known != 4) || !same || !no_temp() ||
		       (!no_leak() && !no_exchange);
	}
	is(!bad && before && after, "update, crash %s call 1 to %d: %d as before, %d as after",
	   at == BEFORE ? "before" : at == MIDST ? "within" : "after", n - 1, before, after);
}

static void test_replace(enum when at)
{
	int n, peers_known, old = 0, empty = 0, fresh = 0, bad = 0;
	uint8_t public[32];
	bool same, more = true;

	for (n = 0; more; n++) {
		state_before();
		public_of(public);
		watch();
		more = crash_in(work_replace, n, at);
		peers_known = state_after(&same, public);
		old += peers_known == 2 && same;
		empty += peers_known == 0 && !same;
		fresh += peers_known == 4 && !same;
		bad += !no_temp() || (!no_leak() && !no_exchange);
	}
	is(!bad && old && empty && fresh && old + empty + fresh == n,
	   "new key pair, crash %s call 1 to %d: %d old, %d empty, %d new",
	   at == BEFORE ? "before" : at == MIDST ? "within" : "after", n - 1, old, empty, fresh);
}

/* A crash, and another while the file is opened after it. */
static void test_twice(void)
{
	int n, m, known, bad = 0, tried = 0;
	uint8_t public[32];
	bool same;

	for (n = 0; n < 16; n++) {
		for (m = 0; m < 6; m++) {
			state_before();
			public_of(public);
			crash_in(work_update, n, MIDST);
			crash_in(work_update, m, AFTER);
			known = state_after(&same, public);
			bad += (known != 2 && known != 4) || !same || !no_temp();
			tried++;
		}
	}
	is(!bad, "%d pairs of crashes", tried);
}

/* The contents reach the disk before the name does, and the name before the old ones go. */
static void test_order(void)
{
	struct xc_keyring *ring;

	state_before();
	ring = open_ring();
	learn(ring, 2, 3);
	memset(calls, 0, sizeof(calls));
	xc_keyring_sync(ring);
	is(!strcmp(calls, "owFXFwFu"),
	   "open, write, fsync, exchange, fsync, overwrite, fsync, unlink: %s", calls);
	xc_keyring_free(ring);
}

int main(void)
{
	char path[64];
	uint8_t stored[32];
	enum when at;
	int i;

	world_init(&w, false, XC_CACHE_MEMORY);
	for (i = 0; i < 4; i++) {
		xc_secret_random(stored, sizeof(stored));
		xc_kex_x25519.unload(xc_kex_x25519.load(stored, peers[i]));
	}
	if (!mkdtemp(dir))
		return 1;
	for (at = BEFORE; at <= AFTER; at++) {
		test_update(at);
		test_replace(at);
	}
	test_twice();
	test_order();
	no_exchange = true;
	for (at = BEFORE; at <= AFTER; at++) {
		test_update(at);
		test_replace(at);
	}
	snprintf(path, sizeof(path), "%s/2.0", dir);
	unlink(path);
	is(rmdir(dir) == 0, "nothing else is left in the directory");
	world_free(&w);
	return tap_done();
}
