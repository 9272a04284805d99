/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much SMTP as the gateway reads: the verb of a command, the code of a reply, and the reply to
 * EHLO, of which one line is put in or taken out. Nothing here does I/O.
 */
#ifndef XCRYPT_GATEWAY_SMTP_H
#define XCRYPT_GATEWAY_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/xcrypt.h>

enum smtp_verb {
	SMTP_EHLO,
	SMTP_HELO,
	SMTP_LHLO,
	SMTP_NOOP,
	SMTP_QUIT,
	SMTP_RSET,
	SMTP_STARTTLS,
	SMTP_XCRYPT,
	SMTP_OTHER,	/* all others, and what is no command */
};

/* Octets of the first line in text with its LF, 0 if there is none. */
size_t smtp_line(const char *text, size_t len);

enum smtp_verb smtp_verb(const char *line, size_t len);

/*
 * A line of a reply: its code, 200 to 599, and whether it is the last one. -1: no such line.
 * "250" alone is a last line, as RFC 5321, section 4.2.1, wants clients to accept.
 */
int smtp_reply(const char *line, size_t len, bool *last);

/*
 * The words of the one XCRYPT line in a reply to EHLO, single spaces between them; words has
 * room for XCRYPT_SUITES_MAX octets and a NUL. False if no line lists it, more than one does, or
 * the line is longer than protocol.md, section 2, allows.
 */
bool smtp_words(const char *reply, size_t len, char words[XCRYPT_SUITES_MAX + 1]);

/* Does a line of the reply begin with this keyword? */
bool smtp_lists(const char *reply, size_t len, const char *keyword);

/*
 * Put a line "XCRYPT words" into a whole reply to EHLO, or take all lines of a keyword out. Return: the
 * new length; smtp_add() gives 0 if size is too small or the only line is a bare code, and
 * nothing has changed.
 */
size_t smtp_add(char *reply, size_t len, size_t size, const char *words);
size_t smtp_remove(char *reply, size_t len, const char *word);

#endif
