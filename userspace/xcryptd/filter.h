/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The system calls that the daemon makes once it serves; all others fail with EPERM.
 */
#ifndef XCRYPTD_FILTER_H
#define XCRYPTD_FILTER_H

#include <stdint.h>

#include <seccomp.h>

#include "common/log.h"

/*
 * The filter for an architecture of <seccomp.h>, SCMP_ARCH_NATIVE but for tests; to be released
 * by seccomp_release(). NULL: no memory.
 */
scmp_filter_ctx xc_filter_new(uint32_t arch);

/* For all threads, from here on. 0 or -errno, which has been logged. */
int xc_filter_load(const struct xc_log *log);

#endif
