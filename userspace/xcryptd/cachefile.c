// SPDX-License-Identifier: GPL-2.0
#include "cachefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_FLAGS	(O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)

static int write_all(int fd, const uint8_t *src, size_t len)
{
	while (len) {
		ssize_t n = write(fd, src, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			src += n;
			len -= n;
		}
	}
	return 0;
}

/* Best effort: there is nobody to tell, and the file is on its way out. */
static void overwrite(int fd)
{
	static const uint8_t zero[4096];
	struct stat st;
	off_t left;

	if (fstat(fd, &st) || lseek(fd, 0, SEEK_SET))
		return;
	for (left = st.st_size; left > 0; left -= sizeof(zero)) {
		size_t n = left < (off_t)sizeof(zero) ? (size_t)left : sizeof(zero);

		if (write_all(fd, zero, n))
			return;
	}
	fdatasync(fd);
}

/* 1: fd is locked and still is what the name means; 0: it was replaced meanwhile; -errno. */
static int lock(const struct xc_cachefile *file, int fd)
{
	struct stat st, named;

	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077))
		return -EPERM;
	return fstatat(file->dir, file->name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       named.st_ino == st.st_ino && named.st_dev == st.st_dev;
}

static int open_locked(const struct xc_cachefile *file)
{
	for (;;) {
		int fd = openat(file->dir, file->name, OPEN_FLAGS | O_CREAT, 0600);
		int locked;

		if (fd < 0)
			return errno == ELOOP ? -EPERM : -errno;
		locked = lock(file, fd);
		if (locked == 1)
			return fd;
		close(fd);
		if (locked < 0)
			return locked;
	}
}

/* A replacement that was not finished holds a private key too. */
static void wipe_temp(const struct xc_cachefile *file)
{
	int fd = openat(file->dir, file->temp, OPEN_FLAGS);

	if (fd >= 0) {
		overwrite(fd);
		close(fd);
	}
	unlinkat(file->dir, file->temp, 0);
}

int xc_cachefile_open(struct xc_cachefile *file, const char *dir, const char *name)
{
	int fd;

	snprintf(file->name, sizeof(file->name), "%s", name);
	snprintf(file->temp, sizeof(file->temp), "%.*s.new", XC_CACHEFILE_NAME - 5, name);
	file->fd = -1;
	file->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file->dir < 0)
		return -errno;
	fd = open_locked(file);
	if (fd < 0) {
		xc_cachefile_close(file);
		return fd;
	}
	file->fd = fd;
	wipe_temp(file);
	return 0;
}

void xc_cachefile_close(struct xc_cachefile *file)
{
	if (file->fd >= 0)
		close(file->fd);
	if (file->dir >= 0)
		close(file->dir);
	file->fd = -1;
	file->dir = -1;
}

long xc_cachefile_length(const struct xc_cachefile *file)
{
	struct stat st;

	return fstat(file->fd, &st) ? -errno : st.st_size;
}

int xc_cachefile_read(const struct xc_cachefile *file, uint8_t *dst, size_t len)
{
	size_t at = 0;

	while (at < len) {
		ssize_t n = pread(file->fd, dst + at, len - at, at);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -EIO;
		if (n > 0)
			at += n;
	}
	return 0;
}

/* Write and lock the replacement under its temporary name. Its descriptor, or -errno. */
static int write_temp(const struct xc_cachefile *file, const uint8_t *src, size_t len)
{
	int fd = openat(file->dir, file->temp, OPEN_FLAGS | O_CREAT | O_EXCL, 0600);
	int err;

	if (fd < 0)
		return -errno;
	err = flock(fd, LOCK_EX | LOCK_NB) ? -errno : write_all(fd, src, len);
	if (!err && fsync(fd))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	wipe_temp(file);
	return err;
}

/*
 * Let the two names change places, so that the old contents have a name by which the next
 * start finds and wipes them if we do not come to it. Not every file system can do that.
 */
static int switch_names(const struct xc_cachefile *file)
{
	if (!renameat2(file->dir, file->temp, file->dir, file->name, RENAME_EXCHANGE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	return renameat(file->dir, file->temp, file->dir, file->name) ? -errno : 0;
}

int xc_cachefile_replace(struct xc_cachefile *file, const uint8_t *src, size_t len)
{
	int fd, err;

	fd = write_temp(file, src, len);
	if (fd < 0)
		return fd;
	err = switch_names(file);
	if (err) {
		close(fd);
		wipe_temp(file);
	} else {
		fsync(file->dir);
		overwrite(file->fd);
		close(file->fd);
		file->fd = fd;
		unlinkat(file->dir, file->temp, 0);
	}
	return err;
}
