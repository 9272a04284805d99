// SPDX-License-Identifier: GPL-2.0
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "smtp.h"

#define HELLO	"EHLO mail.a.test"

/* The first session fills the daemons' caches. */
static bool is_checked(unsigned int nth)
{
	return nth > 0;
}

/* --- client --- */

/* Reads a reply, which has to begin with @code. The words behind XCRYPT, if it has such a line. */
static void reply(struct stream *s, const char *code, char *words)
{
	char line[LINE_MAX_OCTETS];

	do {
		stream_line(s, line);
		if (strncmp(line, code, 3) || strlen(line) < 4)
			errx(1, "%s was expected, not: %s", code, line);
		if (words && !strncmp(line + 4, "XCRYPT ", 7))
			strcpy(words, line + 11);
	} while (line[3] == '-');
}

static void ask(struct stream *s, const char *line, const char *code, char *words)
{
	stream_say(s, line);
	reply(s, code, words);
}

static void client_protect(struct protect *p, struct stream *s, unsigned int nth,
			   const char *words)
{
	if (p->kind == KIND_PLAIN)
		return;
	if (p->kind == KIND_XCRYPT) {
		if (xcrypt_client(p, s, words, HELLO "\r\n", is_checked(nth)))
			reply(s, "250", NULL);
		return;
	}
	ask(s, "STARTTLS", "220", NULL);
	starttls_client(p, s, nth);
	ask(s, HELLO, "250", NULL);
}

void smtp_client(struct protect *p, struct stream *s, unsigned int nth, const char *message)
{
	char words[LINE_MAX_OCTETS] = "";

	reply(s, "220", NULL);
	ask(s, HELLO, "250", words);
	client_protect(p, s, nth, words);
	ask(s, "MAIL FROM:<alice@a.test>", "250", NULL);
	ask(s, "RCPT TO:<bob@b.test>", "250", NULL);
	ask(s, "DATA", "354", NULL);
	stream_write(s, message, strlen(message));
	reply(s, "250", NULL);
	ask(s, "QUIT", "221", NULL);
	if (s->ssl)
		starttls_keep(p, s);
}

/* --- server --- */

static void hello(const struct protect *p, struct stream *s, const char *words)
{
	char text[LINE_MAX_OCTETS];
	int n = snprintf(text, sizeof(text), "250-mail.b.test\r\n250-8BITMIME\r\n");

	if (*words)
		n += snprintf(text + n, sizeof(text) - n, "250-XCRYPT %s\r\n", words);
	else if (p->kind != KIND_PLAIN && p->kind != KIND_XCRYPT && !s->ssl)
		n += snprintf(text + n, sizeof(text) - n, "250-STARTTLS\r\n");
	n += snprintf(text + n, sizeof(text) - n, "250 SIZE 10485760\r\n");
	stream_write(s, text, n);
}

static void message_read(struct stream *s)
{
	char line[LINE_MAX_OCTETS];

	stream_say(s, "354 end with a dot");
	do
		stream_line(s, line);
	while (strcmp(line, "."));
	stream_say(s, "250 2.0.0 taken");
}

/* @words: XCRYPT's to list, none once it has been done. */
static void answer(struct protect *p, struct stream *s, unsigned int nth, const char *line,
		   char *words)
{
	if (!strncmp(line, "EHLO ", 5)) {
		hello(p, s, words);
	} else if (!strcmp(line, "STARTTLS")) {
		stream_say(s, "220 2.0.0 go on");
		starttls_server(p, s);
	} else if (!strncmp(line, "XCRYPT ", 7)) {
		xcrypt_server(p, s, line, is_checked(nth));
		*words = '\0';
	} else if (!strcmp(line, "DATA")) {
		message_read(s);
	} else {
		stream_say(s, "250 2.1.0 ok");
	}
}

void smtp_server(struct protect *p, struct stream *s, unsigned int nth)
{
	char line[LINE_MAX_OCTETS], words[LINE_MAX_OCTETS] = "";

	if (p->kind == KIND_XCRYPT)
		xcrypt_words(s, words, sizeof(words));
	stream_say(s, "220 mail.b.test ESMTP");
	for (;;) {
		stream_line(s, line);
		if (!strcmp(line, "QUIT"))
			break;
		answer(p, s, nth, line, words);
	}
	stream_say(s, "221 2.0.0 bye");
}
