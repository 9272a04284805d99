// SPDX-License-Identifier: GPL-2.0
/*
 * The runner calls every leak a failure. When the core cannot make a slab cache's directory
 * in sysfs it forgets the name of it, so that loading the module while memory fails leaves
 * some; these are taken off the list here, and nothing else is.
 */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "klog.h"
#include "leaks.h"
#include "tap.h"

#define KMEMLEAK	"/sys/kernel/debug/kmemleak"
#define HEAD		"unreferenced object"
#define CORE		"sysfs_slab_add"
#define AGE		6	/* seconds until an object may be called lost */

static void tell(const char *word)
{
	int fd = open(KMEMLEAK, O_WRONLY);

	if (fd < 0 || write(fd, word, strlen(word)) < 0)
		err(2, KMEMLEAK);
	close(fd);
}

/* All that there is to read. To be freed. */
static char *report(void)
{
	size_t size = 0;
	char *text = NULL;
	FILE *file = fopen(KMEMLEAK, "r");

	if (!file || (getdelim(&text, &size, 0, file) < 0 && ferror(file)))
		err(2, KMEMLEAK);
	fclose(file);
	return text;
}

static void print(const char *text, size_t len)
{
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;

		tap_say("%.*s", (int)n, text);
		n += end ? 1 : 0;
		text += n;
		len -= n;
	}
}

/* Return: whether all leaks are the core's; they are counted. */
static bool judge(const char *text, int *known)
{
	bool good = true;

	while (text) {
		const char *next = strstr(text + 1, "\n" HEAD), *core = strstr(text, CORE);

		if (core && (!next || core < next)) {
			++*known;
		} else {
			print(text, next ? (size_t)(next - text) : strlen(text));
			good = false;
		}
		text = next ? next + 1 : NULL;
	}
	return good;
}

/* One look at what is lost by now; what is the core's is taken off the list. */
static bool scan(int *known)
{
	char *text;
	bool good;

	klog_quiet();
	tell("scan");
	sleep(AGE);
	tell("scan");
	tell("scan");
	text = report();
	good = klog_loud();
	good &= !text || judge(strstr(text, HEAD), known);
	free(text);
	if (good)
		tell("clear");
	return good;
}

/* Twice: a stale pointer on some stack may hide an object from the first look. */
void leaks_all(void)
{
	int known = 0;
	bool good = scan(&known) && scan(&known);

	tap_result(good, "no memory leaks but for %d names that the core forgot", known);
}
