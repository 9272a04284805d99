// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf.h"

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

int sockmap_new(int type)
{
	union bpf_attr attr = {
		.map_type = type,
		.key_size = sizeof(__u32),
		.value_size = sizeof(__u32),
		.max_entries = 1,
	};

	return bpf(BPF_MAP_CREATE, &attr);
}

int sockmap_put(int map, int fd)
{
	__u32 key = 0, value = fd;
	union bpf_attr attr = {
		.map_fd = map,
		.key = (unsigned long)&key,
		.value = (unsigned long)&value,
	};

	return bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

int sockmap_remove(int map)
{
	__u32 key = 0;
	union bpf_attr attr = { .map_fd = map, .key = (unsigned long)&key };

	return bpf(BPF_MAP_DELETE_ELEM, &attr);
}
