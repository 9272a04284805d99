// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: hold FD
 *
 * A user without privilege who keeps the lock of his own socket: in an option call whose memory
 * nobody serves. Says "ready" before a handshake is asked for, in which he could not prepare it;
 * takes the lock with the first line of stdin ("locked"), and gives it back with the second.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../selftests/stuck.h"

#define NOBODY	65534

static void await(void)
{
	char line[16];

	if (!fgets(line, sizeof(line), stdin))
		_exit(0);
}

static void say(const char *word)
{
	puts(word);
	fflush(stdout);
}

static int fault(const char *what)
{
	perror(what);
	return 1;
}

int main(int argc, char **argv)
{
	int fd = argc == 2 ? atoi(argv[1]) : -1;

	/* Without a JIT, as in User-Mode Linux, the kernel takes filters from root alone. */
	if (stuck_allow() || stuck_prepare(fd))
		return fault("filter");
	if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
		return fault("user");
	say("ready");
	await();
	if (stuck_with_lock(fd))
		return fault("lock");
	say("locked");
	await();
	stuck_release();
	say("free");
	return 0;
}
