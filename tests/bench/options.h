/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _BENCH_OPTIONS_H
#define _BENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "mode.h"
#include "pump.h"

#define MODES_MAX 16

struct options {
	size_t size;
	size_t burst;
	unsigned long long octets;
	unsigned int streams;
	unsigned int rounds;
	unsigned int warm;
	int buffer;
	enum call call;
	bool mark_send;
	bool mark_receive;
	unsigned int mode_count;
	const struct mode *modes[MODES_MAX];
};

/* Ends the program with an explanation if the command line makes no sense. */
void options_parse(struct options *options, int argc, char **argv);

const char *call_name(enum call call);

#endif /* _BENCH_OPTIONS_H */
