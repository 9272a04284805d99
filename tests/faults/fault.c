// SPDX-License-Identifier: GPL-2.0
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fault.h"

#define DEBUGFS		"/sys/kernel/debug/"
#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define MAKE_IT_FAIL	"/proc/thread-self/make-it-fail"

static bool put(const char *dir, const char *name, const char *value)
{
	char path[128];
	bool ok;
	int fd;

	snprintf(path, sizeof(path), "%s%s", dir, name);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return false;
	ok = write(fd, value, strlen(value)) == (ssize_t)strlen(value);
	close(fd);
	return ok;
}

/* All allocations may fail, those that may sleep too, and none writes a trace. */
bool fault_setup(void)
{
	return put(DEBUGFS, "failslab/verbose", "0") &&
	       put(DEBUGFS, "failslab/ignore-gfp-wait", "N") &&
	       put(DEBUGFS, "failslab/task-filter", "Y") &&
	       put(DEBUGFS, "failslab/times", "-1") &&
	       put(DEBUGFS, "fail_page_alloc/verbose", "0") &&
	       put(DEBUGFS, "fail_page_alloc/ignore-gfp-wait", "N") &&
	       put(DEBUGFS, "fail_page_alloc/task-filter", "Y") &&
	       put(DEBUGFS, "fail_page_alloc/times", "-1") &&
	       put(DEBUGFS, "fail_page_alloc/min-order", "0") &&
	       put(DEBUGFS, "fail_usercopy/verbose", "0") &&
	       access(FAIL_NTH, W_OK) == 0;
}

/* One descriptor, as to open the file takes allocations that would count. */
static int nth_file(void)
{
	static __thread int fd = -1;

	if (fd < 0)
		fd = open(FAIL_NTH, O_RDWR);
	if (fd < 0)
		err(2, FAIL_NTH);
	return fd;
}

void fault_arm(int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", nth);

	if (pwrite(nth_file(), text, len, 0) != len)
		err(2, FAIL_NTH);
}

/* To read and write the file copies, too, and may use up what is left of the count. */
int fault_left(void)
{
	int saved = errno, left = 1;
	char text[16] = "";

	if (pread(nth_file(), text, sizeof(text) - 1, 0) > 0)
		left = atoi(text);
	while (pwrite(nth_file(), "0", 1, 0) != 1)
		if (errno != EFAULT)
			err(2, FAIL_NTH);
	errno = saved;
	return left;
}

bool fault_disarm(void)
{
	return fault_left() == 0;
}

void fault_percent(int percent)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", percent);
	if (!put(DEBUGFS, "failslab/probability", text) ||
	    !put(DEBUGFS, "fail_page_alloc/probability", text))
		err(2, "fault injection");
}

/* To open a file in the storm might fail. */
void fault_storm(bool on)
{
	static __thread int fd = -1;

	if (on)
		fd = open(MAKE_IT_FAIL, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, on ? "1" : "0", 1) != 1)
		err(2, MAKE_IT_FAIL);
	if (!on)
		close(fd);
}

static void put_number(const char *dir, const char *name, int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", number);
	if (!put(dir, name, text))
		err(2, "%s%s", dir, name);
}

void fault_drought(int octets)
{
	put_number(DEBUGFS, "failslab/space", octets);
	put_number(DEBUGFS, "fail_page_alloc/space", octets);
	fault_percent(100);
	fault_storm(true);
}

void fault_drought_end(void)
{
	int saved = errno;

	fault_storm(false);
	fault_percent(0);
	put_number(DEBUGFS, "failslab/space", 0);
	put_number(DEBUGFS, "fail_page_alloc/space", 0);
	errno = saved;
}
