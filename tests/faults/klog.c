// SPDX-License-Identifier: GPL-2.0
#include <err.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include "klog.h"
#include "tap.h"

/* See syslog(2). */
#define ACTION_READ_ALL		3
#define ACTION_CONSOLE_LEVEL	8
#define ACTION_SIZE_BUFFER	10

#define EMERGENCIES	1	/* a panic is one */
#define EVERYTHING	8

#define MARK		"faults: from here on memory fails"
#define COMPLAINTS	"WARNING:|BUG:|KASAN|UBSAN|possible (recursive|circular|irq|deadlock|reason)|Oops"

static void level(int level)
{
	if (klogctl(ACTION_CONSOLE_LEVEL, NULL, level) < 0)
		err(2, "klogctl");
}

void klog_quiet(void)
{
	FILE *kmsg = fopen("/dev/kmsg", "w");

	level(EMERGENCIES);
	if (!kmsg || fputs(MARK, kmsg) < 0 || fclose(kmsg))
		err(2, "/dev/kmsg");
}

static char *since_mark(char *text)
{
	char *mark = NULL, *next = text;

	while ((next = strstr(next, MARK)))
		mark = next++;
	if (!mark)
		errx(2, "the kernel's log has run over: boot with a larger log_buf_len");
	return mark;
}

bool klog_loud(void)
{
	int size = klogctl(ACTION_SIZE_BUFFER, NULL, 0), n;
	char *text = calloc(1, size + 1), *line;
	bool good = true;
	regex_t regex;

	n = text ? klogctl(ACTION_READ_ALL, text, size) : -1;
	if (n < 0 || regcomp(&regex, COMPLAINTS, REG_EXTENDED | REG_NOSUB))
		err(2, "klogctl");
	for (line = strtok(since_mark(text), "\n"); line; line = strtok(NULL, "\n")) {
		if (regexec(&regex, line, 0, NULL, 0))
			continue;
		tap_say("%s", line);
		good = false;
	}
	regfree(&regex);
	free(text);
	level(EVERYTHING);
	return good;
}
