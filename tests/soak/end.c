// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <err.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "end.h"

void end_init(struct end *end)
{
	end->digest = DIGEST_INIT;
	end->buffer = malloc(BUFFER);
	end->expect = malloc(BUFFER);
	end->file = memfd_create("soak", 0);
	if (!end->buffer || !end->expect || end->file < 0 || pipe(end->pipe))
		err(2, "%s", end->name);
}

void end_free(struct end *end)
{
	free(end->buffer);
	free(end->expect);
	close(end->file);
	close(end->pipe[0]);
	close(end->pipe[1]);
}

/* Of a call, at most what is left of the stream: often small, sometimes very large. */
size_t end_size(struct end *end)
{
	static const size_t limits[] = { 8, 100, 1500, 4100, 16000, 66000, 66000, BUFFER };
	static const size_t exact[] = { 1, 63, 64, 65, 4095, 4096, 4097, 32768, 65536 };
	struct random *r = &end->random;
	size_t size;

	if (random_below(r, 8))
		size = 1 + random_below(r, limits[random_below(r, 8)]);
	else
		size = exact[random_below(r, 9)];
	return size < end->total - end->done ? size : end->total - end->done;
}

/* Now and then, so that queues run full and empty. */
void end_pause(struct end *end)
{
	size_t dice = random_below(&end->random, 1024);

	if (dice == 0)
		usleep(30000);
	else if (dice < 16)
		usleep(random_below(&end->random, 2000));
}

void end_poll(struct end *end, short events)
{
	struct pollfd pfd = { .fd = end->fd, .events = events };

	poll(&pfd, 1, -1);
}

int end_fail(struct end *end, const char *format, ...)
{
	int n = snprintf(end->error, sizeof(end->error), "%s, octet %llu: ", end->name,
			 (unsigned long long)end->done);
	va_list args;

	va_start(args, format);
	vsnprintf(end->error + n, sizeof(end->error) - n, format, args);
	va_end(args);
	return -1;
}
