// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "freezer.h"
#include "sock.h"

static char mounted[] = "/tmp/freezer-XXXXXX";
static char group[64];

static int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err;
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	err = errno;
	close(fd);
	errno = err;
	return n == strlen(text) ? 0 : -1;
}

static int group_write(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", group, name);
	return file_write(path, text);
}

/* Where nobody else sees it, so that it is gone with us. */
static int mount_here(void)
{
	if (!mkdtemp(mounted) || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -1;
	return mount("freezer", mounted, "cgroup", 0, "freezer");
}

int freezer_open(pid_t pid)
{
	char text[16];

	if (mount_here())
		return -1;
	snprintf(group, sizeof(group), "%s/selftest-%d", mounted, getpid());
	snprintf(text, sizeof(text), "%d", pid);
	return mkdir(group, 0755) ? -1 : group_write("cgroup.procs", text);
}

void freezer_close(void)
{
	rmdir(group);
	umount(mounted);
	rmdir(mounted);
}

static int group_is(const char *state)
{
	char path[128], text[16] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/freezer.state", group);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	return !strncmp(text, state, strlen(state));
}

int freezer_set(bool frozen)
{
	const char *state = frozen ? "FROZEN" : "THAWED";

	if (group_write("freezer.state", state))
		return -1;
	for (int ms = 0; ms < 5000; ms += 50) {
		if (group_is(state) == 1)
			return 0;
		pause_ms(50);
	}
	errno = ETIME;
	return -1;
}
