/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files that may be used from here on; all others fail with EACCES, whatever their owner and
 * mode say. See the kernel's Documentation/userspace-api/landlock.rst.
 */
#ifndef XC_SERVICE_LANDLOCK_H
#define XC_SERVICE_LANDLOCK_H

#include "common/log.h"

enum xc_landlock_use {
	XC_LANDLOCK_READ,	/* the file, or files below the directory */
	XC_LANDLOCK_WRITE,	/* read and write it; make and remove regular files below it */
	XC_LANDLOCK_REMOVE,	/* only remove files below the directory */
};

/**
 * struct xc_landlock_rule - one path
 * @path:	NULL or not there: no rule
 */
struct xc_landlock_rule {
	const char *path;
	enum xc_landlock_use use;
};

/*
 * For this thread and those that it starts, which have no_new_privs set. 0; 1: this kernel
 * cannot do it, which has been logged; -errno, which has been logged.
 */
int xc_landlock(const struct xc_log *log, const struct xc_landlock_rule *rules, int n);

#endif
