// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>

#include "common/line.h"
#include "common/log.h"
#include "agreement/offer.h"
#include "agreement/suite.h"
#include "tap.h"

static const char * const kind_names[] = {
	[XC_CMD_OTHER] = "other", [XC_CMD_BAD] = "bad", [XC_CMD_BEGIN] = "begin",
	[XC_CMD_OK] = "ok", [XC_CMD_FAIL] = "fail",
};

static const struct {
	const char *line;
	enum xc_command_kind kind;
	int nargs;
	const char *last;	/* the last word that there is room for */
} commands[] = {
	{ "XCRYPT chacha20_2.0 KEY NONCE", XC_CMD_BEGIN, 3, "NONCE" },
	{ "xcrypt ChaCha20_2.0 KEY NONCE", XC_CMD_BEGIN, 3, "NONCE" },
	{ "XCRYPT chacha20_2.0 KEY", XC_CMD_BEGIN, 2, "KEY" },
	{ "XCRYPT chacha20_2.0", XC_CMD_BEGIN, 1, "chacha20_2.0" },
	{ "XCRYPT chacha20_2.0 KEY NONCE MORE", XC_CMD_BEGIN, 4, "NONCE" },
	{ "XCRYPT chacha20_2.0 KEY NONCE MORE AND MORE", XC_CMD_BEGIN, 4, "NONCE" },
	{ "XCRYPT chacha20_2.0  KEY NONCE", XC_CMD_BAD, 0, NULL },
	{ "XCRYPT chacha20_2.0 KEY NONCE ", XC_CMD_BAD, 0, NULL },
	{ "XCRYPT  chacha20_2.0 KEY NONCE", XC_CMD_BAD, 0, NULL },
	{ "XCRYPT chacha20_2.0\tKEY NONCE", XC_CMD_BEGIN, 2, "NONCE" },
	{ "XCRYPT", XC_CMD_BEGIN, 0, NULL },
	{ "XCRYPT ", XC_CMD_BAD, 0, NULL },
	{ " XCRYPT OK", XC_CMD_OTHER, 0, NULL },
	{ "XCRYPTX OK", XC_CMD_OTHER, 0, NULL },
	{ "XCRYPT\tOK", XC_CMD_OTHER, 0, NULL },
	{ "", XC_CMD_OTHER, 0, NULL },
	{ "QUIT", XC_CMD_OTHER, 0, NULL },
	{ "XCRYPT OK", XC_CMD_OK, 0, NULL },
	{ "xCrYpT oK CONFIRM", XC_CMD_OK, 1, "CONFIRM" },
	{ "XCRYPT OK ONE TWO", XC_CMD_OK, 2, "TWO" },
	{ "XCRYPT OK ONE TWO THREE FOUR", XC_CMD_OK, 4, "THREE" },
	{ "XCRYPT OK ", XC_CMD_BAD, 0, NULL },
	{ "XCRYPT  OK", XC_CMD_BAD, 0, NULL },
	{ "XCRYPT OK  CONFIRM", XC_CMD_BAD, 0, NULL },
	{ "XCRYPT OKAY", XC_CMD_BEGIN, 1, "OKAY" },
	{ "XCRYPT FAIL", XC_CMD_FAIL, 0, NULL },
	{ "xcrypt fail", XC_CMD_FAIL, 0, NULL },
	{ "XCRYPT FAIL for  some reason", XC_CMD_FAIL, 1, "for  some reason" },
	{ "XCRYPT FAIL ", XC_CMD_BAD, 0, NULL },
	{ "XCRYPT FAILURE", XC_CMD_BEGIN, 1, "FAILURE" },
};

/* The last word, for comparison. */
static bool last_is(const struct xc_command *cmd, const char *last)
{
	int n = cmd->nargs < XC_LINE_ARGS ? cmd->nargs : XC_LINE_ARGS;

	if (!last)
		return cmd->nargs == 0;
	return n && cmd->arg[n - 1].len == strlen(last) &&
	       !memcmp(cmd->arg[n - 1].at, last, strlen(last));
}

/* For the name of a test. */
static const char *show(const char *text)
{
	static char shown[XC_LOG_PEER_MAX + 1];

	xc_log_escape(shown, text, strlen(text));
	return shown;
}

/* A copy of its own length, so that the sanitizer sees a step beyond. */
static char *exact(const char *text)
{
	char *copy = malloc(strlen(text) ? strlen(text) : 1);

	memcpy(copy, text, strlen(text));
	return copy;
}

static void test_commands(void)
{
	struct xc_command cmd;
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		char *line = exact(commands[i].line);

		xc_line_command(&cmd, line, strlen(commands[i].line));
		is(cmd.kind == commands[i].kind &&
		   cmd.nargs == commands[i].nargs && last_is(&cmd, commands[i].last),
		   "\"%s\" is %s", commands[i].line, kind_names[commands[i].kind]);
		free(line);
	}
}

static const struct {
	const char *line;
	int code;		/* 0: no reply */
	bool more;
	const char *text;
} replies[] = {
	{ "250 XCRYPT OK", 250, false, "XCRYPT OK" },
	{ "250-XCRYPT OK", 250, true, "XCRYPT OK" },
	{ "250", 250, false, "" },
	{ "250 ", 250, false, "" },
	{ "421 4.4.2 bye", 421, false, "4.4.2 bye" },
	{ "599-", 599, true, "" },
	{ "25", 0, false, NULL },
	{ "", 0, false, NULL },
	{ "250XCRYPT OK", 0, false, NULL },
	{ "250\tXCRYPT OK", 0, false, NULL },
	{ "150 no", 0, false, NULL },
	{ "650 no", 0, false, NULL },
	{ "2x0 no", 0, false, NULL },
	{ "25x no", 0, false, NULL },
	{ " 250 no", 0, false, NULL },
	{ "XCRYPT OK", 0, false, NULL },
};

static void test_replies(void)
{
	struct xc_reply reply;
	size_t i;

	for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		char *line = exact(replies[i].line);
		int err = xc_line_reply(&reply, line, strlen(replies[i].line));

		if (!replies[i].code)
			is(err == -EINVAL, "\"%s\" is no reply", replies[i].line);
		else
			is(!err && reply.code == replies[i].code && reply.more == replies[i].more &&
			   reply.text.len == strlen(replies[i].text) &&
			   !memcmp(reply.text.at, replies[i].text, reply.text.len),
			   "\"%s\" is a reply", replies[i].line);
		free(line);
	}
}

static void test_strip(void)
{
	bool bare;

	is(xc_line_strip("QUIT\r\n", 6, &bare) == 4 && !bare, "CRLF is stripped");
	is(xc_line_strip("QUIT\n", 5, &bare) == 4 && bare, "LF is stripped and told");
	is(xc_line_strip("\n", 1, &bare) == 0 && bare, "an empty line, LF");
	is(xc_line_strip("\r\n", 2, &bare) == 0 && !bare, "an empty line, CRLF");
	is(xc_line_strip("A\r\r\n", 4, &bare) == 2 && !bare, "one CR is the end's, no more");
	is(xc_line_strip("A\0B\r\n", 5, &bare) == -EINVAL, "NUL is refused");
}

static void test_format(void)
{
	char line[32];

	is(xc_line_format(line, sizeof(line), "XCRYPT", "OK", "abc", NULL) == 15 &&
	   !strcmp(line, "XCRYPT OK abc\r\n"), "words are put together");
	is(xc_line_format(line, 16, "XCRYPT", "OK", "abc", NULL) == 15, "just room enough");
	is(xc_line_format(line, 15, "XCRYPT", "OK", "abc", NULL) == -EMSGSIZE,
	   "no room for the NUL");
}

static const struct {
	const char *line;
	const char *words;	/* NULL: not offered */
} offers[] = {
	{ "250-XCRYPT chacha20_2.0 aes256ctr_2.0", "chacha20_2.0 aes256ctr_2.0" },
	{ "250 XCRYPT chacha20_2.0", "chacha20_2.0" },
	{ "250-xcrypt FooBar_9.9 ChaCha20_2.0  chacha20_2.0 ?? aes256ctr_2.0 ",
	  "foobar_9.9 chacha20_2.0 chacha20_2.0 ?? aes256ctr_2.0" },
	{ "250-XCRYPT", NULL },
	{ "250-XCRYPT ", NULL },
	{ "250-XCRYPT   ", NULL },
	{ "250-XCRYPTO t32_1.0", NULL },
	{ "250-XCRYPT=t32_1.0", NULL },
	{ "251-XCRYPT t32_1.0", NULL },
	{ "XCRYPT t32_1.0", NULL },
	{ "250-XCRYPT \xc3\x84_1.0 x", "\xc3\x84_1.0 x" },
	{ "250-XCRYPT a\tb", "a\tb" },
	{ "250-XCRYPT a\rb", NULL },
	{ "250-XCRYPT 12345678901234567890123456789012", "12345678901234567890123456789012" },
	{ "250-XCRYPT 123456789012345678901234567890123", "123456789012345678901234567890123" },
	{ "250-XCRYPT good_1.0   Y23456789012345678901234567890123 x_1.0",
	  "good_1.0 y23456789012345678901234567890123 x_1.0" },
};

static void test_offers(void)
{
	struct xc_offer offer;
	size_t i;

	for (i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		char *line = exact(offers[i].line);
		int err = xc_offer_parse_line(&offer, line, strlen(offers[i].line));

		if (!offers[i].words)
			is(err == -EINVAL, "\"%s\" is not offered", show(offers[i].line));
		else
			is(!err && !strcmp(offer.text, offers[i].words) &&
			   offer.len == strlen(offers[i].words), "\"%s\" is offered",
			   show(offers[i].line));
		free(line);
	}
}

static void test_offer_limits(void)
{
	char line[XC_OFFER_LINE_MAX + 2];
	struct xc_offer offer;
	struct xc_word word;
	size_t pos = 0, i;
	int n = 0;

	for (i = 0; i < sizeof(line); i++)
		line[i] = i % 30 ? 'a' : ' ';
	memcpy(line, "250-XCRYPT ", 11);
	line[XC_OFFER_LINE_MAX - 1] = 'z';
	is(!xc_offer_parse_line(&offer, line, XC_OFFER_LINE_MAX), "a line of 510 is taken");
	is(offer.len == XC_OFFER_MAX && offer.text[XC_OFFER_MAX - 1] == 'z', "the whole of it");
	while (xc_offer_next(&offer, &pos, &word))
		n++;
	is(n == 17, "with all its words: %d", n);
	is(xc_offer_parse_line(&offer, line, XC_OFFER_LINE_MAX + 1) == -EINVAL,
	   "a line of 511 is not offered");
	is(!xc_offer_parse(&offer, line + 11, XC_OFFER_MAX), "499 octets of words are taken");
	is(xc_offer_parse(&offer, line + 11, XC_OFFER_MAX + 1) == -EINVAL, "500 are not");
	is(xc_offer_parse(&offer, "a\0b", 3) == -EINVAL, "a NUL is not offered");
	is(!xc_offer_parse(&offer, "t32_1.0 x", 9) && xc_offer_has(&offer, "t32_1.0") &&
	   !xc_offer_has(&offer, "t32_1") && !xc_offer_has(&offer, "t32_1.00"), "words are whole");
}

static const char * const no_suites[] = {
	"", "_2.0", "a_", "a_2", "a_2.", "chacha20_2.", "chacha20_2.0x", "chacha20_2.0.0", "chacha20-2.0",
	"chacha20__2.0", "OK", "chacha20_2_0", "chacha20_02.0", "\xc3_1.0", "chacha20_2.00",
};

static void test_suites(void)
{
	struct xc_suite_list list;
	char text[XC_SUITE_LIST_TEXT];
	size_t i;

	for (i = 0; i < sizeof(no_suites) / sizeof(no_suites[0]); i++) {
		char *name = exact(no_suites[i]);
		struct xc_word word = { name, strlen(no_suites[i]) };

		is(!xc_suite_known(word), "\"%s\" is no suite", show(no_suites[i]));
		free(name);
	}
	xc_suite_list_default(&list);
	xc_suite_list_format(text, &list);
	is(!strcmp(text, xc_kex_has_mlkem() ?
		   "chachapoly_3.1 aes256gcm_3.1 chachapoly_3.0 aes256gcm_3.0 "
		   "chacha20_2.1 aes256ctr_2.1 chacha20_2.0 aes256ctr_2.0" :
		   "chachapoly_3.0 aes256gcm_3.0 chacha20_2.0 aes256ctr_2.0"), "on by default: %s", text);
	is(xc_suite_list_add(&list, list.suite[1]) == -EEXIST, "a suite is listed once");
	is(!xc_suite_find((struct xc_word){ "t16_1.0", 7 }), "t16 is unassigned");
	for (i = 0; xc_suite_row(i); i++) {
		const struct xc_suite *row = xc_suite_row(i);
		struct xc_word word = { row->name, strlen(row->name) };
		bool lacks = row->kex->available && !row->kex->available();

		is(xc_suite_known(word) == row && xc_suite_find(word) == (lacks ? NULL : row) &&
		   !xc_suite_missing(row) == !lacks, "%s %s", row->name,
		   lacks ? xc_suite_missing(row) : "can be used");
	}
	for (i = 0; xc_suite_at(i); i++) {
		struct xc_word word = { xc_suite_at(i)->name, strlen(xc_suite_at(i)->name) };

		is(word.len <= XC_OFFER_WORD_MAX && xc_suite_find(word) == xc_suite_at(i), "%s is in order", xc_suite_at(i)->name);
	}
}

int main(void)
{
	test_commands();
	test_replies();
	test_strip();
	test_format();
	test_offers();
	test_offer_limits();
	test_suites();
	return tap_done();
}
