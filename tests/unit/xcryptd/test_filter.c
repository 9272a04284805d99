// SPDX-License-Identifier: GPL-2.0
/*
 * What the filter of system calls says on architectures that this is not: each filter is written
 * out as the program that the kernel would run, and run here.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/net.h>
#include <linux/seccomp.h>

#include "xcryptd/filter.h"
#include "tap.h"

#define PROGRAM_MAX	4096

static struct sock_filter program[PROGRAM_MAX];
static int length;

/* --- the kernel's part: classic BPF, as far as seccomp filters use it --- */

static bool jumps(const struct sock_filter *f, uint32_t a)
{
	switch (BPF_OP(f->code)) {
	case BPF_JEQ:
		return a == f->k;
	case BPF_JGT:
		return a > f->k;
	case BPF_JGE:
		return a >= f->k;
	case BPF_JSET:
		return a & f->k;
	default:
		abort();
	}
}

static uint32_t run(const struct seccomp_data *data)
{
	uint32_t a = 0;
	int at;

	for (at = 0; at < length; at++) {
		const struct sock_filter *f = &program[at];

		switch (BPF_CLASS(f->code)) {
		case BPF_LD:
			memcpy(&a, (const char *)data + f->k, sizeof(a));
			break;
		case BPF_ALU:
			if (BPF_OP(f->code) != BPF_AND)
				abort();
			a &= f->k;
			break;
		case BPF_JMP:
			at += BPF_OP(f->code) == BPF_JA ? f->k : jumps(f, a) ? f->jt : f->jf;
			break;
		case BPF_RET:
			return f->k;
		default:
			abort();
		}
	}
	abort();
}

/* --- the filter --- */

static bool load(uint32_t arch)
{
	scmp_filter_ctx ctx = xc_filter_new(arch);
	FILE *file = tmpfile();
	long n;

	if (!ctx || !file || seccomp_export_bpf(ctx, fileno(file)))
		return false;
	seccomp_release(ctx);
	n = pread(fileno(file), program, sizeof(program), 0);
	fclose(file);
	length = n / (long)sizeof(program[0]);
	return n > 0 && n < (long)sizeof(program);
}

/* struct seccomp_data has AUDIT_ARCH_* where libseccomp has the same number. */
static bool allows(uint32_t arch, const char *name, uint64_t first, uint64_t third)
{
	struct seccomp_data data = { .arch = arch, .args = { first, 0, third } };

	data.nr = seccomp_syscall_resolve_name_arch(arch, name);
	/* libseccomp's numbers for the parts of socketcall. */
	if (data.nr < -100 && data.nr > -100 - SYS_SENDMMSG - 1) {
		data.args[0] = -100 - data.nr;
		data.nr = seccomp_syscall_resolve_name_arch(arch, "socketcall");
	}
	if (data.nr < 0) {
		printf("# no call %s\n", name);
		return false;
	}
	return run(&data) == SECCOMP_RET_ALLOW;
}

static unsigned int all_allowed(uint32_t arch, const char * const *names)
{
	unsigned int bad = 0;

	for (; *names; names++) {
		if (allows(arch, *names, 0, 0))
			continue;
		printf("# %s is refused\n", *names);
		bad++;
	}
	return bad;
}

static const char * const everywhere[] = {
	"epoll_ctl", "epoll_pwait", "recvmsg", "sendmsg", "getsockopt", "setsockopt", "accept4",
	"connect", "shutdown", "read", "write", "writev", "close", "dup3", "munmap", "mremap", "madvise", "mlock",
	"brk", "futex", "clock_gettime", "getrandom", "openat", "flock", "fsync", "fdatasync",
	"renameat2", "unlinkat", "pread64", "pwrite64", "rt_sigprocmask", "rt_sigreturn", "exit",
	"exit_group", "tgkill", "getpid", NULL
};

/* What glibc and musl use there for the same functions. */
static const char * const on_32_bits[] = {
	"fstat64", "fstatat64", "statx", "_llseek", "fcntl64", "ftruncate64", "mmap2",
	"clock_gettime64", "futex_time64", "ppoll_time64", "poll", "epoll_wait", "geteuid32",
	"sigreturn", "sendto", "recvfrom", NULL
};

static const char * const on_64_bits[] = {
	"fstat", "newfstatat", "lseek", "fcntl", "ftruncate", "mmap", "ppoll", "geteuid", "sendto",
	"recvfrom", NULL
};

static void test_refusals(uint32_t arch, const char *map, const char *name)
{
	is(!allows(arch, map, 0, PROT_READ | PROT_EXEC) &&
	   !allows(arch, "mprotect", 0, PROT_EXEC) &&
	   allows(arch, "mprotect", 0, PROT_READ | PROT_WRITE), "%s: no executable memory", name);
	is(!allows(arch, "execve", 0, 0) && !allows(arch, "clone", 0, 0) &&
	   !allows(arch, "ptrace", 0, 0) && !allows(arch, "prctl", 0, 0) &&
	   !allows(arch, "socket", AF_INET, 0), "%s: nothing else", name);
	is(!allows(arch, "getpeername", 0, 0) && !allows(arch, "getsockname", 0, 0), "%s: nothing that waits for a socket's lock", name);
}

static void test_32_bits(uint32_t arch, const char *name)
{
	bool good = load(arch);

	is(good, "%s: a filter of %d instructions", name, length);
	is(!all_allowed(arch, everywhere) && !all_allowed(arch, on_32_bits),
	   "%s: all that the loop needs", name);
	test_refusals(arch, "mmap2", name);
}

static void test_64_bits(uint32_t arch, const char *name)
{
	bool good = load(arch);

	is(good, "%s: a filter of %d instructions", name, length);
	is(!all_allowed(arch, everywhere) && !all_allowed(arch, on_64_bits),
	   "%s: all that the loop needs", name);
	test_refusals(arch, "mmap", name);
	is(allows(arch, "socket", AF_UNIX, 0), "%s: a UNIX socket, for syslog", name);
}

/* glibc's functions of sockets are one call there. */
static void test_socketcall(void)
{
	static const int calls[] = { SYS_RECV, SYS_RECVFROM, SYS_RECVMSG, SYS_SEND, SYS_SENDTO,
				     SYS_SENDMSG, SYS_SETSOCKOPT, SYS_GETSOCKOPT, SYS_ACCEPT4,
				     SYS_CONNECT, SYS_SHUTDOWN };
	static const int others[] = { SYS_SOCKET, SYS_BIND, SYS_LISTEN, SYS_SOCKETPAIR,
				      SYS_GETPEERNAME, SYS_GETSOCKNAME };
	unsigned int bad = 0;
	size_t i;

	load(SCMP_ARCH_X86);
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		bad += !allows(SCMP_ARCH_X86, "socketcall", calls[i], 0);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		bad += allows(SCMP_ARCH_X86, "socketcall", others[i], 0);
	is(!bad, "socketcall: what the loop needs and nothing else (%u)", bad);
}

static void test_arm(void)
{
	load(SCMP_ARCH_ARM);
	is(allows(SCMP_ARCH_ARM, "send", 0, 0) && allows(SCMP_ARCH_ARM, "recv", 0, 0),
	   "arm: send and recv");
}

int main(void)
{
	test_64_bits(SCMP_ARCH_X86_64, "x86_64");
	test_64_bits(SCMP_ARCH_AARCH64, "aarch64");
	test_32_bits(SCMP_ARCH_X86, "x86");
	test_32_bits(SCMP_ARCH_ARM, "arm");
	test_socketcall();
	test_arm();
	return tap_done();
}
