// SPDX-License-Identifier: GPL-2.0
/* client ADDRESS PORT PROGRAM [ARG...]: runs PROGRAM on the connection. */
#include "blocking.h"

/* The words behind "250-XCRYPT " in the EHLO reply; empty if there are none. */
static void hello(int fd, char *words)
{
	char line[XCRYPT_LINE_MAX];
	int lists = 0;

	words[0] = '\0';
	read_line(fd, line, sizeof(line));		/* 220 ... */
	dprintf(fd, "EHLO a.test\r\n");
	do {
		if (!read_line(fd, line, sizeof(line)) || strlen(line) < 3)
			errx(1, "the server is gone");
		if (line[3] && !strncasecmp(line + 4, "XCRYPT ", 7))
			strcpy(words, lists++ ? "" : line + 11);	/* two are none */
	} while (line[3] == '-');
}

int main(int argc, char **argv)
{
	int fd = argc > 3 ? open_connection(argv[1], argv[2], 0) : -1;
	char words[XCRYPT_LINE_MAX];
	struct xcrypt_outcome outcome;

	if (fd < 0)
		errx(1, "usage: %s ADDRESS PORT PROGRAM [ARG...]", argv[0]);
	hello(fd, words);
	if (!words[0] || setsockopt(fd, SOL_TCP, TCP_ULP, "xcrypt", sizeof("xcrypt"))) {
		fprintf(stderr, "not offered, or no module: in the clear\n");
		return 0;
	}
	outcome = handshake(fd, XCRYPT_ROLE_CLIENT, words);
	switch (outcome.outcome_class) {
	case XCRYPT_CLASS_ENCRYPTED:
		fprintf(stderr, "encrypted with %s\n", outcome.suite);
		run_on(fd, argv + 3);
	case XCRYPT_CLASS_NONE:		/* nothing was said: on in the clear, or QUIT */
	case XCRYPT_CLASS_ANSWERED:	/* at a line's end: the same */
		fprintf(stderr, "in the clear: %s\n", strerror(outcome.error));
		return 0;
	default:			/* shut down: connect anew, in the clear but for EACCES */
		errx(1, "closed: %s", strerror(outcome.error));
	}
}
