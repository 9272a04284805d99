// SPDX-License-Identifier: GPL-2.0
#include "logwriter.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "syslogsock.h"
#include "thread.h"

#define QUEUE		(256 << 10)	/* octets of lines, which are locked memory */
#define STACK		(64 << 10)	/* that of a thread would be 8 MiB of locked memory */
#define RETRY		1		/* seconds until a log that is not there is looked for again */

struct line {
	uint16_t len;
	uint8_t to;
	uint8_t level;
	time_t when;
	uint64_t lost;			/* how many lost ones it tells of */
	char text[XC_LOG_LINE];
};

#define HEAD	offsetof(struct line, text)

/**
 * struct xc_logwriter - the queue and its thread
 * @lock:	for what is below, never held across a write
 * @wake:	the thread: there is a line, or it is to end
 * @idle:	xc_logwriter_stop(): nothing is queued
 * @at:		of the oldest line in @ring
 * @used:	octets
 * @full:	no line is taken until the queue is empty, so that what is lost is in one place
 * @failing:	the latest line could not be written
 * @untold:	lines lost that no line has told of
 * @to:		of the latest line: where @untold is told
 * @stopping:	write what there is without waiting for anybody, and end
 * @done:	the thread has ended
 */
struct xc_logwriter {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_cond_t idle;
	struct xc_logwriter_stats stats;
	size_t at;
	size_t used;
	uint64_t untold;
	enum xc_log_to to;
	bool full;
	bool failing;
	bool stopping;
	bool done;
	struct xc_syslog syslog;
	char ring[QUEUE];
};

/* --- the queue --- */

static void copy_in(struct xc_logwriter *w, const void *src, size_t len)
{
	size_t to = (w->at + w->used) % QUEUE;
	size_t first = len < QUEUE - to ? len : QUEUE - to;

	memcpy(w->ring + to, src, first);
	memcpy(w->ring, (const char *)src + first, len - first);
	w->used += len;
}

static void copy_out(struct xc_logwriter *w, void *dst, size_t len)
{
	size_t first = len < QUEUE - w->at ? len : QUEUE - w->at;

	memcpy(dst, w->ring + w->at, first);
	memcpy((char *)dst + first, w->ring, len - first);
	w->at = (w->at + len) % QUEUE;
	w->used -= len;
}

void xc_logwriter_put(struct xc_logwriter *w, enum xc_log_to to, int level, const char *text)
{
	struct line line = { .to = to, .level = level, .when = time(NULL) };

	line.len = strnlen(text, XC_LOG_LINE - 1);
	memcpy(line.text, text, line.len);
	pthread_mutex_lock(&w->lock);
	w->to = to;
	w->full |= QUEUE - w->used < HEAD + line.len;
	if (w->full) {
		w->untold++;
		w->stats.lost++;
	} else {
		copy_in(w, &line, HEAD + line.len);
		w->stats.taken++;
		w->stats.queued++;
		pthread_cond_signal(&w->wake);
	}
	pthread_mutex_unlock(&w->lock);
}

/* --- the thread --- */

/* Where somebody else has made stderr not block: wait until it may be written to. */
static int write_all(int fd, const char *at, size_t len)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EAGAIN)
			poll(&wait, 1, -1);
		else if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			at += n;
			len -= n;
		}
	}
	return 0;
}

/* Whoever reads a terminal does without priorities. Asked once, before a filter forbids it. */
static bool on_terminal(void)
{
	static int known = -1;

	if (known < 0)
		known = isatty(STDERR_FILENO);
	return known;
}

int xc_log_stderr(int level, const char *text)
{
	char out[XC_LOG_LINE + 8];
	int len = on_terminal() ? snprintf(out, sizeof(out), "%s\n", text) :
				  snprintf(out, sizeof(out), "<%d>%s\n", level, text);

	return write_all(STDERR_FILENO, out, len);
}

static int write_line(struct xc_logwriter *w, const struct line *line)
{
	if (line->to == XC_LOG_STDERR)
		return xc_log_stderr(line->level, line->text);
	return xc_syslog_send(&w->syslog, line->level, line->when, line->text);
}

/* A syslog that is being started anew is back in a moment. False: no time for that. */
static bool pause_for_syslog(struct xc_logwriter *w)
{
	struct timespec end;
	bool go_on;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += RETRY;
	pthread_mutex_lock(&w->lock);
	while (!w->stopping && !pthread_cond_timedwait(&w->wake, &w->lock, &end))
		;
	go_on = !w->stopping;
	pthread_mutex_unlock(&w->lock);
	return go_on;
}

static bool deliver(struct xc_logwriter *w, const struct line *line)
{
	int err;

	do {
		err = write_line(w, line);
	} while (err == -ENOTCONN && pause_for_syslog(w));
	return !err;
}

static void take(struct xc_logwriter *w, struct line *line)
{
	copy_out(w, line, HEAD);
	copy_out(w, line->text, line->len);
	line->text[line->len] = '\0';
}

static void tell_lost(struct xc_logwriter *w, struct line *line)
{
	*line = (struct line){ .to = w->to, .level = LOG_WARNING, .when = time(NULL),
			       .lost = w->untold };
	snprintf(line->text, sizeof(line->text),
		 "log event=lines-lost lines=%" PRIu64 " hint=\"%" PRIu64 " lines were lost here: whoever reads the log was too slow, or had stopped\"",
		 w->untold, w->untold);
	w->untold = 0;
	w->stats.taken++;
	w->stats.queued++;
}

/* The oldest line, or that some were lost after it. False: it is time to end. */
static bool next(struct xc_logwriter *w, struct line *line)
{
	if (!w->used)
		w->full = false;
	if (!w->used && w->untold && !w->failing) {
		tell_lost(w, line);
		return true;
	}
	while (!w->used && !w->stopping)
		pthread_cond_wait(&w->wake, &w->lock);
	if (!w->used)
		return false;
	take(w, line);
	return true;
}

static void settle(struct xc_logwriter *w, const struct line *line, bool good)
{
	w->stats.queued--;
	w->failing = !good;
	if (good)
		return;
	w->stats.lost++;
	w->untold += line->lost ? line->lost : 1;
}

static void logwriter_run(void *arg)
{
	struct xc_logwriter *w = arg;
	struct line line;
	bool good;

	pthread_mutex_lock(&w->lock);
	while (next(w, &line)) {
		pthread_mutex_unlock(&w->lock);
		good = deliver(w, &line);
		pthread_mutex_lock(&w->lock);
		settle(w, &line, good);
	}
	w->done = true;
	pthread_cond_signal(&w->idle);
	pthread_mutex_unlock(&w->lock);
}

/* --- start and end --- */

static void init_locks(struct xc_logwriter *w)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, &attr);
	pthread_cond_init(&w->idle, &attr);
	pthread_condattr_destroy(&attr);
}

static void destroy(struct xc_logwriter *w)
{
	xc_syslog_close(&w->syslog);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->wake);
	pthread_cond_destroy(&w->idle);
	free(w);
}

struct xc_logwriter *xc_logwriter_start(const char *syslog)
{
	struct xc_logwriter *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	init_locks(w);
	/* The time zone's file and the terminal, while they can still be looked at. */
	tzset();
	on_terminal();
	xc_syslog_init(&w->syslog, syslog);
	if (!xc_thread_start(&w->thread, STACK, logwriter_run, w))
		return w;
	destroy(w);
	return NULL;
}

struct xc_logwriter_stats xc_logwriter_stats(struct xc_logwriter *w)
{
	struct xc_logwriter_stats stats;

	pthread_mutex_lock(&w->lock);
	stats = w->stats;
	pthread_mutex_unlock(&w->lock);
	return stats;
}

bool xc_logwriter_stop(struct xc_logwriter *w, unsigned int patience)
{
	struct timespec end;
	bool done;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += patience / 1000;
	end.tv_nsec += patience % 1000 * 1000000L;
	if (end.tv_nsec >= 1000000000L) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->wake);
	while (!w->done && !pthread_cond_timedwait(&w->idle, &w->lock, &end))
		;
	done = w->done;
	pthread_mutex_unlock(&w->lock);
	if (!done)
		return false;
	pthread_join(w->thread, NULL);
	destroy(w);
	return true;
}
