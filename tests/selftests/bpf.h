/* SPDX-License-Identifier: GPL-2.0 */
/* What needs bpf(), by the bare system call: a sockmap or sockhash of one entry, a filter. */
#ifndef _SELFTESTS_BPF_H
#define _SELFTESTS_BPF_H

#include <linux/bpf.h>

/* The map, or -1. */
int sockmap_new(int type);

/* 0, or -1 and errno. */
int sockmap_put(int map, int fd);
int sockmap_remove(int map);

/* A socket filter that lets everything pass whole. The program, or -1. */
int filter_new(void);

#endif /* _SELFTESTS_BPF_H */
