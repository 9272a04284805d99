// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "klog.h"

#define NEAR	0x10000

/* No line is left out for the sake of those before it. */
static int rate_unlimited(void)
{
	int fd = open("/proc/sys/net/core/message_cost", O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, "0", 1) == 1;

	close(fd);
	return good ? 0 : -1;
}

int klog_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || rate_unlimited() || lseek(fd, 0, SEEK_END) < 0)
		return -1;
	return fd;
}

bool klog_next(int fd, char *line, int size)
{
	char record[8192], *text;
	ssize_t n;

	while ((n = read(fd, record, sizeof(record) - 1)) > 0) {
		record[n] = '\0';
		text = strchr(record, ';');
		if (!text || strncmp(text + 1, "xcrypt:", 7))
			continue;
		snprintf(line, size, "%s", text + 1);
		line[strcspn(line, "\n")] = '\0';
		return true;
	}
	return false;
}

static bool near(unsigned long number, __u32 seq)
{
	return number <= 0xffffffff && (__u32)(number - seq + NEAR) < 2 * NEAR;
}

bool klog_near(const char *line, __u32 seq)
{
	for (; *line; line++) {
		const char *end = line;

		while (isxdigit(*end))
			end++;
		if (end - line >= 4 && (near(strtoul(line, NULL, 10), seq) ||
					near(strtoul(line, NULL, 16), seq)))
			return true;
	}
	return false;
}
