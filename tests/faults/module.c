// SPDX-License-Identifier: GPL-2.0
/*
 * Starting the module while memory fails: it starts, or fails cleanly and starts later.
 *
 * The core's own work before that is left out, as it warns when memory fails. What the
 * module's start takes comes last, so the sweep goes backwards, until the trace shows that
 * a load ended before the core let the module run.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "fault.h"
#include "klog.h"
#include "module.h"
#include "tap.h"

#define TRACING	"/sys/kernel/tracing/"
#define MANY	1000000
#define SPARE	50	/* the count differs from load to load */
#define LEAST	100	/* faults that a start surely has */

static int load(int fd)
{
	return syscall(SYS_finit_module, fd, "", 0);
}

static int unload(void)
{
	return syscall(SYS_delete_module, "xcrypt", O_NONBLOCK);
}

static void trace_write(const char *path, int flags, const char *text)
{
	int fd = open(path, O_WRONLY | flags);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err(2, "%s", path);
	close(fd);
}

/* Whether the core came to the point where a module is ready to run. */
static bool was_started(void)
{
	static char text[65536];
	int fd = open(TRACING "trace", O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n < 0)
		err(2, TRACING "trace");
	text[n] = 0;
	close(fd);
	return strstr(text, "module_load: xcrypt");
}

static int count_allocations(int fd)
{
	int left;

	fault_arm(MANY);
	if (load(fd))
		err(2, "loading the module");
	left = fault_left();
	if (unload())
		err(2, "unloading the module");
	return MANY - left;
}

/* Return: NULL, or what is wrong. */
static const char *once(int fd, int nth, bool *failed)
{
	bool hit;

	trace_write(TRACING "trace", O_TRUNC, "");
	fault_arm(nth);
	*failed = load(fd) != 0;
	hit = fault_disarm();
	if (!*failed)
		return unload() ? "it could not be unloaded" : NULL;
	if (!hit)
		return "it failed without a fault";
	if (errno != ENOMEM)
		tap_say("fault %d: %s", nth, strerror(errno));
	return access("/sys/module/xcrypt", F_OK) ? NULL : "a part of it stayed";
}

void module_all(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), nth, failures = 0, faults = 0;
	const char *wrong = NULL;

	if (fd < 0)
		err(2, "%s", path);
	if (unload() && errno != ENOENT)
		err(2, "unloading the module");
	trace_write(TRACING "events/module/module_load/enable", 0, "1");
	klog_quiet();
	for (nth = count_allocations(fd) + SPARE; !wrong && nth > 0; nth--) {
		bool failed;

		wrong = once(fd, nth, &failed);
		failures += failed;
		faults++;
		if (!was_started())
			break;
	}
	if (!klog_loud())
		wrong = wrong ?: "the kernel complained";
	trace_write(TRACING "events/module/module_load/enable", 0, "0");
	if (wrong)
		tap_say("fault %d: %s", nth, wrong);
	tap_result(!wrong && failures >= LEAST, "module start: %d tries, %d failed cleanly",
		   faults, failures);
	if (load(fd))
		err(2, "loading the module again");
	close(fd);
}
