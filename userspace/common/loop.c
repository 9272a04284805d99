// SPDX-License-Identifier: GPL-2.0
#include "loop.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define ROOM_MIN	64	/* timers */

uint64_t xc_loop_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * UINT64_C(1000) + ts.tv_nsec / 1000000;
}

/* --- timers: a binary heap --- */

static void loop_put(struct xc_loop *loop, unsigned int place, struct xc_timer *timer)
{
	loop->heap[place] = timer;
	timer->place = place;
}

static void rise(struct xc_loop *loop, unsigned int place, struct xc_timer *timer)
{
	while (place > 1 && loop->heap[place / 2]->due > timer->due) {
		loop_put(loop, place, loop->heap[place / 2]);
		place /= 2;
	}
	loop_put(loop, place, timer);
}

static void sink(struct xc_loop *loop, unsigned int place, struct xc_timer *timer)
{
	unsigned int child;

	while ((child = 2 * place) <= loop->count) {
		if (child < loop->count && loop->heap[child + 1]->due < loop->heap[child]->due)
			child++;
		if (loop->heap[child]->due >= timer->due)
			break;
		loop_put(loop, place, loop->heap[child]);
		place = child;
	}
	loop_put(loop, place, timer);
}

static int resize(struct xc_loop *loop, unsigned int room)
{
	struct xc_timer **heap = reallocarray(loop->heap, room, sizeof(*heap));

	if (!heap)
		return -ENOMEM;
	loop->heap = heap;
	loop->room = room;
	return 0;
}

static int grow(struct xc_loop *loop)
{
	if (loop->count + 1 < loop->room)
		return 0;
	return resize(loop, loop->room ? 2 * loop->room : ROOM_MIN);
}

/* Without success it stays as large as it is. */
static void shrink(struct xc_loop *loop)
{
	if (loop->room > ROOM_MIN && loop->count < loop->room / 4)
		resize(loop, loop->room / 2);
}

int xc_timer_set(struct xc_loop *loop, struct xc_timer *timer, uint64_t delay)
{
	xc_timer_clear(loop, timer);
	if (grow(loop))
		return -ENOMEM;
	timer->due = xc_loop_now() + delay;
	rise(loop, ++loop->count, timer);
	return 0;
}

void xc_timer_clear(struct xc_loop *loop, struct xc_timer *timer)
{
	unsigned int place = timer->place;
	struct xc_timer *last;

	if (!place)
		return;
	timer->place = 0;
	last = loop->heap[loop->count--];
	if (last != timer && place > 1 && loop->heap[place / 2]->due > last->due)
		rise(loop, place, last);
	else if (last != timer)
		sink(loop, place, last);
	shrink(loop);
}

/* What is due now: timers set meanwhile wait for the next round, behind the descriptors. */
static void fire(struct xc_loop *loop)
{
	uint64_t now = xc_loop_now();

	while (loop->count && loop->heap[1]->due <= now) {
		struct xc_timer *timer = loop->heap[1];

		xc_timer_clear(loop, timer);
		timer->expired(timer);
	}
}

static int patience(const struct xc_loop *loop)
{
	uint64_t now = xc_loop_now(), due;

	if (!loop->count)
		return -1;
	due = loop->heap[1]->due;
	if (due <= now)
		return 0;
	return due - now > INT_MAX ? INT_MAX : (int)(due - now);
}

/* --- descriptors --- */

int xc_loop_open(struct xc_loop *loop)
{
	*loop = (struct xc_loop){ .epoll = epoll_create1(EPOLL_CLOEXEC) };
	return loop->epoll < 0 ? -errno : 0;
}

void xc_loop_close(struct xc_loop *loop)
{
	close(loop->epoll);
	free(loop->heap);
}

int xc_loop_wait(struct xc_loop *loop, struct xc_source *source, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };
	int op = !source->events ? EPOLL_CTL_ADD : events ? EPOLL_CTL_MOD : EPOLL_CTL_DEL;

	if (events == source->events)
		return 0;
	if (epoll_ctl(loop->epoll, op, source->fd, &event))
		return -errno;
	source->events = events;
	return 0;
}

/* One event at a time: what it brings about may end the one that another is for. */
int xc_loop_run(struct xc_loop *loop)
{
	struct epoll_event event;
	struct xc_source *source;
	int n;

	while (!loop->stop) {
		n = epoll_wait(loop->epoll, &event, 1, patience(loop));
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			source = event.data.ptr;
			source->ready(source, event.events);
		}
		fire(loop);
	}
	return 0;
}
