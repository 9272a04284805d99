/* SPDX-License-Identifier: GPL-2.0 */
/* Where the files of this room are, and what to do about those that cannot be used. */
#ifndef XCRYPTD_PEERS_PLACE_H
#define XCRYPTD_PEERS_PLACE_H

#include <stdbool.h>

#include "keys/cachefile.h"

#define XC_PLACE_PATH	256	/* octets of a path with its NUL */
#define XC_PLACE_NAME	(XC_CACHEFILE_NAME - 5)	/* of its last part, ".new" being put behind it */

/* Whether a path is absolute, not too long, and ends in a name of its own that is not either. */
bool xc_place_good(const char *path);

/* Open or make the file of a path and lock it, as xc_cachefile_open(). */
int xc_place_open(struct xc_cachefile *file, const char *path, const char **hint);

/* There is no such file, and none can be made: what was to be in it can be in memory alone. */
bool xc_place_missing(const char *path, int err);

/* What to do about an error where there is no other hint. */
const char *xc_place_advice(int err);

#endif
