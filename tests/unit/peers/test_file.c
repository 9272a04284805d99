// SPDX-License-Identifier: GPL-2.0
/*
 * The files of peers and of the identity: what is in them after a start, a crash in any system
 * call, with a wrong owner, mode or contents.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include "crash.h"
#include "common/secret.h"
#include "peers/file.h"
#include "peers/form.h"
#include "peers/identityfile.h"
#include "tap.h"

#define TODAY	20783

static char dir[] = "/tmp/xcryptd-test-XXXXXX";
static char path[64], temp[64], own[64];
static char said[4096];
static uint8_t key[4][XC_IDENTITY_LEN];

static void hear(void *ctx, int level, const char *line)
{
	size_t len = strlen(said);

	(void)ctx;
	(void)level;
	snprintf(said + len, sizeof(said) - len, "%s\n", line);
}

static const struct xc_log to_us = { .to = XC_LOG_CALL, .level = LOG_DEBUG, .call = hear };

/* A store with its file. NULL: it could not be opened. */
static struct xc_peers *open_store(struct xc_peers_file *file, const char *at)
{
	struct xc_peers *p = xc_peers_new(100, 30);

	said[0] = '\0';
	if (!xc_peers_file_open(file, at, p, &to_us))
		return p;
	xc_peers_free(p);
	return NULL;
}

static void close_store(struct xc_peers_file *file, struct xc_peers *p)
{
	xc_peers_file_close(file);
	xc_peers_free(p);
}

static void put_text(const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode))
		abort();
	close(fd);
}

/* How many names the file has; -1: it cannot be used. */
static int names_kept(void)
{
	struct xc_peers_file file;
	struct xc_peers *p = open_store(&file, path);
	int n = p ? (int)p->names.count : -1;

	if (p)
		close_store(&file, p);
	return n;
}

static void meet(struct xc_peers *p, const char *name, int id)
{
	xc_peers_met(p, name, key[id], 0x301, true, TODAY);
}

/* --- that it is kept --- */

static void test_kept(void)
{
	struct xc_peers_file file;
	struct xc_peers *p = open_store(&file, path);
	struct stat st;

	is(p && !said[0] && !stat(path, &st) && (st.st_mode & 07777) == 0600, "made, 0600");
	is(!xc_peers_file_sync(&file, p) && !st.st_size, "with nothing to write nothing is");
	meet(p, "a", 0);
	xc_peers_pin(p, "b", key[1], TODAY);
	is(!xc_peers_file_sync(&file, p) && !p->dirty, "written");
	close_store(&file, p);
	is(names_kept() == 2, "and read at the next start");
	p = open_store(&file, path);
	is(!xc_peers_write_begin(&file, p), "which leaves nothing to write");
	meet(p, "a", 0);
	is(!xc_peers_write_begin(&file, p), "nor does another meeting on the same day");
	xc_peers_met(p, "a", key[0], 0x301, true, TODAY + 1);
	is(!xc_peers_file_sync(&file, p) && !stat(path, &st) && (st.st_mode & 07777) == 0600 &&
	   st.st_nlink == 1, "a meeting on another day is written, 0600 again");
	close_store(&file, p);
}

/* What changes while the thread writes is written the next time. */
static void test_parts(void)
{
	struct xc_peers_file file;
	struct xc_peers *p = open_store(&file, path);
	struct xc_peers_write *w;

	meet(p, "c", 2);
	w = xc_peers_write_begin(&file, p);
	meet(p, "d", 2);
	is(w && !xc_peers_write_begin(&file, p), "one write at a time");
	xc_peers_write_run(w);
	is(!xc_peers_write_end(w), "it goes well");
	is(!xc_peers_file_sync(&file, p), "so does the next");
	close_store(&file, p);
	is(names_kept() == 4, "with what was learned in between");
}

static void test_failing(void)
{
	struct xc_peers_file file;
	struct xc_peers *p = open_store(&file, path);

	meet(p, "e", 2);
	/* As root one may write to a directory without mode bits: take it away. */
	close(file.file.dir);
	file.file.dir = -1;
	is(xc_peers_file_sync(&file, p) == -EBADF && strstr(said, "event=write-failed") &&
	   p->dirty && file.error, "a write that fails is told of, and tried again");
	said[0] = '\0';
	is(xc_peers_file_sync(&file, p) == -EBADF && !said[0], "told of once");
	file.file.dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	is(!xc_peers_file_sync(&file, p) && strstr(said, "written-again"), "and when it goes well again");
	close_store(&file, p);
}

/* --- what is refused --- */

static void refused(const char *what, const char *say)
{
	struct xc_peers_file file;
	struct xc_peers *p = open_store(&file, path);

	if (!is(!p && strstr(said, say), "refused: %s", what))
		printf("# said %s", said);
	if (p)
		close_store(&file, p);
}

static void test_refused(void)
{
	char other[64];

	put_text("peer a 3.1 lost\n", 0600);
	refused("a bad line", "peers:1: the state must be");
	is(strstr(said, "event=bad-line error=\"/tmp/") && strstr(said, "mend the lines"),
	   "with file, line and advice");
	put_text("", 0640);
	refused("one that others may read", "chmod it to 0600");
	put_text("", 0600);
	snprintf(other, sizeof(other), "%s/second", dir);
	if (link(path, other))
		abort();
	refused("one with a second name", "second name");
	unlink(path);
	if (symlink(other, path))
		abort();
	refused("a symbolic link", "symbolic link");
	unlink(path);
	unlink(other);
	mkdir(path, 0700);
	refused("a directory", "event=not-read");
	rmdir(path);
	chmod(dir, 0770);
	refused("in a directory that others may write to", "chmod it to 0700");
	chmod(dir, 0700);
}

/* Where there is none and none can be made there is the memory. */
static void test_missing(void)
{
	struct xc_peers_file file, second;
	struct xc_peers *p = open_store(&file, path), *q = open_store(&second, path);

	is(p && q && strstr(said, "event=memory-only") && strstr(said, "give each a file of its own"),
	   "one that another process has: in memory, told of");
	close_store(&second, q);
	close_store(&file, p);
	p = open_store(&file, "/nowhere/at/all/peers");

	is(p && strstr(said, "event=memory-only"), "no directory: in memory, told of");
	meet(p, "a", 0);
	is(!xc_peers_file_sync(&file, p) && !xc_peers_write_begin(&file, p), "nothing to write to");
	close_store(&file, p);
}

/* --- crashes --- */

static void work(void)
{
	struct xc_peers_file file;
	struct xc_peers *p = open_store(&file, path);

	meet(p, "b", 1);
	meet(p, "c", 2);
	xc_peers_file_sync(&file, p);
	close_store(&file, p);
}

static void before(void)
{
	struct xc_peers_file file;
	struct xc_peers *p;

	put_text("", 0600);
	p = open_store(&file, path);
	meet(p, "a", 0);
	if (xc_peers_file_sync(&file, p))
		abort();
	close_store(&file, p);
}

static void test_crash(enum when at)
{
	int n, kept, old = 0, fresh = 0, bad = 0;
	struct stat st;
	bool more = true;

	for (n = 0; more; n++) {
		before();
		more = crash_in(work, n, at);
		kept = names_kept();
		old += kept == 1;
		fresh += kept == 3;
		bad += !stat(temp, &st);
	}
	is(!bad && old && fresh && old + fresh == n, "a crash %s call 1 to %d: %d as before, %d as after",
	   at == BEFORE ? "before" : at == MIDST ? "within" : "after", n - 1, old, fresh);
}

/* --- the identity --- */

static struct xc_identity *load(bool *made, int *err)
{
	struct xc_identity *identity;
	const char *hint;

	*err = xc_identityfile_load(own, &identity, made, &hint);
	return identity;
}

static void work_identity(void)
{
	struct xc_identity *identity;
	bool made;
	int err;

	identity = load(&made, &err);
	xc_identity_free(identity);
}

static void test_identity(void)
{
	struct xc_identity *a, *b;
	uint8_t public[XC_IDENTITY_LEN];
	const char *hint;
	struct stat st;
	bool made;
	int err;

	a = load(&made, &err);
	is(a && made && !stat(own, &st) && (st.st_mode & 07777) == 0600 &&
	   st.st_size == XC_IDENTITY_TEXT, "an identity is made, 0600");
	memcpy(public, xc_identity_public(a), sizeof(public));
	xc_identity_free(a);
	a = load(&made, &err);
	is(a && !made && !memcmp(public, xc_identity_public(a), sizeof(public)), "and is the same afterwards");
	b = xc_identity_new();
	is(!xc_identityfile_replace(own, b, &hint), "replaced");
	xc_identity_free(a);
	a = load(&made, &err);
	is(a && !memcmp(xc_identity_public(b), xc_identity_public(a), sizeof(public)), "by that one");
	xc_identity_free(a);
	xc_identity_free(b);
}

static void test_bad_identity(void)
{
	struct xc_identity *identity;
	const char *hint;
	bool made;
	int err, fd;

	if (truncate(own, 50))
		abort();
	identity = load(&made, &err);
	is(!identity && err == -EBADMSG, "one that was cut is refused, not replaced");
	chmod(own, 0644);
	err = xc_identityfile_load(own, &identity, &made, &hint);
	is(!identity && err == -EPERM && strstr(hint, "0600"), "one that others may read, too");
	unlink(own);
	fd = open(own, O_RDWR | O_CREAT, 0600);
	flock(fd, LOCK_EX);
	identity = load(&made, &err);
	is(!identity && err == -EBUSY, "for one that another daemon holds it waits, and gives up");
	close(fd);
	err = xc_identityfile_load("/nowhere/identity", &identity, &made, &hint);
	is(err == -ENOENT && xc_place_missing("/nowhere/identity", err), "no directory");
}

/* A child's, so that what it did before the crash is on disk or not: then the file is whole. */
static void test_identity_crash(enum when at)
{
	int n, whole = 0, err;
	bool more = true, made;

	for (n = 0; more; n++) {
		struct xc_identity *identity;

		unlink(own);
		more = crash_in(work_identity, n, at);
		identity = load(&made, &err);
		whole += identity != NULL;
		xc_identity_free(identity);
	}
	is(whole == n, "an identity is whole after a crash %s call 1 to %d",
	   at == BEFORE ? "before" : at == MIDST ? "within" : "after", n - 1);
}

/* Nothing of a private value is left in memory that was given back. */
static void test_zeroed(void)
{
	struct xc_identity *identity;
	const uint8_t *public;
	bool made;
	int err, i, left_over = 0;

	identity = load(&made, &err);
	public = xc_identity_public(identity);
	xc_identity_free(identity);
	/* Of what is small the last two stay mapped, for the next. */
	for (i = 0; i < XC_IDENTITY_LEN; i++)
		left_over |= public[i];
	is(!left_over, "an identity is zeroed when it goes");
}

int main(void)
{
	enum when at;
	int i;

	if (!mkdtemp(dir))
		abort();
	snprintf(path, sizeof(path), "%s/peers", dir);
	snprintf(temp, sizeof(temp), "%s/peers.new", dir);
	snprintf(own, sizeof(own), "%s/identity", dir);
	for (i = 0; i < 4; i++)
		memset(key[i], i + 2, XC_IDENTITY_LEN);
	test_kept();
	test_parts();
	test_failing();
	test_refused();
	test_missing();
	for (at = BEFORE; at <= AFTER; at++)
		test_crash(at);
	test_identity();
	test_zeroed();
	test_bad_identity();
	for (at = BEFORE; at <= AFTER; at++)
		test_identity_crash(at);
	unlink(path);
	unlink(own);
	is(!rmdir(dir), "nothing else is left");
	return tap_done();
}
