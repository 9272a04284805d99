/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A thread beside an event loop: it gets no signals, which are the loop's, and a stack of a size
 * that can be locked in memory.
 */
#ifndef XCRYPTD_THREAD_H
#define XCRYPTD_THREAD_H

#include <pthread.h>
#include <stddef.h>

/*
 * Run run(arg) in a thread with a stack of so many octets. It has begun when this returns: a
 * filter of system calls that is loaded next need not know what starts a thread. 0 or -errno.
 */
int xc_thread_start(pthread_t *thread, size_t stack, void (*run)(void *arg), void *arg);

#endif
