/* SPDX-License-Identifier: GPL-2.0 */
/* Freezing processes by a cgroup of version 1, which uses the freezer that a suspend uses. */
#ifndef _SELFTESTS_FREEZER_H
#define _SELFTESTS_FREEZER_H

#include <stdbool.h>
#include <sys/types.h>

/* A cgroup of our own, with @pid in it. 0, or -1 and errno. */
int freezer_open(pid_t pid);
/* To be called when its processes are gone. */
void freezer_close(void);

/* Freeze or thaw it and wait at most five seconds until that is so. 0, or -1 and errno. */
int freezer_set(bool frozen);

#endif /* _SELFTESTS_FREEZER_H */
