/* SPDX-License-Identifier: GPL-2.0 */
/* What check finds: a line each, that says what to do where something is to be mended. */
#ifndef XCRYPTCTL_DOCTOR_H
#define XCRYPTCTL_DOCTOR_H

#include <stdio.h>

#include "ctl.h"

#define DOCTOR_PATH	4096

/**
 * struct doctor - a visit
 * @system:	who is looked at
 * @found:	what is to be mended
 * @hidden:	what this user may not see
 */
struct doctor {
	const struct ctl_system *system;
	int found;
	int hidden;
};

/* It is well; it is to be mended; it does not matter or cannot be told; another user could tell. */
void doctor_good(const char *what, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void doctor_bad(struct doctor *d, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void doctor_unknown(const char *what, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void doctor_hidden(struct doctor *d, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A file of the system that is looked at. NULL and errno if it cannot be read. */
FILE *doctor_open(const struct doctor *d, const char *path);

/* Its path below the system's root. */
const char *doctor_path(const struct doctor *d, char dst[DOCTOR_PATH], const char *path);

#endif
