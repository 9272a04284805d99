/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SELFTESTS_NETNS_H
#define _SELFTESTS_NETNS_H

/* Move into a network namespace of our own, its loopback up. 0, or -1 and errno. */
int netns_enter(void);

#endif /* _SELFTESTS_NETNS_H */
