// SPDX-License-Identifier: GPL-2.0
/* Loading the module while memory fails: it loads, or fails cleanly and loads later. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "fault.h"
#include "module.h"
#include "tap.h"

#define LIMIT	20000
#define PROGRESS 500

static int unload(void)
{
	return syscall(SYS_delete_module, "xcrypt", O_NONBLOCK);
}

/* Return: NULL, or what is wrong. @loaded: it came through in spite of the fault. */
static const char *load(int fd, int nth, bool *hit, bool *loaded)
{
	int ret;

	fault_arm(nth);
	ret = syscall(SYS_finit_module, fd, "", 0);
	*hit = fault_disarm();
	*loaded = !ret;
	if (!ret)
		return unload() ? "it could not be unloaded" : NULL;
	if (!*hit)
		return "it failed without a fault";
	if (errno != ENOMEM && errno != EFAULT && errno != EAGAIN)
		tap_say("fault %d: %s", nth, strerror(errno));
	return access("/sys/module/xcrypt", F_OK) ? NULL : "a part of it stayed";
}

void module_all(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), nth, survived = 0;
	const char *wrong = NULL;
	bool hit = true, loaded;

	if (fd < 0)
		err(2, "%s", path);
	if (unload() && errno != ENOENT)
		err(2, "unloading the module");
	for (nth = 1; !wrong && hit && nth < LIMIT; nth++) {
		wrong = load(fd, nth, &hit, &loaded);
		survived += hit && loaded;
		if (nth % PROGRESS == 0)
			tap_say("%d faults", nth);
	}
	if (wrong)
		tap_say("fault %d: %s", nth - 1, wrong);
	tap_result(!wrong && !hit, "module load: %d faults, %d survived", nth - 2, survived);
	if (syscall(SYS_finit_module, fd, "", 0))
		err(2, "loading the module again");
	close(fd);
}
