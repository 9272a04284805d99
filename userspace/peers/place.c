// SPDX-License-Identifier: GPL-2.0
#include "place.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define TEMPORARY	".new"	/* what a replacement is called meanwhile */

static bool is_temporary(const char *name)
{
	size_t len = strlen(name), end = sizeof(TEMPORARY) - 1;

	return len >= end && !strcmp(name + len - end, TEMPORARY);
}

bool xc_place_good(const char *path)
{
	const char *name = strrchr(path, '/');

	return path[0] == '/' && name && name[1] && strcmp(name, "/.") && strcmp(name, "/..") &&
	       !is_temporary(name) && strlen(name + 1) < XC_PLACE_NAME &&
	       strlen(path) < XC_PLACE_PATH;
}

int xc_place_open(struct xc_cachefile *file, const char *path, const char **hint)
{
	const char *name = strrchr(path, '/');
	char dir[XC_PLACE_PATH];
	size_t len = name - path;

	memcpy(dir, path, len);
	dir[len] = '\0';
	return xc_cachefile_open(file, len ? dir : "/", name + 1, hint);
}

bool xc_place_missing(const char *path, int err)
{
	struct stat st;

	return (err == -ENOENT || err == -EROFS) && lstat(path, &st) && errno == ENOENT;
}

const char *xc_place_advice(int err)
{
	switch (err) {
	case -EBUSY:
		return "another xcryptd has it; end that one, or give each a file of its own";
	case -ENOENT:
	case -ENOTDIR:
		return "make the directory, mode 0700, owned by the daemon's user";
	case -ENOSPC:
	case -EDQUOT:
		return "make room on the disk";
	case -EROFS:
		return "name a file on a file system that can be written to";
	default:
		return "see to it that the daemon's user can read and write it, and its directory";
	}
}
