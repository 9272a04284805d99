// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "job.h"
#include "sock.h"

static void *job_main(void *arg)
{
	struct job *job = arg;

	atomic_store(&job->tid, gettid());
	job->ret = job->fn(job->fd, job->pos, job->len);
	job->err = errno;
	atomic_store(&job->done, true);
	return NULL;
}

void job_start(struct job *job, job_fn fn, int fd, __u64 pos, size_t len)
{
	job->fn = fn;
	job->fd = fd;
	job->pos = pos;
	job->len = len;
	atomic_store(&job->tid, 0);
	atomic_store(&job->done, false);
	if (pthread_create(&job->thread, NULL, job_main, job))
		abort();
	while (!atomic_load(&job->tid))
		pause_ms(1);
}

static char task_state(pid_t tid)
{
	char path[64];
	char state = '?';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	f = fopen(path, "r");
	if (!f)
		return state;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	fclose(f);
	return state;
}

/* Asleep five times in a row is asleep in the call, not on a page or a lock. */
bool job_asleep(struct job *job)
{
	int seen = 0;

	for (int ms = 0; ms < 10000 && seen < 5; ms += 10) {
		if (atomic_load(&job->done))
			return false;
		seen = task_state(atomic_load(&job->tid)) == 'S' ? seen + 1 : 0;
		pause_ms(10);
	}
	return seen == 5;
}

void job_signal(struct job *job, int sig)
{
	pthread_kill(job->thread, sig);
}

ssize_t job_join(struct job *job)
{
	pthread_join(job->thread, NULL);
	errno = job->err;
	return job->ret;
}

__u8 job_got[1000];

ssize_t job_recv(int fd, __u64 pos, size_t len)
{
	(void)pos;
	return recv(fd, job_got, len < sizeof(job_got) ? len : sizeof(job_got), 0);
}

static void ignore(int sig)
{
	(void)sig;
}

void catch_signal(int sig, bool restart)
{
	struct sigaction sa = {
		.sa_handler = ignore,
		.sa_flags = restart ? SA_RESTART : 0,
	};

	sigaction(sig, &sa, NULL);
}
