// SPDX-License-Identifier: GPL-2.0
#include "flow.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE	65536	/* octets: what a pipe holds by default */
#define ROUNDS	16	/* pieces, then it is another's turn */
#define SPARE	64	/* empty pipes kept */

static int spare[SPARE][2];
static unsigned int spares;

static int pipe_get(int fd[2])
{
	if (spares) {
		spares--;
		fd[0] = spare[spares][0];
		fd[1] = spare[spares][1];
		return 0;
	}
	return pipe2(fd, O_NONBLOCK | O_CLOEXEC) ? -errno : 0;
}

static void pipe_put(int fd[2], bool empty)
{
	if (empty && spares < SPARE) {
		spare[spares][0] = fd[0];
		spare[spares][1] = fd[1];
		spares++;
	} else {
		close(fd[0]);
		close(fd[1]);
	}
	fd[0] = fd[1] = -1;
}

void flow_end(struct flow *flow)
{
	if (flow->pipe[0] >= 0)
		pipe_put(flow->pipe, !flow->held);
	flow->held = 0;
}

void flow_forget_pipes(void)
{
	while (spares) {
		spares--;
		close(spare[spares][0]);
		close(spare[spares][1]);
	}
}

/* 1: there is something in the pipe; 0: nothing now, or the end; -errno. */
static int take(struct flow *flow, int from)
{
	ssize_t n;
	int err;

	if (flow->pipe[0] < 0) {
		err = pipe_get(flow->pipe);
		if (err)
			return err;
	}
	/* The pipe is empty: EAGAIN says that of the socket. */
	n = splice(from, NULL, flow->pipe[1], NULL, PIECE, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	flow->eof = !n;
	flow->held = n;
	return n > 0;
}

/* 1: all was passed on; 0: the socket takes no more now; -errno. */
static int give(struct flow *flow, int to)
{
	ssize_t n;

	while (flow->held) {
		n = splice(flow->pipe[0], NULL, to, NULL, flow->held,
			   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		flow->held -= n;
		flow->octets += n;
	}
	return 1;
}

/* Half-close is passed on as such. */
static int end(struct flow *flow, int to)
{
	if (!flow->eof || flow->held || flow->shut)
		return 0;
	flow->shut = true;
	return shutdown(to, SHUT_WR) && errno != ENOTCONN ? -errno : 0;
}

int flow_pump(struct flow *flow, int from, int to)
{
	int round, ret = 1;

	for (round = 0; round < ROUNDS && ret > 0; round++) {
		ret = flow->held || flow->eof ? 1 : take(flow, from);
		if (ret > 0 && flow->held)
			ret = give(flow, to);
		else
			break;
	}
	if (!flow->held)
		flow_end(flow);
	return ret < 0 ? ret : end(flow, to);
}
