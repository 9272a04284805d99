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

int filter_new(void)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0xffff },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (unsigned long)code,
		.insn_cnt = 2,
		.license = (unsigned long)"GPL",
	};

	return bpf(BPF_PROG_LOAD, &attr);
}
