/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file that holds one image: 0600, locked for as long as it is open, replaced as a whole.
 *
 * A new image is written beside the old one, brought to the disk and put in its place, so
 * that a crash at any instant leaves the one or the other. What it replaced is overwritten
 * with zeros before it is let go of, after a crash at the next start. (A file system that
 * copies on write, or a flash disk, may keep it all the same.)
 */
#ifndef XCRYPTD_CACHEFILE_H
#define XCRYPTD_CACHEFILE_H

#include <stddef.h>
#include <stdint.h>

#define XC_CACHEFILE_NAME	32

struct xc_cachefile {
	int dir;			/* descriptor of the directory */
	int fd;				/* of the file, which carries the lock */
	char name[XC_CACHEFILE_NAME];
	char temp[XC_CACHEFILE_NAME];
};

/*
 * Open or make the file name in the directory and lock it; wipe what a crash left of a
 * replacement. 0; -EBUSY: another process has it; -EPERM: the directory or the file is not our
 * user's alone, and *hint says what it must be; -errno of the system call that failed. *hint is
 * NULL where there is nothing to say but the error.
 */
int xc_cachefile_open(struct xc_cachefile *file, const char *dir, const char *name,
		      const char **hint);
void xc_cachefile_close(struct xc_cachefile *file);

/* The file's length, or -errno. */
long xc_cachefile_length(const struct xc_cachefile *file);

/* Read the whole of len octets. 0; -EIO: it is shorter; -errno. */
int xc_cachefile_read(const struct xc_cachefile *file, uint8_t *dst, size_t len);

/* Replace the contents; len 0 leaves an empty file. 0 or -errno, the old one then being there. */
int xc_cachefile_replace(struct xc_cachefile *file, const uint8_t *src, size_t len);

/*
 * Overwrite the contents where they lie and leave an empty file: for when there is no replacing
 * them (the directory became read-only, the disk is full) and they must go. 0 or -errno.
 */
int xc_cachefile_wipe(struct xc_cachefile *file);

/*
 * Overwrite and remove a file that an earlier configuration left, and its temporary one. 0;
 * -ENOENT: there is none; as xc_cachefile_open().
 */
int xc_cachefile_remove(const char *dir, const char *name, const char **hint);

#endif
