/* SPDX-License-Identifier: GPL-2.0 */
/* The counters of this process' network namespace. */
#ifndef _SELFTESTS_COUNTER_H
#define _SELFTESTS_COUNTER_H

#include <stdbool.h>

/* A line of /proc/net/xcrypt_stat, -1 if it is not there. */
long counter(const char *name);

/* Until it is @want; false after 10 s. */
bool counter_becomes(const char *name, long want);

#endif /* _SELFTESTS_COUNTER_H */
