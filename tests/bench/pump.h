/* SPDX-License-Identifier: GPL-2.0 */
/* Moves octets through connections, by the calls that are to be measured. */
#ifndef _BENCH_PUMP_H
#define _BENCH_PUMP_H

#include <stddef.h>

#include "pair.h"

/* How octets are sent and received. */
enum call {
	CALL_WRITE,	/* write, read */
	CALL_SENDFILE,	/* sendfile, read; user-space TLS: read the file and write that */
	CALL_SPLICE,	/* splice from a file by a pipe, splice to /dev/null by a pipe */
};

/**
 * struct pump - the two ends of the octets' way
 * @call:	how
 * @size:	octets in one call
 * @burst:	octets sent before the first is received
 * @file:	@burst octets in memory
 * @data:	the same, mapped
 * @in:		where the reader puts them
 */
struct pump {
	enum call call;
	size_t size;
	size_t burst;
	int file;
	int null;
	int pipe[2];
	unsigned char *data;
	unsigned char *in;
};

/* All end the program with a message if they fail. */
void pump_open(struct pump *pump, enum call call, size_t size, size_t burst);
void pump_send(struct pump *pump, const struct pair *pair);
void pump_receive(struct pump *pump, const struct pair *pair);

/* Sends a burst as above and reads it: it has to arrive as it was. */
void pump_check(struct pump *pump, const struct pair *pair);

#endif /* _BENCH_PUMP_H */
