// SPDX-License-Identifier: GPL-2.0
#include "thread.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>

struct start {
	void (*run)(void *arg);
	void *arg;
	sem_t begun;
};

static void *enter(void *at)
{
	struct start *start = at;
	void (*run)(void *arg) = start->run;
	void *arg = start->arg;

	/* From here on it is the caller's no more. */
	sem_post(&start->begun);
	run(arg);
	return NULL;
}

static int create(pthread_t *thread, size_t stack, struct start *start)
{
	pthread_attr_t attr;
	int err;

	if (pthread_attr_init(&attr))
		return -ENOMEM;
	err = -pthread_attr_setstacksize(&attr, stack);
	if (!err)
		err = -pthread_create(thread, &attr, enter, start);
	pthread_attr_destroy(&attr);
	return err;
}

int xc_thread_start(pthread_t *thread, size_t stack, void (*run)(void *arg), void *arg)
{
	struct start start = { .run = run, .arg = arg };
	sigset_t all, before;
	int err;

	if (sem_init(&start.begun, 0, 0))
		return -errno;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = create(thread, stack, &start);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	while (!err && sem_wait(&start.begun))
		;
	sem_destroy(&start.begun);
	return err;
}
