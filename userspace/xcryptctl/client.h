/* SPDX-License-Identifier: GPL-2.0 */
/* Questions to xcryptd by its socket. */
#ifndef XCRYPTCTL_CLIENT_H
#define XCRYPTCTL_CLIENT_H

#include <stdio.h>

/*
 * Ask; what follows the "ok" is to be read from *answer, which the caller closes. An exit
 * status of ctl.h; a fault has been told on stderr, unless quiet.
 */
int client_ask(const char *socket, const char *command, int quiet, FILE **answer);

/* Ask, and print the answer. */
int client_print(const char *socket, const char *command);

#endif
