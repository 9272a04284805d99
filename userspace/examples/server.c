// SPDX-License-Identifier: GPL-2.0
/* server ADDRESS PORT PROGRAM [ARG...]: runs PROGRAM on one connection. */
#include "blocking.h"

/* Greet, answer EHLO; the client's next line is what follows. */
static void hello(int fd, const char *words, char *line)
{
	dprintf(fd, "220 b.test ESMTP\r\n");
	read_line(fd, line, XCRYPT_LINE_MAX);		/* EHLO ... */
	if (words[0])
		dprintf(fd, "250-b.test\r\n250 XCRYPT %s\r\n", words);
	else
		dprintf(fd, "250 b.test\r\n");
	read_line(fd, line, XCRYPT_LINE_MAX);
}

int main(int argc, char **argv)
{
	int fd = argc > 3 ? open_connection(argv[1], argv[2], 1) : -1;
	char words[XCRYPT_SUITES_MAX + 1] = "", line[XCRYPT_LINE_MAX];
	struct xcrypt_outcome outcome;
	socklen_t len = sizeof(words);

	if (fd < 0)
		errx(1, "usage: %s ADDRESS PORT PROGRAM [ARG...]", argv[0]);
	if (setsockopt(fd, SOL_TCP, TCP_ULP, "xcrypt", sizeof("xcrypt")) ||
	    getsockopt(fd, SOL_XCRYPT, XCRYPT_SUITES, words, &len))
		words[0] = '\0';			/* nobody serves: do not list XCRYPT */
	hello(fd, words, line);
	if (!words[0] || strncasecmp(line, "XCRYPT ", 7))
		return 0;				/* plain SMTP goes on here */
	outcome = handshake(fd, XCRYPT_ROLE_SERVER, line);
	switch (outcome.outcome_class) {
	case XCRYPT_CLASS_ENCRYPTED:
		fprintf(stderr, "encrypted with %s\n", outcome.suite);
		run_on(fd, argv + 3);
	case XCRYPT_CLASS_NONE:		/* nothing was said: say it */
		dprintf(fd, "454 4.7.0 XCRYPT FAIL\r\n");
		/* fall through */
	case XCRYPT_CLASS_ANSWERED:	/* the answer was given: say nothing, go on */
		fprintf(stderr, "in the clear: %s\n", strerror(outcome.error));
		return 0;
	default:			/* shut down already */
		errx(1, "closed: %s", strerror(outcome.error));
	}
}
