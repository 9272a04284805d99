/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SELFTESTS_KLOG_H
#define _SELFTESTS_KLOG_H

#include <linux/types.h>
#include <stdbool.h>

/* From here on the kernel's log is looked at, all of it. The descriptor, or -1 and errno. */
int klog_open(void);

/* The next line of the module, without what stands ahead of it; false: there is none. */
bool klog_next(int fd, char *line, int size);

/* Has it a number that is within a few ten thousand of @seq, decimal or hexadecimal? */
bool klog_near(const char *line, __u32 seq);

#endif /* _SELFTESTS_KLOG_H */
