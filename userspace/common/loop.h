/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The event loop: descriptors that become ready, and times that come.
 */
#ifndef XCRYPTD_LOOP_H
#define XCRYPTD_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/* Part of whoever waits; ready() gets EPOLL* bits and may end itself or others. */
struct xc_source {
	int fd;
	uint32_t events;	/* 0: not waited for */
	void (*ready)(struct xc_source *source, uint32_t events);
};

/* Part of whoever waits; all zero but for expired at first. */
struct xc_timer {
	uint64_t due;		/* milliseconds, as xc_loop_now() */
	unsigned int place;	/* in the heap, from 1; 0: not set */
	void (*expired)(struct xc_timer *timer);
};

struct xc_loop {
	int epoll;
	bool stop;
	struct xc_timer **heap;	/* from 1, the next one first */
	unsigned int count;
	unsigned int room;
};

/* 0 or -errno. */
int xc_loop_open(struct xc_loop *loop);
void xc_loop_close(struct xc_loop *loop);

/* Until loop->stop. 0 or -errno. */
int xc_loop_run(struct xc_loop *loop);

/*
 * Wait for these events; 0 waits no more, and has to be said before the descriptor is closed:
 * its file may be open elsewhere, and would stay in the epoll. 0 or -errno.
 */
int xc_loop_wait(struct xc_loop *loop, struct xc_source *source, uint32_t events);

/* Milliseconds, never set back. */
uint64_t xc_loop_now(void);

/* In so many milliseconds, once. 0 or -ENOMEM. */
int xc_timer_set(struct xc_loop *loop, struct xc_timer *timer, uint64_t delay);
void xc_timer_clear(struct xc_loop *loop, struct xc_timer *timer);

#endif
