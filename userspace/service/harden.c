// SPDX-License-Identifier: GPL-2.0
#include "harden.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE			65
#define PR_MDWE_REFUSE_EXEC_GAIN	1
#endif

#define NAME	64	/* octets of a user's name */

static int fault(const struct xc_log *log, const char *what, int err, const char *hint)
{
	xc_log(log, LOG_ERR, "start event=%s error=\"%s\" hint=\"%s\"", what, strerror(-err),
	       hint);
	return err;
}

/* --- limits --- */

static bool below(rlim_t limit, rlim_t value)
{
	return limit != RLIM_INFINITY && (value == RLIM_INFINITY || limit < value);
}

/* As far as it may be: to the hard limit, where that cannot be raised. 0, or -errno then. */
static int raise_limit(int which, rlim_t value)
{
	struct rlimit limit, wish;
	int err;

	if (getrlimit(which, &limit))
		return -errno;
	wish.rlim_cur = below(limit.rlim_cur, value) ? value : limit.rlim_cur;
	wish.rlim_max = below(limit.rlim_max, value) ? value : limit.rlim_max;
	if (!setrlimit(which, &wish))
		return 0;
	err = -errno;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(which, &limit);
	return err;
}

void xc_harden_limits(const struct xc_log *log, unsigned int files)
{
	const struct rlimit none = { 0 };
	struct rlimit limit;

	if (raise_limit(RLIMIT_NOFILE, files) && !getrlimit(RLIMIT_NOFILE, &limit))
		xc_log(log, LOG_WARNING, "start event=few-descriptors limit=%llu hint=\"raise LimitNOFILE in the unit or ulimit -Hn to %u, or lower exchanges or sessions in the configuration\"",
		       (unsigned long long)limit.rlim_cur, files);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

bool xc_harden_memory(const struct xc_log *log)
{
	bool locked = !raise_limit(RLIMIT_MEMLOCK, RLIM_INFINITY) && !mlockall(MCL_CURRENT | MCL_FUTURE);
	if (!locked)
		xc_log(log, LOG_WARNING,
		       "start event=memory-not-locked error=\"%s\" hint=\"set LimitMEMLOCK=infinity in the unit, or have no unencrypted swap\"",
		       strerror(errno));
	return locked;
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

static int become(const struct xc_user *user)
{
	if (prctl(PR_SET_KEEPCAPS, 1) || setgroups(0, NULL) ||
	    setresgid(user->gid, user->gid, user->gid) ||
	    setresuid(user->uid, user->uid, user->uid))
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

/* The one that was named, or one that packages make for us. */
static const struct passwd *account(const char *name, const char *program)
{
	char own[NAME];
	const struct passwd *pw;

	if (name)
		return getpwnam(name);
	snprintf(own, sizeof(own), "_%s", program);
	pw = getpwnam(own + 1);
	return pw ? pw : getpwnam(own);
}

static int no_user(const struct xc_log *log, const char *name, const char *program)
{
	char hint[256];

	if (name)
		return fault(log, "no-user", -ENOENT, "-u needs a user that exists");
	snprintf(hint, sizeof(hint),
		 "it does not serve as root: make a user for it with adduser --system --group --no-create-home %s, or name one with -u",
		 program);
	return fault(log, "no-user", -ENOENT, hint);
}

int xc_harden_user(const struct xc_log *log, const char *name, const char *program,
		   struct xc_user *user)
{
	const struct passwd *pw;

	*user = (struct xc_user){ .uid = geteuid(), .gid = getegid() };
	if (!name && user->uid)
		return 0;
	pw = account(name, program);
	if (!pw)
		return no_user(log, name, program);
	if (!pw->pw_uid)
		return fault(log, "no-user", -EPERM,
			     "it does not serve as root: name another user with -u");
	*user = (struct xc_user){ .uid = pw->pw_uid, .gid = pw->pw_gid,
				  .change = pw->pw_uid != user->uid };
	return 0;
}

static int no_capabilities(const struct xc_log *log, int err, cap_value_t cap)
{
	char *name = cap_to_name(cap), hint[128];

	snprintf(hint, sizeof(hint), "it needs %s: start it as root or by its systemd unit",
		 name ? name : "a capability");
	cap_free(name);
	return fault(log, "no-capabilities", err, hint);
}

int xc_harden_privileges(const struct xc_log *log, const struct xc_user *user,
			 const cap_value_t *caps, int n)
{
	int err;

	empty_bounding_set();
	err = user->change ? become(user) : 0;
	if (err)
		return fault(log, "user-not-changed", err, "for another user start it as root");
	err = set_caps(caps, n);
	if (err)
		return no_capabilities(log, err, caps[0]);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return fault(log, "no-new-privs", -errno, "this needs Linux 6.1 or later");
	/* A change of user has set it again. */
	prctl(PR_SET_DUMPABLE, 0);
	/* Best effort, from Linux 6.3 on: the filter of system calls says the same. */
	prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
	return 0;
}
