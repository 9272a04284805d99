/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A child ends itself in the n-th system call on files, before it, in the midst of it or after it.
 * The linker has to put the calls below in the place of the C library's (-Wl,--wrap).
 */
#ifndef _TESTS_CRASH_H
#define _TESTS_CRASH_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

#endif
