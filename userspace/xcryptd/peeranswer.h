/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands of the control socket on our identity and on known peers:
 *
 *	identity			identity KEY, file PATH or -
 *	identity replace		make another one
 *	peers list			lines of the file of known peers, see peers/form.h
 *	peers explain NAME		policy MODE; its line, if it is known; and of late
 *					incident SECONDS WARNINGS sent|queued POLICY END VERSION KEY DOMAIN
 *	peers pin NAME KEY		pin it, met or not
 *	peers confirm NAME [KEY]	pin one that was met; without KEY the only unconfirmed one
 *	peers forget NAME [KEY]		forget one, or all of the name; @DOMAIN: that domain
 *
 * "-" stands for what there is not. Kinds of errors, beside those of answer.h:
 *	argument	that is no name or no key
 *	none		nothing like that is known
 *	several		which of several is meant
 *	full		there is no room
 */
#ifndef XCRYPTD_PEERANSWER_H
#define XCRYPTD_PEERANSWER_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct xc_answer;
struct xc_daemon;

/* Do one of these and write the answer's first line. False: the line is none of them. */
bool xc_peeranswer_begin(FILE *to, struct xc_daemon *d, struct xc_answer *at, const char *line,
			 uid_t uid);

/* Lines of counters. */
void xc_peeranswer_stats(FILE *to, const struct xc_daemon *d);

#endif
