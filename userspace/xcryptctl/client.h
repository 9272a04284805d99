/* SPDX-License-Identifier: GPL-2.0 */
/* Questions to xcryptd, or the gateway, by its socket; the protocol is in service/control.h. */
#ifndef XCRYPTCTL_CLIENT_H
#define XCRYPTCTL_CLIENT_H

#define CLIENT_WHY	512	/* octets of a fault's text with its NUL */

/*
 * Ask; the lines behind the "ok" are in *answer, which the caller frees. Only an answer that has
 * its end is one. An exit status of ctl.h, and if it is not 0 the reason and what to do in why.
 */
int client_ask(const char *socket, const char *command, char **answer, char why[CLIENT_WHY]);

/* The program that is asked, for what is said of faults; xcryptd at first. */
void client_asks(const char *name);

/* As client_ask(), but a fault is told on stderr. */
int client_must(const char *socket, const char *command, char **answer);

/* Ask, and print the answer. */
int client_print(const char *socket, const char *command);

/* The next line at *at, without its end, which moves behind it. NULL: there is none. */
char *client_line(char **at);

#endif
