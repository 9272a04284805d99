/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SESSION_OPTIONS_H
#define _SESSION_OPTIONS_H

#include "protect.h"

struct options {
	struct protect protect;
	const char *name;
	unsigned int sessions;
	unsigned int warm;
	unsigned int message;
	const char *client;
	const char *server;
	const char *address;
};

/* Ends the program with an explanation if the command line makes no sense. */
void options_parse(struct options *options, int argc, char **argv);

#endif /* _SESSION_OPTIONS_H */
