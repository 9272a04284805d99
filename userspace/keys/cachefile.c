// SPDX-License-Identifier: GPL-2.0
#include "cachefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE		/* musl 1.2 has neither */
#define RENAME_EXCHANGE	(1 << 1)

static int renameat2(int olddir, const char *old, int newdir, const char *new,
		     unsigned int flags)
{
	return syscall(SYS_renameat2, olddir, old, newdir, new, flags);
}
#endif

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

static int overwrite(int fd)
{
	static const uint8_t zero[4096];
	struct stat st;
	off_t left;
	int err;

	if (fstat(fd, &st) || lseek(fd, 0, SEEK_SET))
		return -errno;
	for (left = st.st_size; left > 0; left -= sizeof(zero)) {
		size_t n = left < (off_t)sizeof(zero) ? (size_t)left : sizeof(zero);

		err = write_all(fd, zero, n);
		if (err)
			return err;
	}
	return fdatasync(fd) ? -errno : 0;
}

/* --- opening --- */

/* A name that somebody else may put there, take away or replace would make locks worthless. */
static int check_dir(int fd, const char **hint)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (st.st_uid != geteuid())
		*hint = "the directory must be owned by the daemon's user: chown it";
	else if (st.st_mode & 022)
		*hint = "others may write to the directory: chmod it to 0700";
	else if (!st.st_nlink)
		*hint = "the directory was removed: make it, mode 0700, owned by the daemon's user";
	return *hint ? -EPERM : 0;
}

static int check_file(const struct stat *st, const char **hint)
{
	if (!S_ISREG(st->st_mode))
		*hint = "it must be a regular file: remove what is there";
	else if (st->st_uid != geteuid())
		*hint = "it must be owned by the daemon's user: remove it, or chown it";
	else if (st->st_mode & 077)
		*hint = "others may use it: if that was not meant to be, remove it, else chmod it to 0600";
	else if (st->st_nlink > 1)
		*hint = "it has a second name, under which its secrets would stay: find that by its inode number and remove both";
	return *hint ? -EPERM : 0;
}

/* 1: fd is locked and still is what the name means; 0: it was replaced meanwhile; -errno. */
static int lock(const struct xc_cachefile *file, int fd, const char **hint)
{
	struct stat st, named;

	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (fstat(fd, &st))
		return -errno;
	if (fstatat(file->dir, file->name, &named, AT_SYMLINK_NOFOLLOW) ||
	    named.st_ino != st.st_ino || named.st_dev != st.st_dev)
		return 0;
	return check_file(&st, hint) ?: 1;
}

static int open_locked(const struct xc_cachefile *file, int flags, const char **hint)
{
	for (;;) {
		int fd = openat(file->dir, file->name, OPEN_FLAGS | flags, 0600);
		int locked;

		if (fd < 0 && errno != ELOOP)
			return -errno;
		if (fd < 0) {
			*hint = "it must be a regular file: remove the symbolic link";
			return -EPERM;
		}
		locked = lock(file, fd, hint);
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

static int open_file(struct xc_cachefile *file, const char *dir, const char *name, int flags,
		     const char **hint)
{
	int err;

	*hint = NULL;
	snprintf(file->name, sizeof(file->name), "%s", name);
	snprintf(file->temp, sizeof(file->temp), "%.*s.new", XC_CACHEFILE_NAME - 5, name);
	file->fd = -1;
	file->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file->dir < 0)
		return -errno;
	err = check_dir(file->dir, hint);
	if (!err)
		err = open_locked(file, flags, hint);
	if (err < 0) {
		xc_cachefile_close(file);
		return err;
	}
	file->fd = err;
	wipe_temp(file);
	return 0;
}

int xc_cachefile_open(struct xc_cachefile *file, const char *dir, const char *name,
		      const char **hint)
{
	return open_file(file, dir, name, O_CREAT, hint);
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

int xc_cachefile_wipe(struct xc_cachefile *file)
{
	int err = overwrite(file->fd);

	if (!err && ftruncate(file->fd, 0))
		err = -errno;
	return err;
}

int xc_cachefile_remove(const char *dir, const char *name, const char **hint)
{
	struct xc_cachefile file = { .dir = -1, .fd = -1 };
	int err = open_file(&file, dir, name, 0, hint);

	if (err)
		return err;
	err = xc_cachefile_wipe(&file);
	if (unlinkat(file.dir, file.name, 0) && !err)
		err = -errno;
	xc_cachefile_close(&file);
	return err;
}
