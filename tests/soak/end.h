/* SPDX-License-Identifier: GPL-2.0 */
/* One end of one direction: a thread that sends or receives by calls chosen at random. */
#ifndef SOAK_END_H
#define SOAK_END_H

#include <stdbool.h>
#include <stdint.h>
#include "pattern.h"

#define BUFFER	(256 * 1024)

struct end {
	const char *name;
	int fd;
	uint64_t id;		/* of the stream */
	uint64_t total;
	uint64_t done;		/* read by others for progress */
	uint64_t digest;
	struct random random;
	int pipe[2];
	int file;
	unsigned char *buffer;
	unsigned char *expect;
	bool copies;		/* what is sent from a file is copied before the call returns */
	bool finished;
	char error[256];	/* empty if all went well */
};

void end_init(struct end *end);
void end_free(struct end *end);
size_t end_size(struct end *end);
void end_pause(struct end *end);
void end_poll(struct end *end, short events);

/* For end->error; returns -1. */
int end_fail(struct end *end, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Thread functions. */
void *end_send(void *end);
void *end_receive(void *end);

#endif
