// SPDX-License-Identifier: GPL-2.0
/*
 * Large calls of send() over the line between soak0 and soak1, as the receiver sees it:
 *
 *	large CIPHER|plain MIB KIB
 *
 * sends MIB by calls of KIB and prints "MS GAP", the time until all is there and the longest time
 * without an octet, in milliseconds.
 */
#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "link.h"

static size_t total, size;

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

static void *send_all(void *arg)
{
	char *data = calloc(1, size);
	size_t done;

	if (!data)
		err(1, "calloc");
	for (done = 0; done < total; done += size)
		if (send(*(int *)arg, data, size, 0) != (ssize_t)size)
			err(1, "send");
	free(data);
	return NULL;
}

int main(int argc, char **argv)
{
	struct random random = { .state = 1 };
	static char buffer[256 * 1024];
	double start, last, gap = 0, at;
	pthread_t sender;
	size_t done = 0;
	int fds[2];
	ssize_t n;

	if (argc != 4)
		errx(2, "usage: large CIPHER|plain MIB KIB");
	total = strtoull(argv[2], NULL, 0) << 20;
	size = strtoull(argv[3], NULL, 0) << 10;
	link_connect(fds, argv[1], &random);
	start = now_ms();
	last = start;
	if (pthread_create(&sender, NULL, send_all, &fds[0]))
		errx(1, "pthread_create");
	while (done < total) {
		n = recv(fds[1], buffer, sizeof(buffer), 0);
		if (n <= 0)
			err(1, "recv after %zu octets", done);
		at = now_ms();
		/* Until the window has opened, any line has gaps. */
		if (done > total / 4 && at - last > gap)
			gap = at - last;
		last = at;
		done += n;
	}
	pthread_join(sender, NULL);
	printf("%.1f %.1f\n", last - start, gap);
	return 0;
}
