/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands of the control socket, see service/control.h, and their answers. An error's KIND
 * is one of
 *	unknown		no such command
 *	disk		done in memory, but the files on disk are as they were
 *	memory		the daemon has no memory for the answer
 */
#ifndef XCRYPTD_ANSWER_H
#define XCRYPTD_ANSWER_H

struct xc_daemon;

/* Make the socket, 0600, and serve there. 0 or -errno, which has been logged. */
int xc_answer_open(struct xc_daemon *d, const char *path);

/* And remove it. */
void xc_answer_close(struct xc_daemon *d);

#endif
