/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writes log lines from a thread of its own, so that whoever logs never waits for whoever reads.
 *
 * A thread rather than descriptors that do not block: O_NONBLOCK belongs to the open file, which
 * stderr shares with other programs (a terminal, the pipe of a supervisor), and for a file on a
 * disk that hangs it has no effect at all.
 */
#ifndef XCRYPTD_LOGWRITER_H
#define XCRYPTD_LOGWRITER_H

#include <stdbool.h>
#include <stdint.h>

#define XC_LOG_SYSLOG_PATH	"/dev/log"
#define XC_LOG_LINE		1024	/* octets of a line with its NUL; longer ones are cut */

enum xc_log_to {
	XC_LOG_SYSLOG,		/* facility mail, as the MTA's own lines */
	XC_LOG_STDERR,		/* with a prefix "<6>" that journald reads, but on a terminal */
	XC_LOG_CALL,
};

/**
 * struct xc_logwriter_stats - since the start, in lines
 * @taken:	queued by xc_logwriter_put()
 * @lost:	of all that were logged, never written: no room in the queue, or a fault of writing
 * @queued:	taken, and neither written nor lost yet
 */
struct xc_logwriter_stats {
	uint64_t taken;
	uint64_t lost;
	uint64_t queued;
};

struct xc_logwriter;

/*
 * syslog is the path of syslog's socket, XC_LOG_SYSLOG_PATH but for tests. To be called with the
 * privileges that the thread is to have. NULL: no memory or no thread.
 */
struct xc_logwriter *xc_logwriter_start(const char *syslog);

/*
 * Queue a line (without LF, shorter than XC_LOG_LINE). It never waits: where the queue is full
 * this line and those after it are dropped until all of it is written, and then their number is.
 */
void xc_logwriter_put(struct xc_logwriter *w, enum xc_log_to to, int level, const char *line);

struct xc_logwriter_stats xc_logwriter_stats(struct xc_logwriter *w);

/*
 * Give what is queued so many milliseconds to be written, and end the thread. True: all is
 * freed. False: it hangs in a write; the process has to end with w as it is.
 */
bool xc_logwriter_stop(struct xc_logwriter *w, unsigned int patience);

/* Write a line now and here, for as long as it takes. 0 or -errno. */
int xc_log_stderr(int level, const char *line);

#endif
