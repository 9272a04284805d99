// SPDX-License-Identifier: GPL-2.0
#include "confine.h"

#include <sys/socket.h>

#include "service/calls.h"
#include "service/harden.h"
#include "service/landlock.h"

#define FILES_OF_SESSION	6	/* two sockets, two pipes */
#define SPARE			160	/* listeners, kept pipes, the control socket's clients */

/* As in xcryptd's filter.c; tests/unit/xcryptd/test_calls.sh looks for those forgotten. */
static const int allowed[] = {
	/* the loop, sessions, control, the log */
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64),
	SCMP_SYS(recv), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
	SCMP_SYS(send), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
	SCMP_SYS(setsockopt), SCMP_SYS(getsockopt), SCMP_SYS(getpeername), SCMP_SYS(getsockname),
	SCMP_SYS(accept4), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(shutdown),
	SCMP_SYS(socketpair), SCMP_SYS(pipe2), SCMP_SYS(splice),
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(fcntl),
	SCMP_SYS(fcntl64),
	/* memory, time */
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
	SCMP_SYS(futex), SCMP_SYS(futex_time64), SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom),
	/* the time zone */
	SCMP_SYS(openat), SCMP_SYS(fstat), SCMP_SYS(fstat64), SCMP_SYS(newfstatat),
	SCMP_SYS(fstatat64), SCMP_SYS(statx), SCMP_SYS(lseek), SCMP_SYS(_llseek),
	/* who asks at the control socket, signals and the end */
	SCMP_SYS(geteuid), SCMP_SYS(geteuid32), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigreturn),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(restart_syscall),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(tgkill), SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

int confine(const struct xc_log *log, const char *name, unsigned int sessions)
{
	/* Enough for SO_MARK, and it may change nothing of the network. */
	static const cap_value_t caps[] = { CAP_NET_RAW };
	static const struct xc_landlock_rule files[] = {
		{ "/etc/localtime", XC_LANDLOCK_READ },
	};
	struct xc_user user;
	int err;

	xc_harden_limits(log, FILES_OF_SESSION * sessions + SPARE);
	err = xc_harden_user(log, name, "xcrypt-gateway", &user);
	if (!err)
		err = xc_harden_privileges(log, &user, caps, 1);
	if (!err)
		err = xc_landlock(log, files, 1);
	return err < 0 ? err : 0;
}

/* TCP; where socket() is one of socketcall() its family cannot be seen. */
static int add_sockets(scmp_filter_ctx ctx)
{
	static const int families[] = { AF_INET, AF_INET6 };
	const struct scmp_arg_cmp stream = SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_STREAM);
	int i, err = 0;

	for (i = 0; !err && i < 2; i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
				       SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i], 0), stream);
	return err;
}

int confine_calls(const struct xc_log *log)
{
	scmp_filter_ctx ctx = xc_calls_new(SCMP_ARCH_NATIVE, allowed,
					   sizeof(allowed) / sizeof(allowed[0]));

	if (ctx && add_sockets(ctx)) {
		seccomp_release(ctx);
		ctx = NULL;
	}
	return xc_calls_load(log, ctx);
}
