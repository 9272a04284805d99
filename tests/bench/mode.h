/* SPDX-License-Identifier: GPL-2.0 */
/* What a connection speaks. */
#ifndef _BENCH_MODE_H
#define _BENCH_MODE_H

#include "pair.h"

/**
 * struct mode - a way to protect a connection, or none
 * @name:	as given on the command line
 * @cipher:	what @start is to use
 * @start:	protects both directions of a fresh connection; ends the program with a
 *		message if it cannot
 */
struct mode {
	const char *name;
	const char *cipher;
	void (*start)(struct pair *pair, const struct mode *mode);
};

/* Ends the program with a list of the modes if there is none of that name. */
const struct mode *mode_find(const char *name);

#endif /* _BENCH_MODE_H */
