// SPDX-License-Identifier: GPL-2.0
/* What the daemon may not do any more once it serves. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xcryptd/filter.h"
#include "service/harden.h"
#include "tap.h"

static const struct xc_log to_stderr = { .to = XC_LOG_STDERR, .level = LOG_ERR };

static const struct xc_log silent = { .to = XC_LOG_STDERR, .level = -1 };

static int refused(long result)
{
	return result < 0 && errno == EPERM;
}

/* Behind the filter: 0, or the number of the first that is not as it should be. */
static int behind(void)
{
	char *argv[] = { "true", NULL };
	char octets[8];
	void *page;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || xc_filter_load(&to_stderr))
		return 1;
	if (!refused(socket(AF_INET, SOCK_STREAM, 0)) || !refused(socket(AF_NETLINK, SOCK_RAW, 0)))
		return 2;
	if (!refused(execv("/bin/true", argv)))
		return 3;
	if (!refused(fork()))
		return 4;
	if (!refused(ptrace(PTRACE_TRACEME, 0, NULL, NULL)) || !refused(chdir("/")))
		return 5;
	if (getrandom(octets, sizeof(octets), 0) != sizeof(octets))
		return 6;
	if (socket(AF_UNIX, SOCK_DGRAM, 0) < 0 || open("/dev/null", O_RDONLY) < 0)
		return 7;
	if (mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		 0) != MAP_FAILED || errno != EPERM)
		return 8;
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED || !refused(mprotect(page, 4096, PROT_READ | PROT_EXEC)) ||
	    mprotect(page, 4096, PROT_READ))
		return 9;
	return 0;
}

static int in_child(int (*run)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(run());
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static int limits(void)
{
	struct rlimit core, files;

	xc_harden_limits(&to_stderr, 100);
	getrlimit(RLIMIT_CORE, &core);
	getrlimit(RLIMIT_NOFILE, &files);
	return core.rlim_cur || core.rlim_max || prctl(PR_GET_DUMPABLE) || files.rlim_cur < 100;
}

/* A hard limit that may not be raised is used up to the end. 0: right. */
static int hard_limit(void)
{
	struct rlimit files = { .rlim_cur = 64, .rlim_max = 400 };

	if (setrlimit(RLIMIT_NOFILE, &files) || (!geteuid() && setuid(65534)))
		return 1;
	xc_harden_limits(&silent, 1000);
	if (getrlimit(RLIMIT_NOFILE, &files))
		return 2;
	return files.rlim_cur == 400 && files.rlim_max == 400 ? 0 : 3;
}

int main(void)
{
	int at = in_child(behind);

	is(!at, "the filter refuses what it should and nothing else (%d)", at);
	is(!in_child(limits), "no core dumps, no tracing, descriptors enough");
	at = in_child(hard_limit);
	is(!at, "the soft limit of descriptors is raised to the hard one (%d)", at);
	return tap_done();
}
