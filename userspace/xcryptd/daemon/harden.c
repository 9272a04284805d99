// SPDX-License-Identifier: GPL-2.0
#include "harden.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seccomp.h>

#define SPARE	64	/* descriptors besides the exchanges */

static int fault(const struct xc_log *log, const char *what, int err, const char *hint)
{
	xc_log(log, LOG_ERR, "start event=%s error=\"%s\" hint=\"%s\"", what, strerror(-err),
	       hint);
	return err;
}

/* --- limits --- */

static int raise_limit(int which, rlim_t value)
{
	struct rlimit limit;

	if (getrlimit(which, &limit))
		return -errno;
	if (limit.rlim_cur != RLIM_INFINITY && (value == RLIM_INFINITY || limit.rlim_cur < value))
		limit.rlim_cur = value;
	if (limit.rlim_max != RLIM_INFINITY && (value == RLIM_INFINITY || limit.rlim_max < value))
		limit.rlim_max = value;
	return setrlimit(which, &limit) ? -errno : 0;
}

void xc_harden_limits(const struct xc_log *log, unsigned int exchanges)
{
	const struct rlimit none = { 0 };

	if (raise_limit(RLIMIT_NOFILE, exchanges + SPARE))
		xc_log(log, LOG_WARNING, "start event=few-descriptors hint=\"raise LimitNOFILE in the unit to %u, or lower exchanges in the configuration\"",
		       exchanges + SPARE);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	if (raise_limit(RLIMIT_MEMLOCK, RLIM_INFINITY) || mlockall(MCL_CURRENT | MCL_FUTURE))
		xc_log(log, LOG_WARNING,
		       "start event=memory-not-locked error=\"%s\" hint=\"set LimitMEMLOCK=infinity in the unit, or have no unencrypted swap\"",
		       strerror(errno));
}

/* --- privileges --- */

static int set_caps(const cap_value_t *list, int n)
{
	cap_t caps = cap_init();
	int err = -ENOMEM;

	if (!caps)
		return err;
	err = cap_set_flag(caps, CAP_PERMITTED, n, list, CAP_SET) ||
	      cap_set_flag(caps, CAP_EFFECTIVE, n, list, CAP_SET) ||
	      cap_set_proc(caps) ? -errno : 0;
	cap_free(caps);
	return err;
}

static int become(const char *user)
{
	const struct passwd *pw = getpwnam(user);

	if (!pw)
		return -ENOENT;
	if (prctl(PR_SET_KEEPCAPS, 1) || setgroups(0, NULL) ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid))
		return -errno;
	return 0;
}

/* Best effort: it needs CAP_SETPCAP, which only root has. */
static void empty_bounding_set(void)
{
	int cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		prctl(PR_CAPBSET_DROP, cap);
}

int xc_harden_privileges(const struct xc_log *log, const char *user)
{
	static const cap_value_t needed[] = { CAP_NET_ADMIN };
	int err;

	empty_bounding_set();
	err = user ? become(user) : 0;
	if (err)
		return fault(log, "no-such-user", err,
			     "-u needs a user that exists, and to be started as root");
	err = set_caps(needed, 1);
	if (err)
		return fault(log, "no-cap-net-admin", err,
			     "start it as root or by its systemd unit");
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return fault(log, "no-new-privs", -errno, "this needs Linux 6.1 or later");
	/* A change of user has set it again. */
	prctl(PR_SET_DUMPABLE, 0);
	return 0;
}

/* --- system calls --- */

static const int allowed[] = {
	/* the loop, exchanges, netlink, control */
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl), SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg), SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(setsockopt),
	SCMP_SYS(getpeername), SCMP_SYS(getsockname), SCMP_SYS(accept4), SCMP_SYS(read),
	SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close),
	/* memory, time, randomness */
	SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect),
	SCMP_SYS(madvise), SCMP_SYS(mlock), SCMP_SYS(brk), SCMP_SYS(futex),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom),
	/* the cache's files, the configuration, the time zone of syslog */
	SCMP_SYS(openat), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(lseek),
	SCMP_SYS(fcntl), SCMP_SYS(flock), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
	SCMP_SYS(ftruncate), SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(renameat),
	SCMP_SYS(renameat2), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(geteuid),
	/* signals and the end */
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
	SCMP_SYS(restart_syscall), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(tgkill),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
};

static int add_rules(scmp_filter_ctx ctx)
{
	size_t i;
	int err = 0;

	for (i = 0; !err && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
	/* syslog(3) connects anew when its daemon was restarted. */
	if (!err)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
				       SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
	if (!err)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(connect), 0);
	return err;
}

int xc_harden_calls(const struct xc_log *log)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err = -ENOMEM;

	if (ctx) {
		err = add_rules(ctx);
		if (!err)
			err = seccomp_load(ctx);
		seccomp_release(ctx);
	}
	return err ? fault(log, "no-seccomp", err,
			   "this needs a kernel with CONFIG_SECCOMP_FILTER") : 0;
}
