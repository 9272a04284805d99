/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The socket that xcryptctl talks to: a request in, an answer out. One user cannot keep others
 * from it, nor anybody root: each has a share, and who says nothing makes room for others.
 *
 * A request is one line. An answer is "ok", lines, and XC_ANSWER_END; or one line
 * "error KIND TEXT" and XC_ANSWER_END. What lacks its end was cut. KIND is "busy" (too many
 * clients: try again), or the program's own.
 */
#ifndef XC_SERVICE_CONTROL_H
#define XC_SERVICE_CONTROL_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "common/log.h"
#include "common/loop.h"

#define XC_REQUEST_MAX		512	/* octets of a request with its LF */
#define XC_ANSWER_END		".\n"
#define XC_ANSWER_STATE		64	/* octets of what a program keeps of an answer under way */
#define XC_CONTROL_CLIENTS	16

/**
 * struct xc_control_ops - what a program says
 * @begin:	do what the line says for uid, and write the answer's first line
 * @more:	write the next part. False: the answer is complete, with its end. A long one is
 *		written in parts, so that the loop serves others in between: it is no snapshot
 * @state of both is the answer's, XC_ANSWER_STATE octets, all zero at first.
 */
struct xc_control_ops {
	void (*begin)(FILE *to, void *ctx, void *state, const char *line, uid_t uid);
	bool (*more)(FILE *to, void *ctx, void *state);
};

struct client;

struct xc_control {
	struct xc_source source;
	struct xc_loop *loop;
	const struct xc_control_ops *ops;
	void *ctx;		/* for @ops */
	struct client *client[XC_CONTROL_CLIENTS];
	struct xc_timer pause;	/* of the listener */
	int spare;		/* descriptor, to be closed where there is no other */
};

/* Make the socket, 0600. A descriptor or -errno, which has been logged. */
int xc_control_listen(const struct xc_log *log, const char *path);

/* Serve at a socket that listens. All zero at first, but for @loop, @ops and @ctx. 0 or -errno. */
int xc_control_open(struct xc_control *control, int fd);
/* The name of the socket stays. */
void xc_control_close(struct xc_control *control);

#endif
