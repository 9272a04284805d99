// SPDX-License-Identifier: GPL-2.0
/*
 * An encrypted connection between two network namespaces, both directions at once, both
 * sides by calls and sizes chosen at random:
 *
 *	soak CIPHER|plain MIB SEED
 *
 * MIB go each way. The namespaces are soak0 and soak1, made by `run`.
 */
#define _GNU_SOURCE
#include <err.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include "end.h"
#include "link.h"

#define PROGRESS	5	/* seconds between its lines */
#define STUCK		150	/* seconds without progress: TCP's timer backs off up to 120 */

enum { SEND_0, RECEIVE_1, SEND_1, RECEIVE_0, ENDS };

static struct end ends[ENDS] = {
	[SEND_0]	= { .name = "side 0 sends" },
	[RECEIVE_1]	= { .name = "side 1 receives" },
	[SEND_1]	= { .name = "side 1 sends" },
	[RECEIVE_0]	= { .name = "side 0 receives" },
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void prepare(struct random *random, const int fds[2], uint64_t total, bool copies)
{
	uint64_t ids[2] = { random_next(random), random_next(random) };
	int i;

	for (i = 0; i < ENDS; i++) {
		ends[i].fd = fds[i == SEND_1 || i == RECEIVE_1];
		ends[i].id = ids[i / 2];
		ends[i].total = total;
		ends[i].copies = copies;
		ends[i].random.state = random_next(random);
		end_init(&ends[i]);
	}
}

/* Octets received by both sides, and whether nothing is left to wait for. */
static uint64_t progress(int *finished)
{
	int i;

	*finished = 1;
	for (i = 0; i < ENDS; i++)
		*finished &= __atomic_load_n(&ends[i].finished, __ATOMIC_ACQUIRE);
	return __atomic_load_n(&ends[RECEIVE_0].done, __ATOMIC_RELAXED) +
	       __atomic_load_n(&ends[RECEIVE_1].done, __ATOMIC_RELAXED);
}

static int failed(void)
{
	int i, count = 0;

	for (i = 0; i < ENDS; i++) {
		if (ends[i].error[0]) {
			printf("# %s\n", ends[i].error);
			count++;
		}
	}
	return count;
}

/* Whether it is this end that does not go on: what its socket has in its queues, and says of them. */
static void show(const struct end *end)
{
	struct pollfd pfd = { .fd = end->fd, .events = POLLIN | POLLOUT | POLLRDHUP };
	int in = -1, out = -1;

	poll(&pfd, 1, 0);
	ioctl(end->fd, FIONREAD, &in);
	ioctl(end->fd, TIOCOUTQ, &out);
	printf("# %s: octet %llu, queues of %d and %d, poll says %#hx%s\n", end->name,
	       (unsigned long long)end->done, in, out, pfd.revents,
	       end->finished ? ", finished" : "");
}

/* As stress reads it: who has octets to send and no timer was forgotten by those who should send them. */
static void show_timers(void)
{
	fflush(stdout);
	if (system("for side in 0 1; do ip netns exec soak$side ss -Htno; done"))
		warnx("there is no ss");
}

/* A failed end leaves the others waiting: the process ends with all of them. */
static void watch(void)
{
	double start = now(), moved = start, told = start;
	uint64_t last = 0;
	int finished = 0, i;

	while (!finished) {
		uint64_t octets = progress(&finished);

		if (octets != last)
			moved = now();
		last = octets;
		if (failed() || now() - moved > STUCK)
			break;
		if (now() - told > PROGRESS) {
			told = now();
			printf("# %llu of %llu MiB, %.1f MiB/s\n",
			       (unsigned long long)octets >> 20,
			       (unsigned long long)ends[0].total * 2 >> 20,
			       octets / 1048576.0 / (told - start));
			fflush(stdout);
		}
		usleep(20000);
	}
	for (i = 0; i < ENDS && !finished && !failed(); i++)
		show(&ends[i]);
	if (!finished && !failed())
		show_timers();
	if (!finished)
		errx(1, "%s after %.0f seconds at %llu octets", failed() ? "failed" : "stuck",
		     now() - start, (unsigned long long)last);
	printf("# %.1f MiB/s, both ways together\n", last / 1048576.0 / (now() - start));
}

static void run(void)
{
	pthread_t threads[ENDS];
	int i;

	for (i = 0; i < ENDS; i++)
		if (pthread_create(&threads[i], NULL, i % 2 ? end_receive : end_send, &ends[i]))
			errx(2, "pthread_create");
	watch();
	for (i = 0; i < ENDS; i++)
		pthread_join(threads[i], NULL);
	if (failed())
		exit(1);
}

static void compare_counts(const struct end *sent, const struct end *received)
{
	uint64_t tx = link_octets(sent->fd, LINK_TX), rx = link_octets(received->fd, LINK_RX);

	if (tx != sent->total || rx != sent->total)
		errx(1, "getsockopt counts %llu octets sent and %llu received",
		     (unsigned long long)tx, (unsigned long long)rx);
}

static void compare(const struct end *sent, const struct end *received)
{
	printf("# %s %016llx, %s %016llx\n", sent->name, (unsigned long long)sent->digest,
	       received->name, (unsigned long long)received->digest);
	if (sent->digest != received->digest)
		errx(1, "the digests differ");
}

int main(int argc, char **argv)
{
	struct random random;
	int fds[2], i;

	if (argc != 4)
		errx(2, "usage: soak CIPHER|plain MIB SEED");
	random.state = strtoull(argv[3], NULL, 0);
	link_connect(fds, argv[1], &random);
	prepare(&random, fds, strtoull(argv[2], NULL, 0) << 20, strcmp(argv[1], LINK_PLAIN));
	run();
	compare(&ends[SEND_0], &ends[RECEIVE_1]);
	compare(&ends[SEND_1], &ends[RECEIVE_0]);
	if (strcmp(argv[1], LINK_PLAIN)) {
		compare_counts(&ends[SEND_0], &ends[RECEIVE_1]);
		compare_counts(&ends[SEND_1], &ends[RECEIVE_0]);
	}
	for (i = 0; i < ENDS; i++)
		end_free(&ends[i]);
	close(fds[0]);
	close(fds[1]);
	return 0;
}
