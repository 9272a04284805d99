// SPDX-License-Identifier: GPL-2.0
/* Timers and descriptors of the loop. */
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/loop.h"
#include "tap.h"

#define TIMERS	2000

static struct xc_loop loop;
static uint64_t latest;
static unsigned int fired, early, disordered;

static void expired(struct xc_timer *timer)
{
	fired++;
	early += timer->due > xc_loop_now();
	disordered += timer->due < latest;
	latest = timer->due;
	/* The one who stops the loop is due last. */
	if (timer->due == UINT64_MAX)
		loop.stop = true;
}

static void stop(struct xc_timer *timer)
{
	(void)timer;
	loop.stop = true;
}

static void test_timers(void)
{
	struct xc_timer *timers = calloc(TIMERS, sizeof(*timers));
	struct xc_timer end = { .expired = stop };
	unsigned int i, set = 0;

	srandom(1);
	for (i = 0; i < TIMERS; i++) {
		timers[i].expired = expired;
		xc_timer_set(&loop, &timers[i], random() % 200);
	}
	for (i = 0; i < TIMERS; i += 3)
		xc_timer_clear(&loop, &timers[i]);
	for (i = 0; i < TIMERS; i += 5)
		xc_timer_set(&loop, &timers[i], random() % 200);
	for (i = 0; i < TIMERS; i++)
		set += timers[i].place != 0;
	is(set == TIMERS - TIMERS / 3 - 1 + TIMERS / 15 + 1, "%u are set", set);
	xc_timer_set(&loop, &end, 300);
	is(!xc_loop_run(&loop), "the loop ends well");
	is(fired == set, "each that is set expires once");
	is(!early && !disordered, "none before its time, none before another");
	is(!loop.count, "none is left");
	is(loop.room < TIMERS / 4, "nor the memory for so many");
	free(timers);
}

struct reader {
	struct xc_source source;
	struct reader *other;
	unsigned int calls;
};

/* It ends the other, whose event may wait already. */
static void ready(struct xc_source *source, uint32_t events)
{
	struct reader *r = (struct reader *)source;

	r->calls += events & EPOLLIN;
	xc_loop_wait(&loop, &r->other->source, 0);
	close(r->other->source.fd);
	loop.stop = true;
}

static void test_sources(void)
{
	struct reader one = { .source.ready = ready }, two = { .source.ready = ready };
	struct xc_timer end = { .expired = stop };
	int a[2], b[2];

	one.other = &two;
	two.other = &one;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, a) || socketpair(AF_UNIX, SOCK_STREAM, 0, b)) {
		is(false, "two pairs of sockets");
		return;
	}
	one.source.fd = a[0];
	two.source.fd = b[0];
	is(write(a[1], "x", 1) == 1 && write(b[1], "x", 1) == 1, "both have something to read");
	loop.stop = false;
	is(!xc_loop_wait(&loop, &one.source, EPOLLIN) && !xc_loop_wait(&loop, &two.source, EPOLLIN),
	   "both are waited for");
	xc_loop_run(&loop);
	loop.stop = false;
	xc_timer_set(&loop, &end, 20);
	if (one.calls)
		xc_loop_wait(&loop, &one.source, 0);
	else
		xc_loop_wait(&loop, &two.source, 0);
	xc_loop_run(&loop);
	is(one.calls + two.calls == EPOLLIN, "who was ended is not called");
	close(a[1]);
	close(b[1]);
}

static unsigned int retries;

/* Takes longer than the others wait, as many retries together do. */
static void retry(struct xc_timer *timer)
{
	uint64_t until = xc_loop_now() + 2;

	while (xc_loop_now() < until)
		;
	if (++retries < 100)
		xc_timer_set(&loop, timer, 1);
}

static void read_and_stop(struct xc_source *source, uint32_t events)
{
	(void)events;
	xc_loop_wait(&loop, source, 0);
	loop.stop = true;
}

static void test_busy_timers(void)
{
	struct xc_source source = { .ready = read_and_stop };
	struct xc_timer timers[3];
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) {
		is(false, "a pair of sockets");
		return;
	}
	source.fd = pair[0];
	loop.stop = false;
	for (int i = 0; i < 3; i++) {
		timers[i] = (struct xc_timer){ .expired = retry };
		xc_timer_set(&loop, &timers[i], 0);
	}
	is(write(pair[1], "x", 1) == 1 && !xc_loop_wait(&loop, &source, EPOLLIN),
	   "something to read");
	xc_loop_run(&loop);
	is(retries < 100, "timers that are always due leave the descriptors their turn");
	for (int i = 0; i < 3; i++)
		xc_timer_clear(&loop, &timers[i]);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	is(!xc_loop_open(&loop), "a loop");
	test_timers();
	test_sources();
	test_busy_timers();
	xc_loop_close(&loop);
	return tap_done();
}
