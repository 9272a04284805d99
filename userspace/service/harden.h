/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Giving up what is not needed.
 */
#ifndef XC_SERVICE_HARDEN_H
#define XC_SERVICE_HARDEN_H

#include <stdbool.h>
#include <sys/capability.h>
#include <sys/types.h>

#include "common/log.h"

/* Room for so many descriptors; memory that is never dumped. */
void xc_harden_limits(const struct xc_log *log, unsigned int files);

/* Memory that is never swapped: whether that is so. */
bool xc_harden_memory(const struct xc_log *log);

/**
 * struct xc_user - whom to become
 * @change:	it is another one than we are
 */
struct xc_user {
	uid_t uid;
	gid_t gid;
	bool change;
};

/*
 * The user of this name; NULL: who we are, but for root the one that packages make for the program,
 * "_program" or "program". Never root, whose files are too many. 0 or -errno, which has been logged.
 */
int xc_harden_user(const struct xc_log *log, const char *name, const char *program,
		   struct xc_user *user);

/*
 * Become that user, keep no capability but these, and get no new ones nor executable memory. 0 or
 * -errno, which has been logged.
 */
int xc_harden_privileges(const struct xc_log *log, const struct xc_user *user,
			 const cap_value_t *caps, int n);

#endif
