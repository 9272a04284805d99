// SPDX-License-Identifier: GPL-2.0
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

/* --- what is inherited --- */

int xc_process_standard(void)
{
	int fd;

	/* open() gives the lowest one that is free. */
	for (fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return -EBADF;
	}
	return 0;
}

/* A default action that ends us would leave the socket and unwritten secrets behind. */
static void ignore_signals(void)
{
	static const int ours[] = {
		SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGPIPE, SIGIO, SIGPWR, SIGXFSZ,
#ifdef SIGSTKFLT
		SIGSTKFLT,
#endif
	};
	size_t i;
	int rt;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		signal(ours[i], SIG_IGN);
	for (rt = SIGRTMIN; rt <= SIGRTMAX; rt++)
		signal(rt, SIG_IGN);
}

int xc_process_alone(void)
{
	ignore_signals();
	if (syscall(SYS_close_range, 3U, ~0U, 0U) || chdir("/"))
		return -errno;
	umask(077);
	return 0;
}

char *xc_process_path(const char *path)
{
	char dir[PATH_MAX], *whole;

	if (path[0] == '/')
		return strdup(path);
	if (!getcwd(dir, sizeof(dir)))
		return NULL;
	return asprintf(&whole, "%s/%s", dir, path) < 0 ? NULL : whole;
}

/* --- the background --- */

int xc_process_background(struct xc_launch *launch)
{
	unsigned char status = EX_SOFTWARE;
	int end[2];
	pid_t pid;

	launch->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (launch->null < 0 || pipe2(end, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		close(end[0]);
		setsid();
		launch->parent = end[1];
		return 0;
	}
	close(end[1]);
	if (read(end[0], &status, 1) != 1)
		status = EX_SOFTWARE;
	_exit(status);
}

void xc_process_launched(struct xc_launch *launch, unsigned char status)
{
	int fd;

	if (launch->parent < 0)
		return;
	for (fd = 0; fd < 3; fd++)
		dup3(launch->null, fd, 0);
	close(launch->null);
	/* It may have been killed; we serve all the same. */
	if (write(launch->parent, &status, 1) == 1)
		close(launch->parent);
	launch->parent = -1;
}

/* --- the file with our number --- */

/* Empty, or a number and LF: no one else's file that was named by mistake. */
static int look_like_one(int fd)
{
	char text[32] = "";
	ssize_t n = read(fd, text, sizeof(text) - 1);
	size_t digits = strspn(text, "0123456789");

	if (n < 0)
		return -errno;
	return text[digits + (text[digits] == '\n')] || (n && !digits) ? -EEXIST : 0;
}

int xc_pidfile_open(struct xc_pidfile *file, const char *path)
{
	int err;

	file->path = path;
	file->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	if (file->fd < 0)
		return -errno;
	err = look_like_one(file->fd);
	/* Others are to read it, whatever our umask says. */
	if (!err && fchmod(file->fd, 0644))
		err = -errno;
	if (err) {
		close(file->fd);
		file->fd = -1;
	}
	return err;
}

int xc_pidfile_write(const struct xc_pidfile *file)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	if (ftruncate(file->fd, 0) || pwrite(file->fd, text, len, 0) != len)
		return -errno;
	return 0;
}

void xc_pidfile_remove(struct xc_pidfile *file)
{
	if (file->fd < 0)
		return;
	/* As another user we may not remove it; nobody takes an empty one for a number. */
	if (!ftruncate(file->fd, 0))
		unlink(file->path);
	close(file->fd);
	file->fd = -1;
}
