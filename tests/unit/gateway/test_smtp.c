// SPDX-License-Identifier: GPL-2.0
#include "gateway/smtp.h"

#include <stdlib.h>

#include "tap.h"

static void verbs(void)
{
	static const struct {
		const char *line;
		enum smtp_verb verb;
	} rows[] = {
		{ "EHLO a\r\n", SMTP_EHLO }, { "ehlo a\n", SMTP_EHLO }, { "EHLO\r\n", SMTP_EHLO },
		{ "EHLOX a\r\n", SMTP_OTHER }, { " EHLO a\r\n", SMTP_OTHER },
		{ "HELO a\r\n", SMTP_HELO }, { "LHLO a\r\n", SMTP_LHLO },
		{ "NOOP\r\n", SMTP_NOOP }, { "quit\r\n", SMTP_QUIT }, { "RSET\r\n", SMTP_RSET },
		{ "StartTLS\r\n", SMTP_STARTTLS }, { "XCRYPT chacha20_2.0 K N\r\n", SMTP_XCRYPT },
		{ "XCRYPT\r\n", SMTP_XCRYPT }, { "XCRYPTO\r\n", SMTP_OTHER },
		{ "MAIL FROM:<>\r\n", SMTP_OTHER }, { "\r\n", SMTP_OTHER }, { "", SMTP_OTHER },
		{ "\x16\x03\x01", SMTP_OTHER },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is(smtp_verb(rows[i].line, strlen(rows[i].line)) == rows[i].verb, "verb %zu", i);
}

static void replies(void)
{
	static const struct {
		const char *line;
		int code;
		bool last;
	} rows[] = {
		{ "250 ok\r\n", 250, true }, { "250-ok\r\n", 250, false },
		{ "250\r\n", 250, true }, { "250\n", 250, true }, { "220-\r\n", 220, false },
		{ "599 x\r\n", 599, true }, { "200 x\r\n", 200, true },
		{ "199 x\r\n", -1, false }, { "600 x\r\n", -1, false }, { "25 x\r\n", -1, false },
		{ "250x\r\n", -1, false }, { "2\r\n", -1, false }, { "EHLO\r\n", -1, false },
		{ "", -1, false },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool last = false;

		is(smtp_reply(rows[i].line, strlen(rows[i].line), &last) == rows[i].code &&
		   last == rows[i].last, "reply %zu", i);
	}
}

#define LONG10	"chacha20_2.0 chacha20_2.0 chacha20_2.0 chacha20_2.0 chacha20_2.0 "
#define LONG480	LONG10 LONG10 LONG10 LONG10 LONG10 LONG10 LONG10 "chacha20_2.0 chacha20_2.0"

static void words(void)
{
	static const struct {
		const char *reply;
		const char *words;	/* NULL: not offered */
	} rows[] = {
		{ "250-b\r\n250-XCRYPT x_2.0 y_1.0\r\n250 DSN\r\n", "x_2.0 y_1.0" },
		{ "250-b\r\n250 xcrypt x_2.0\r\n", "x_2.0" },
		{ "250-b\r\n250 XCRYPT   x_2.0 \t y_1.0  \r\n", "x_2.0 y_1.0" },
		{ "250-b\r\n250 XCRYPT\r\n", NULL },
		{ "250-b\r\n250-XCRYPT\r\n250 XCRYPT x_2.0\r\n", NULL },
		{ "250-b\r\n250-XCRYPT x_2.0\r\n250 XCRYPT x_2.0\r\n", NULL },
		{ "250-b\r\n250 XCRYPTS x_2.0\r\n", NULL },
		{ "250 XCRYPT x_2.0\r\n", NULL },	/* the greeting: a host of that name */
		{ "250-b\r\n250 DSN XCRYPT x_2.0\r\n", NULL },
		{ "250-b\r\n250 XCRYPT " LONG480 "\r\n", LONG480 },
		{ "250-b\r\n250 XCRYPT " LONG480 " chacha20_2.0 z_2.0\r\n",
		  LONG480 " chacha20_2.0 z_2.0" },	/* 510 octets without the end */
		{ "250-b\r\n250 XCRYPT " LONG480 " chacha20_2.0 zz_2.0\r\n", NULL },
	};
	char got[XCRYPT_SUITES_MAX + 1];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool offered = smtp_words(rows[i].reply, strlen(rows[i].reply), got);

		is(offered == !!rows[i].words && (!offered || !strcmp(got, rows[i].words)),
		   "words %zu", i);
	}
}

/* What is put in can be taken out again, and the rest never changes. */
static void lines(void)
{
	static const struct {
		const char *reply;
		const char *with;
	} rows[] = {
		{ "250 b\r\n", "250-b\r\n250 XCRYPT x_2.0\r\n" },
		{ "250-b\r\n250 DSN\r\n", "250-b\r\n250-XCRYPT x_2.0\r\n250 DSN\r\n" },
		{ "250-b\r\n250-A\n250 B\n", "250-b\r\n250-A\n250-XCRYPT x_2.0\r\n250 B\n" },
	};
	char buf[256];
	size_t i, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		strcpy(buf, rows[i].reply);
		n = smtp_add(buf, strlen(buf), sizeof(buf), "x_2.0");
		is(n == strlen(rows[i].with) && !memcmp(buf, rows[i].with, n), "add %zu", i);
		n = smtp_remove(buf, n, "XCRYPT");
		is(n == strlen(rows[i].reply) && !memcmp(buf, rows[i].reply, n), "remove %zu", i);
		is(!smtp_add(buf, n, n + 5, "x_2.0") && !memcmp(buf, rows[i].reply, n),
		   "no room %zu", i);
	}
	strcpy(buf, "250\r\n");
	is(!smtp_add(buf, 5, sizeof(buf), "x_2.0") && !strcmp(buf, "250\r\n"), "a bare code");
	strcpy(buf, "250-b\r\n250-XCRYPT a\r\n250-DSN\r\n250 XCRYPT b\r\n");
	n = smtp_remove(buf, strlen(buf), "XCRYPT");
	is(n == 16 && !memcmp(buf, "250-b\r\n250 DSN\r\n", n), "two lines, one the last");
	is(smtp_lists(buf, n, "dsn") && !smtp_lists(buf, n, "b") && !smtp_lists(buf, n, "DS"),
	   "keywords");
}

int main(void)
{
	verbs();
	replies();
	words();
	lines();
	return tap_done();
}
