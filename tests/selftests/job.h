/* SPDX-License-Identifier: GPL-2.0 */
/* A call that may block, in a thread of its own. */
#ifndef _SELFTESTS_JOB_H
#define _SELFTESTS_JOB_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <sys/types.h>

typedef ssize_t (*job_fn)(int fd, __u64 pos, size_t len);

struct job {
	pthread_t thread;
	job_fn fn;
	int fd;
	__u64 pos;
	size_t len;
	ssize_t ret;
	int err;
	atomic_int tid;
	atomic_bool done;
};

void job_start(struct job *job, job_fn fn, int fd, __u64 pos, size_t len);

/* Until the thread sleeps in its call. false: it has ended instead, or 10 s passed. */
bool job_asleep(struct job *job);

/* Interrupt the call. */
void job_signal(struct job *job, int sig);

/* What the call returned, and its errno. */
ssize_t job_join(struct job *job);

/* A call for one: recv() of what comes, whatever it means, to job_got. */
ssize_t job_recv(int fd, __u64 pos, size_t len);
extern __u8 job_got[1000];

/* A handler that does nothing, with SA_RESTART or without. */
void catch_signal(int sig, bool restart);

#endif /* _SELFTESTS_JOB_H */
