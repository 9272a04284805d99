/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One direction of a settled session: octets go from socket to socket inside the kernel, through
 * a pipe that is only held while there is something in it.
 */
#ifndef XCRYPT_GATEWAY_FLOW_H
#define XCRYPT_GATEWAY_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero but for pipe[] = -1 at first. */
struct flow {
	int pipe[2];
	size_t held;		/* octets in the pipe */
	uint64_t octets;	/* passed on so far */
	bool eof;		/* the source has ended */
	bool shut;		/* and the other socket was told */
};

/*
 * Move what there is. Return: 0, or -errno of the socket that broke. Wait for the source to become
 * readable unless @held or @eof; for the other one to become writable if @held.
 */
int flow_pump(struct flow *flow, int from, int to);

/* Give the pipe back; what is in it is lost. */
void flow_end(struct flow *flow);

/* Close the pipes that are kept for the next flow. */
void flow_forget_pipes(void);

#endif
