// SPDX-License-Identifier: GPL-2.0
#include "filter.h"

#include "service/calls.h"

/*
 * Functions of the C library by the names of the system calls that they are, on 64-bit
 * architectures and on those of 32 bits, with 32-bit and 64-bit time: seccomp ignores what an
 * architecture does not have. tests/unit/xcryptd/test_calls.sh looks for those forgotten. Not
 * getpeername() and the like: on an MTA's socket they would wait for its lock, as shutdown() does not
 * where the module is.
 */
static const int allowed[] = {
	/* the loop, exchanges, netlink, control, the log */
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64),
	SCMP_SYS(recv), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
	SCMP_SYS(send), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
	SCMP_SYS(setsockopt), SCMP_SYS(getsockopt), SCMP_SYS(accept4), SCMP_SYS(connect),
	SCMP_SYS(shutdown), SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(dup3),
	/* memory, time, randomness */
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(mlock), SCMP_SYS(brk),
	SCMP_SYS(futex), SCMP_SYS(futex_time64), SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom),
	/* the cache's files, the configuration */
	SCMP_SYS(openat), SCMP_SYS(fstat), SCMP_SYS(fstat64), SCMP_SYS(newfstatat),
	SCMP_SYS(fstatat64), SCMP_SYS(statx), SCMP_SYS(lseek), SCMP_SYS(_llseek),
	SCMP_SYS(fcntl), SCMP_SYS(fcntl64), SCMP_SYS(flock), SCMP_SYS(fsync),
	SCMP_SYS(fdatasync), SCMP_SYS(ftruncate), SCMP_SYS(ftruncate64), SCMP_SYS(pread64),
	SCMP_SYS(pwrite64), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(unlink),
	SCMP_SYS(unlinkat), SCMP_SYS(geteuid), SCMP_SYS(geteuid32),
	/* signals and the end */
	SCMP_SYS(rt_sigreturn), SCMP_SYS(sigreturn), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction), SCMP_SYS(restart_syscall), SCMP_SYS(getpid), SCMP_SYS(gettid),
	SCMP_SYS(tgkill), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

scmp_filter_ctx xc_filter_new(uint32_t arch)
{
	return xc_calls_new(arch, allowed, sizeof(allowed) / sizeof(allowed[0]));
}

int xc_filter_load(const struct xc_log *log)
{
	return xc_calls_load(log, xc_filter_new(SCMP_ARCH_NATIVE));
}
