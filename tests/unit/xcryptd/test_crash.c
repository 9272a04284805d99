// SPDX-License-Identifier: GPL-2.0
/*
 * The cache file survives a crash at any instant. A child does its work and ends itself in the
 * n-th system call on files, before it, in the midst of it or after it, for every n; then the
 * file must be what it was or what it was to become. The linker puts the calls below in the
 * place of the C library's (-Wl,--wrap).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drive.h"
#include "secret.h"
#include "tap.h"

enum when { BEFORE, MIDST, AFTER };

static int left = -1;		/* calls until the crash, -1 for none */
static enum when when;
static char calls[256];		/* a letter each */

/* Count a call; true if it is the one to crash in. */
static bool count(char letter)
{
	size_t n = strlen(calls);

	if (n + 1 < sizeof(calls))
		calls[n] = letter;
	if (left < 0 || left--)
		return false;
	if (when == BEFORE)
		_exit(7);
	return true;
}

/* The result of a call, unless it was the one. */
static long unless(bool crash, long result)
{
	if (crash)
		_exit(7);
	return result;
}

ssize_t __real_write(int fd, const void *p, size_t len);
ssize_t __wrap_write(int fd, const void *p, size_t len);
ssize_t __wrap_write(int fd, const void *p, size_t len)
{
	bool crash = count('w');

	if (crash && when == MIDST)
		len /= 2;
	return unless(crash, __real_write(fd, p, len));
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	bool crash = count('F');

	return unless(crash, __real_fsync(fd));
}

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_fdatasync(int fd)
{
	bool crash = count('F');

	return unless(crash, __real_fdatasync(fd));
}

static bool no_exchange;	/* as on a file system that cannot */

int __real_renameat2(int a, const char *b, int c, const char *d, unsigned int flags);
int __wrap_renameat2(int a, const char *b, int c, const char *d, unsigned int flags);
int __wrap_renameat2(int a, const char *b, int c, const char *d, unsigned int flags)
{
	bool crash;

	if (no_exchange) {
		errno = EINVAL;
		return -1;
	}
	crash = count('X');
	return unless(crash, __real_renameat2(a, b, c, d, flags));
}

int __real_renameat(int a, const char *b, int c, const char *d);
int __wrap_renameat(int a, const char *b, int c, const char *d);
int __wrap_renameat(int a, const char *b, int c, const char *d)
{
	bool crash = count('R');

	return unless(crash, __real_renameat(a, b, c, d));
}

int __real_openat(int a, const char *b, int flags, ...);
int __wrap_openat(int a, const char *b, int flags, ...);
int __wrap_openat(int a, const char *b, int flags, ...)
{
	bool crash = count('o');
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return unless(crash, __real_openat(a, b, flags, mode));
}

int __real_unlinkat(int a, const char *b, int c);
int __wrap_unlinkat(int a, const char *b, int c);
int __wrap_unlinkat(int a, const char *b, int c)
{
	bool crash = count('u');

	return unless(crash, __real_unlinkat(a, b, c));
}

/* --- the work --- */

static char dir[] = "/tmp/xcryptd-test-XXXXXX";
static struct world w;
static uint8_t peers[4][32];

static struct xc_keyring *open_ring(void)
{
	struct xc_keyring_options options = {
		.lifetime = 7200, .mode = XC_CACHE_DISK, .size = 200, .share = 200, .dir = dir,
	};

	return xc_keyring_new(&options, &w.suites, &w.log, NOW);
}

static void learn(struct xc_keyring *ring, int from, int to)
{
	struct xc_keypair *pair = xc_keyring_pair(ring, &xc_kex_x25519, NOW);
	uint8_t shared[32];
	bool hit;
	int i;

	for (i = from; i < to; i++) {
		if (xc_keyring_accept(ring, pair, peers[i], shared, &hit))
			abort();
		xc_keyring_learn(ring, pair, &w.addr, peers[i], NULL, shared);
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
	struct xc_keypair *pair = xc_keyring_pair(ring, &xc_kex_x25519, NOW);

	memcpy(public, pair->public_a, 32);
	xc_keypair_put(pair);
	xc_keyring_free(ring);
}

/* Do the work in a child that crashes in call n. False if it came to its end. */
static bool crash_in(void (*work)(void), int n, enum when at)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		left = n;
		when = at;
		work();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || (WEXITSTATUS(status) && WEXITSTATUS(status) != 7))
		abort();
	return WEXITSTATUS(status) == 7;
}

/* A second name keeps the contents of before within sight. */
static void watch(void)
{
	char name[64], held[64];

	snprintf(name, sizeof(name), "%s/2.0", dir);
	snprintf(held, sizeof(held), "%s/held", dir);
	unlink(held);
	if (link(name, held))
		abort();
}

/* Whether those are still in use or else have been overwritten. */
static bool no_leak(void)
{
	static char data[1 << 16];
	struct stat used, st;
	char name[64];
	ssize_t n;
	int fd;

	snprintf(name, sizeof(name), "%s/2.0", dir);
	stat(name, &used);
	snprintf(name, sizeof(name), "%s/held", dir);
	fd = open(name, O_RDONLY);
	fstat(fd, &st);
	n = read(fd, data, sizeof(data));
	close(fd);
	unlink(name);
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
		       (!no_exchange && !no_leak());
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
		bad += !no_temp() || (!no_exchange && !no_leak());
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
	snprintf(path, sizeof(path), "%s/held", dir);
	unlink(path);
	is(rmdir(dir) == 0, "nothing else is left in the directory");
	world_free(&w);
	return tap_done();
}
