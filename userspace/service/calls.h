/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A filter of system calls: those of a list, memory that is never executed, and UNIX sockets; all
 * others fail with EPERM.
 */
#ifndef XC_SERVICE_CALLS_H
#define XC_SERVICE_CALLS_H

#include <stddef.h>
#include <stdint.h>

#include <seccomp.h>

#include "common/log.h"

/*
 * For an architecture of <seccomp.h>, SCMP_ARCH_NATIVE but for tests, with n calls SCMP_SYS(name);
 * seccomp ignores what an architecture does not have. To be released by seccomp_release(). NULL: no
 * memory.
 */
scmp_filter_ctx xc_calls_new(uint32_t arch, const int *allowed, size_t n);

/* For all threads, from here on, and release it. 0 or -errno, which has been logged. */
int xc_calls_load(const struct xc_log *log, scmp_filter_ctx ctx);

#endif
