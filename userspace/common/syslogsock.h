/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lines to the local syslog, in the form of RFC 3164 that syslog(3) writes. Not syslog(3) itself:
 * that tells nobody of a line that it could not deliver.
 */
#ifndef XCRYPTD_SYSLOGSOCK_H
#define XCRYPTD_SYSLOGSOCK_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>

struct xc_syslog {
	const char *path;
	int fd;			/* -1: not connected */
	bool stream;		/* a syslog that listens so; lines end with NUL there */
	pid_t pid;
};

/* Connects at once if somebody listens, which needs no more privileges later on. */
void xc_syslog_init(struct xc_syslog *log, const char *path);
void xc_syslog_close(struct xc_syslog *log);

/*
 * "<22>Jan  2 15:04:05 PROGRAM[123]: TEXT", facility mail; waits for as long as syslog does not
 * read. 0; -ENOTCONN: nobody listens there; -errno, and the line is lost.
 */
int xc_syslog_send(struct xc_syslog *log, int level, time_t when, const char *text);

#endif
