/* SPDX-License-Identifier: GPL-2.0 */
/* A sockmap or sockhash of one entry, by the bare system call. */
#ifndef _SELFTESTS_BPF_H
#define _SELFTESTS_BPF_H

#include <linux/bpf.h>

/* The map, or -1. */
int sockmap_new(int type);

/* 0, or -1 and errno. */
int sockmap_put(int map, int fd);
int sockmap_remove(int map);

#endif /* _SELFTESTS_BPF_H */
