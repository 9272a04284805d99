// SPDX-License-Identifier: GPL-2.0
/* b's side against a peer that breaks each rule of the protocol in turn. */
#include <errno.h>
#include <stdlib.h>

#include "drive.h"
#include "common/base64.h"
#include "agreement/derive.h"
#include "handshake_vectors.h"
#include "common/secret.h"
#include "tap.h"

#define F501	"501 5.5.4 XCRYPT FAIL\r\n"
#define F503	"503 5.5.1 XCRYPT FAIL\r\n"
#define F504	"504 5.5.4 XCRYPT FAIL\r\n"
#define F454	"454 4.7.0 XCRYPT FAIL\r\n"

#define N16	"AAECAwQFBgcICQoLDA0ODw=="
#define N10	"AAECAwQFBgcICQ=="

static struct world w;

/* A client of our own making: keys for a suite, and C_a from b's reply. */
struct client {
	const struct xc_suite *suite;
	struct xc_private *own;
	struct xc_transcript t;
	struct xc_keys keys;
	char line[XC_LINE_MAX + 1];
	char ok[64];
};

static void client_init(struct client *c, const char *suite)
{
	char key[XC_BASE64_LEN(XC_PUBLIC_MAX) + 1], nonce[XC_BASE64_LEN(XC_NONCE_MAX) + 1];
	uint8_t stored[XC_PRIVATE_MAX];

	memset(c, 0, sizeof(*c));
	c->suite = xc_suite_find((struct xc_word){ suite, strlen(suite) });
	xc_secret_random(stored, sizeof(stored));
	c->own = c->suite->kex->load(stored, c->t.public_a);
	xc_secret_random(c->t.nonce_a, sizeof(c->t.nonce_a));
	c->t.suite = c->suite;
	c->t.offer = w.offer;
	xc_base64_encode(key, c->t.public_a, c->suite->kex->public_a_len);
	xc_base64_encode(nonce, c->t.nonce_a, c->suite->kex->nonce_len);
	xc_line_format(c->line, sizeof(c->line), "XCRYPT", suite, key, nonce, NULL);
}

/* From "250 XCRYPT K_b N_b" to "XCRYPT OK [C_a]". */
static void client_reply(struct client *c, const char *reply)
{
	const struct xc_kex *kex = c->suite->kex;
	uint8_t shared[XC_SHARED_MAX];
	char word[XC_LINE_MAX], confirm[32] = "";

	word_of(reply, 2, word);
	if (xc_base64_decode(c->t.public_b, kex->public_b_len, word, strlen(word)))
		abort();
	word_of(reply, 3, word);
	if (xc_base64_decode(c->t.nonce_b, kex->nonce_len, word, strlen(word)))
		abort();
	if (kex->accept(c->own, c->t.public_b, shared) || kex->derive(&c->t, shared, &c->keys))
		abort();
	xc_base64_encode(confirm, c->keys.confirm_a, kex->confirm_len);
	xc_line_format(c->ok, sizeof(c->ok), "XCRYPT", "OK", kex->confirm_len ? confirm : NULL,
		       NULL);
}

static void client_end(struct client *c)
{
	c->suite->kex->unload(c->own);
}

/* Begin with a good first line and run up to where the second is read. */
static void open_exchange(struct drive *d, struct client *c, const char *suite)
{
	client_init(c, suite);
	drive_server(d, &w, NULL, c->line);
	drive_run(d);
	client_reply(c, d->sent);
	d->sent_len = 0;
	memset(d->sent, 0, sizeof(d->sent));
}

static void close_exchange(struct drive *d, struct client *c)
{
	drive_free(d);
	client_end(c);
}

/* --- the first line --- */

static const struct {
	const char *what, *line, *answer;
	enum xc_reason reason;
} firsts[] = {
	{ "no words", "XCRYPT", F501, XC_WHY_SYNTAX },
	{ "a suite alone", "XCRYPT chacha20_2.0", F501, XC_WHY_SYNTAX },
	{ "no nonce", "XCRYPT chacha20_2.0 AAAA", F501, XC_WHY_SYNTAX },
	{ "a word too many", "XCRYPT chacha20_2.0 AAAA " N16 " x", F501, XC_WHY_SYNTAX },
	{ "two SPs", "XCRYPT chacha20_2.0  AAAA " N16, F501, XC_WHY_SYNTAX },
	{ "two SPs behind the verb", "XCRYPT  chacha20_2.0 AAAA " N16, F501, XC_WHY_SYNTAX },
	{ "a trailing SP", "XCRYPT chacha20_2.0 AAAA " N16 " ", F501, XC_WHY_SYNTAX },
	{ "a TAB", "XCRYPT chacha20_2.0\tAAAA " N16, F501, XC_WHY_SYNTAX },
	{ "a malformed suite", "XCRYPT chacha20 AAAA " N16, F504, XC_WHY_NO_SUITE },
	{ "another verb", "XCRAPT chacha20_2.0 AAAA " N16, F501, XC_WHY_SYNTAX },
	{ "an unknown suite", "XCRYPT nosuch_9.9 AAAA " N16, F504, XC_WHY_NO_SUITE },
	{ "a suite that was not listed", "XCRYPT chacha20_2.1 AAAA " N16, F504, XC_WHY_NO_SUITE },
	{ "the unassigned suite", "XCRYPT t16_1.0 AAAA " N10, F504, XC_WHY_NO_SUITE },
	{ "a short key", "XCRYPT chacha20_2.0 AAAA " N16, F501, XC_WHY_SYNTAX },
	{ "OK with no exchange begun", "XCRYPT OK", F503, XC_WHY_MOMENT },
	{ "OK with a confirmation", "XCRYPT OK " N16, F503, XC_WHY_MOMENT },
	{ "FAIL with no exchange begun", "XCRYPT FAIL", F503, XC_WHY_MOMENT },
	{ "FAIL with a reason", "XCRYPT FAIL at all", F503, XC_WHY_MOMENT },
};

static void test_first(void)
{
	struct drive d;
	size_t i;

	for (i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
		drive_server(&d, &w, NULL, firsts[i].line);
		drive_run(&d);
		is(drive_ended(&d, XCRYPT_CLASS_ANSWERED, firsts[i].reason, firsts[i].answer),
		   "first line, %s", firsts[i].what);
		drive_free(&d);
	}
}

/* Lines of a good exchange with one word replaced. */
static void first_with(const char *suite, const char *key, const char *nonce,
		       const char *answer, enum xc_reason reason, const char *what)
{
	char k[256], n[64], line[4096];
	struct client c;
	struct drive d;

	client_init(&c, suite);
	word_of(c.line, 2, k);
	word_of(c.line, 3, n);
	sprintf(line, "XCRYPT %s %s %s", suite, key ? key : k, nonce ? nonce : n);
	drive_server(&d, &w, NULL, line);
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_ANSWERED, reason, answer), "%s: %s", suite, what);
	drive_free(&d);
	client_end(&c);
}

static void test_values(void)
{
	uint8_t octets[128] = { 1, 2, 3 };
	char text[200];
	int i;

	for (i = 0; i < N_REFUSE; i++) {
		const struct refuse_vector *v = &refuse_vectors[i];
		bool old = v->version && !strcmp(v->version, "1.0");

		if (v->base64) {
			/* With a space in it the number of words is wrong, which is a 501 too. */
			first_with("chacha20_2.0", v->base64, NULL, F501, XC_WHY_SYNTAX, v->why);
			first_with("chacha20_2.0", NULL, v->base64, F501, XC_WHY_SYNTAX, v->why);
			continue;
		}
		xc_base64_encode(text, v->K, old ? 96 : 32);
		first_with(old ? "t32_1.0" : "chacha20_2.0", text, NULL, F454, XC_WHY_PUBLIC_KEY,
			   v->why);
		first_with(old ? "arrsyfor_1.0" : "aes256ctr_2.0", text, NULL, F454,
			   XC_WHY_PUBLIC_KEY, v->why);
	}
	for (i = 31; i <= 33; i += 2) {
		xc_base64_encode(text, octets, i);
		first_with("chacha20_2.0", text, NULL, F501, XC_WHY_SYNTAX, "length of K_a");
	}
	for (i = 95; i <= 97; i += 2) {
		xc_base64_encode(text, octets, i);
		first_with("t32_1.0", text, NULL, F501, XC_WHY_SYNTAX, "length of K_a");
	}
	first_with("chacha20_2.0", NULL, N10, F501, XC_WHY_SYNTAX, "a nonce of 10 octets");
	first_with("t32_1.0", NULL, N16, F501, XC_WHY_SYNTAX, "a nonce of 16 octets");
	xc_base64_encode(text, octets, 17);
	first_with("chacha20_2.0", NULL, text, F501, XC_WHY_SYNTAX, "a nonce of 17 octets");
}

static void test_first_length(void)
{
	char line[XC_LINE_MAX + 2];
	struct drive d;
	int len;

	for (len = XC_LINE_MAX - 2; len <= XC_LINE_MAX - 1; len++) {
		bool fits = len + 2 <= XC_LINE_MAX;

		memset(line, 'A', sizeof(line));
		memcpy(line, "XCRYPT chacha20_2.0 ", 20);
		line[len] = '\0';
		drive_server(&d, &w, NULL, line);
		drive_run(&d);
		is(drive_ended(&d, fits ? XCRYPT_CLASS_ANSWERED : XCRYPT_CLASS_CLOSED,
			       fits ? XC_WHY_SYNTAX : XC_WHY_TOO_LONG, F501),
		   "first line of %d with its CRLF", len + 2);
		drive_free(&d);
	}
	memset(&d, 0, sizeof(d));
	d.x = xc_exchange_server(&w.env, &w.offer, "XCRYPT\0OK", 9, &w.addr);
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_NUL, F501), "first line with a NUL");
	drive_free(&d);
	memset(&d, 0, sizeof(d));
	d.x = xc_exchange_server(&w.env, &w.offer, NULL, 0, &w.addr);
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_ANSWERED, XC_WHY_SYNTAX, F501), "an empty first line");
	drive_free(&d);
}

/* The first line may come with or without its end, and in any case. */
static void test_first_forms(void)
{
	static const char * const ends[] = { "", "\r\n", "\n" };
	char line[XC_LINE_MAX + 4];
	struct client c;
	struct drive d;
	size_t i;

	for (i = 0; i < 3; i++) {
		client_init(&c, "chacha20_2.0");
		c.line[strlen(c.line) - 2] = '\0';
		sprintf(line, "%s%s", c.line, ends[i]);
		memcpy(line, "xCrYpT ChAcHa20_2.0", 19);
		drive_server(&d, &w, NULL, line);
		drive_run(&d);
		client_reply(&c, d.sent);
		drive_input(&d, c.ok);
		drive_run(&d);
		is(drive_ended(&d, XCRYPT_CLASS_ENCRYPTED, XC_WHY_DONE, NULL),
		   "mixed case, and %s at the end", i == 0 ? "nothing" : i == 1 ? "CRLF" : "LF");
		close_exchange(&d, &c);
	}
}

static void test_first_queued(void)
{
	struct client c;
	struct drive d;

	client_init(&c, "chacha20_2.0");
	drive_server(&d, &w, NULL, c.line);
	d.queued_first = true;
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_PIPELINED, F503),
	   "octets behind the first line");
	close_exchange(&d, &c);
}

/* What was listed on the connection counts, not what is configured now. */
static void test_offer(void)
{
	struct client c;
	struct drive d;

	client_init(&c, "aes256ctr_2.0");
	drive_server(&d, &w, "chacha20_2.0", c.line);
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_ANSWERED, XC_WHY_NO_SUITE, F504),
	   "a suite that was not listed on this connection");
	close_exchange(&d, &c);
}

/* --- the second line --- */

static const struct {
	const char *what, *line, *answer;
	enum xcrypt_class class;
	enum xc_reason reason;
} seconds[] = {
	{ "OK without confirmation", "XCRYPT OK\r\n", F501, XCRYPT_CLASS_ANSWERED, XC_WHY_SYNTAX },
	{ "OK, wrong confirmation", "XCRYPT OK " N16 "\r\n", F454, XCRYPT_CLASS_ANSWERED,
	  XC_WHY_CONFIRM },
	{ "OK, short confirmation", "XCRYPT OK AAAA\r\n", F501, XCRYPT_CLASS_ANSWERED,
	  XC_WHY_SYNTAX },
	{ "OK, bad base64", "XCRYPT OK AAECAwQFBgcICQoLDA0OD!==\r\n", F501, XCRYPT_CLASS_ANSWERED,
	  XC_WHY_SYNTAX },
	{ "OK, trailing bits", "XCRYPT OK AAECAwQFBgcICQoLDA0ODx==\r\n", F501,
	  XCRYPT_CLASS_ANSWERED,
	  XC_WHY_SYNTAX },
	{ "OK, two words", "XCRYPT OK " N16 " " N16 "\r\n", F501, XCRYPT_CLASS_ANSWERED,
	  XC_WHY_SYNTAX },
	{ "OK, many words", "XCRYPT OK a b c d e\r\n", F501, XCRYPT_CLASS_ANSWERED, XC_WHY_SYNTAX },
	{ "OK, trailing SP", "XCRYPT OK \r\n", F501, XCRYPT_CLASS_ANSWERED, XC_WHY_SYNTAX },
	{ "OK, two SPs", "XCRYPT  OK\r\n", F501, XCRYPT_CLASS_ANSWERED, XC_WHY_SYNTAX },
	{ "XCRYPT alone", "XCRYPT\r\n", F503, XCRYPT_CLASS_ANSWERED, XC_WHY_MOMENT },
	{ "OK, bare LF", "XCRYPT OK " N16 "\n", F501, XCRYPT_CLASS_ANSWERED, XC_WHY_BARE_LF },
	{ "FAIL", "XCRYPT FAIL\r\n", "250 XCRYPT FAIL\r\n", XCRYPT_CLASS_ANSWERED,
	  XC_WHY_PEER_FAIL },
	{ "FAIL in lower case", "xcrypt fail\r\n", "250 XCRYPT FAIL\r\n", XCRYPT_CLASS_ANSWERED,
	  XC_WHY_PEER_FAIL },
	{ "FAIL with a reason", "XCRYPT FAIL I \"had\" to\x01\r\n", "250 XCRYPT FAIL\r\n",
	  XCRYPT_CLASS_ANSWERED, XC_WHY_PEER_FAIL },
	{ "FAIL, bare LF", "XCRYPT FAIL\n", F501, XCRYPT_CLASS_ANSWERED, XC_WHY_BARE_LF },
	{ "QUIT", "QUIT\r\n", F503, XCRYPT_CLASS_ANSWERED, XC_WHY_MOMENT },
	{ "NOOP", "NOOP\r\n", F503, XCRYPT_CLASS_ANSWERED, XC_WHY_MOMENT },
	{ "RSET", "RSET\r\n", F503, XCRYPT_CLASS_ANSWERED, XC_WHY_MOMENT },
	{ "MAIL", "MAIL FROM:<a@example.org>\r\n", F503, XCRYPT_CLASS_ANSWERED, XC_WHY_MOMENT },
	{ "another XCRYPT", "XCRYPT chacha20_2.0 AAAA " N16 "\r\n", F503, XCRYPT_CLASS_ANSWERED,
	  XC_WHY_MOMENT },
	{ "an empty line", "\r\n", F503, XCRYPT_CLASS_ANSWERED, XC_WHY_MOMENT },
	{ "OK and a CR", "XCRYPT OK\r\r\n", F503, XCRYPT_CLASS_ANSWERED, XC_WHY_MOMENT },
};

static void test_second(void)
{
	struct client c;
	struct drive d;
	size_t i, chunk;

	for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		for (chunk = 0; chunk < 2; chunk++) {
			char in[4096];

			open_exchange(&d, &c, "chacha20_2.0");
			d.chunk = chunk;
			sprintf(in, "%sNOOP\r\n", seconds[i].line);
			drive_input(&d, in);
			drive_run(&d);
			is(drive_ended(&d, seconds[i].class, seconds[i].reason,
				       seconds[i].answer) &&
			   d.taken == strlen(seconds[i].line) && !strpbrk(d.trace, "prtb"),
			   "second line, %s%s", seconds[i].what, chunk ? ", octet by octet" : "");
			close_exchange(&d, &c);
		}
	}
}

static void test_second_length(void)
{
	static char in[10 << 20];
	struct client c;
	struct drive d;
	int len;

	for (len = XC_LINE_MAX; len <= XC_LINE_MAX + 1; len++) {
		bool fits = len <= XC_LINE_MAX;

		open_exchange(&d, &c, "chacha20_2.0");
		memset(in, 'A', len);
		memcpy(in, "XCRYPT OK ", 10);
		strcpy(in + len - 2, "\r\nNOOP\r\n");
		drive_input(&d, in);
		drive_run(&d);
		is(drive_ended(&d, fits ? XCRYPT_CLASS_ANSWERED : XCRYPT_CLASS_CLOSED,
			       fits ? XC_WHY_SYNTAX : XC_WHY_TOO_LONG, F501),
		   "second line of %d", len);
		is(d.taken == XC_LINE_MAX, "%d octets of it were read", XC_LINE_MAX);
		close_exchange(&d, &c);
	}
	open_exchange(&d, &c, "chacha20_2.0");
	memset(in, 'A', sizeof(in) - 1);
	drive_input(&d, in);
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_TOO_LONG, F501) && d.taken == XC_LINE_MAX,
	   "10 MiB without LF: 2048 octets are read");
	close_exchange(&d, &c);
}

static void test_second_nul(void)
{
	struct client c;
	struct drive d;

	open_exchange(&d, &c, "chacha20_2.0");
	d.input = "XCRYPT\0OK\r\n";
	d.input_len = 11;
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_NUL, F501), "second line with a NUL");
	close_exchange(&d, &c);
	open_exchange(&d, &c, "chacha20_2.0");
	d.input = "XCRYPT\0";
	d.input_len = 7;
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_NUL, F501), "a NUL and no more to come");
	close_exchange(&d, &c);
}

/* A good exchange up to its end, with one thing going wrong. */
static void good_with(const char *what, const char *suite, struct drive faults,
		      enum xcrypt_class class, enum xc_reason reason, const char *last,
		      const char *trace)
{
	struct client c;
	struct drive d;
	const char *end;

	open_exchange(&d, &c, suite);
	d.queued = faults.queued;
	d.err_prepare = faults.err_prepare;
	d.err_rx = faults.err_rx;
	d.err_tx = faults.err_tx;
	drive_input(&d, c.ok);
	drive_run(&d);
	end = strstr(d.sent, last);
	is(drive_ended(&d, class, reason, NULL) && (last[0] ? end == d.sent : !d.sent[0]) &&
	   !strcmp(d.trace, trace), "%s, %s: trace %s", suite, what, d.trace);
	close_exchange(&d, &c);
}

static void test_switch(void)
{
	static const char * const suites[] = {
		"chacha20_2.0", "aes256ctr_2.0", "t32_1.0", "arrsyfor_1.0",
	};
	size_t i;

	for (i = 0; i < 4; i++) {
		good_with("nothing wrong", suites[i], (struct drive){ 0 }, XCRYPT_CLASS_ENCRYPTED,
			  XC_WHY_DONE,
			  "250 XCRYPT OK", "q><qpr>t");
		good_with("octets behind OK", suites[i], (struct drive){ .queued = true },
			  XCRYPT_CLASS_CLOSED, XC_WHY_PIPELINED, "", "q><q");
		good_with("octets as the receive key goes in", suites[i],
			  (struct drive){ .err_rx = -ENOTEMPTY }, XCRYPT_CLASS_CLOSED,
			  XC_WHY_PIPELINED, "",
			  "q><qpr");
		good_with("no memory to prepare", suites[i],
			  (struct drive){ .err_prepare = -ENOMEM }, XCRYPT_CLASS_ANSWERED,
			  XC_WHY_FAULT,
			  F454, "q><qp>");
		good_with("receive key refused", suites[i], (struct drive){ .err_rx = -ENOMEM },
			  XCRYPT_CLASS_CLOSED, XC_WHY_INSTALL, "", "q><qpr");
		good_with("send key refused", suites[i], (struct drive){ .err_tx = -EBUSY },
			  XCRYPT_CLASS_CLOSED, XC_WHY_INSTALL, "250 XCRYPT OK", "q><qpr>t");
	}
}

/* Octets behind a wrong XCRYPT OK: never answered, as b cannot tell whose they are. */
static void test_wrong_and_queued(void)
{
	struct client c;
	struct drive d;

	open_exchange(&d, &c, "chacha20_2.0");
	d.queued = true;
	drive_input(&d, "XCRYPT OK " N16 "\r\nMAIL");
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_PIPELINED, ""), "octets behind a wrong OK");
	close_exchange(&d, &c);
}

static void test_first_version(void)
{
	struct client c;
	struct drive d;

	open_exchange(&d, &c, "t32_1.0");
	drive_input(&d, "XCRYPT OK\n");
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_ENCRYPTED, XC_WHY_DONE, "250 XCRYPT OK\r\n"),
	   "1.0: bare LF is taken");
	close_exchange(&d, &c);
	open_exchange(&d, &c, "t32_1.0");
	drive_input(&d, "XCRYPT OK " N16 "\r\n");
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_ANSWERED, XC_WHY_SYNTAX, F501),
	   "1.0: a confirmation is refused");
	close_exchange(&d, &c);
	open_exchange(&d, &c, "t32_1.0");
	drive_input(&d, "XCRYPT FAIL why not\n");
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_ANSWERED, XC_WHY_PEER_FAIL, "250 XCRYPT FAIL\r\n"),
	   "1.0: FAIL, LF");
	close_exchange(&d, &c);
}

/* --- beside --- */

static void test_interrupted(void)
{
	struct client c;
	struct drive d;

	open_exchange(&d, &c, "chacha20_2.0");
	xc_exchange_read(d.x, NULL, 0);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_PEER_CLOSED, ""),
	   "end of file instead of OK");
	close_exchange(&d, &c);
	open_exchange(&d, &c, "chacha20_2.0");
	drive_input(&d, "XCRYPT O");
	drive_run(&d);
	xc_exchange_read(d.x, NULL, 0);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_PEER_CLOSED, ""), "end of file within OK");
	close_exchange(&d, &c);
	open_exchange(&d, &c, "chacha20_2.0");
	xc_exchange_failed(d.x, -ECONNRESET);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_IO, "") &&
	   xc_exchange_outcome(d.x)->cause == ECONNRESET, "reset instead of OK");
	close_exchange(&d, &c);
	open_exchange(&d, &c, "chacha20_2.0");
	xc_exchange_cancel(d.x);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_CANCELLED, ""),
	   "cancelled after the first octet");
	close_exchange(&d, &c);
	client_init(&c, "chacha20_2.0");
	drive_server(&d, &w, NULL, c.line);
	xc_exchange_cancel(d.x);
	is(drive_ended(&d, XCRYPT_CLASS_NONE, XC_WHY_CANCELLED, ""),
	   "cancelled before the first octet");
	xc_exchange_cancel(d.x);
	xc_exchange_timeout(d.x);
	xc_exchange_failed(d.x, -EIO);
	xc_exchange_read(d.x, "x", 1);
	xc_exchange_done(d.x, -EIO);
	is(drive_ended(&d, XCRYPT_CLASS_NONE, XC_WHY_CANCELLED, ""), "what is over stays as it is");
	close_exchange(&d, &c);
}

#define F421	"421 4.4.2 XCRYPT took too long\r\n"

static void test_timeout(void)
{
	struct client c;
	struct drive d;

	open_exchange(&d, &c, "chacha20_2.0");
	xc_exchange_timeout(d.x);
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_TIMEOUT, F421), "silence: 421, then close");
	close_exchange(&d, &c);
	open_exchange(&d, &c, "chacha20_2.0");
	xc_exchange_timeout(d.x);
	xc_exchange_timeout(d.x);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_TIMEOUT, ""),
	   "the 421 cannot be written: close");
	close_exchange(&d, &c);
	client_init(&c, "chacha20_2.0");
	drive_server(&d, &w, NULL, c.line);
	xc_exchange_done(d.x, 0);
	xc_exchange_written(d.x, 5);
	xc_exchange_timeout(d.x);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_TIMEOUT, NULL), "within a reply: no 421");
	close_exchange(&d, &c);
	open_exchange(&d, &c, "chacha20_2.0");
	drive_input(&d, c.ok);
	while (xc_exchange_action(d.x) != XC_DO_KEY_RX_STRICT) {
		if (xc_exchange_action(d.x) == XC_DO_READ)
			xc_exchange_read(d.x, c.ok, strlen(c.ok));
		else
			xc_exchange_done(d.x, 0);
	}
	xc_exchange_timeout(d.x);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_TIMEOUT, ""), "once keys go in: no 421");
	close_exchange(&d, &c);
}

/* A caller that reads past the LF is stopped, not believed. */
static void test_read_too_far(void)
{
	struct client c;
	struct drive d;

	open_exchange(&d, &c, "chacha20_2.0");
	xc_exchange_read(d.x, "XCRYPT FAIL\r\nQUIT\r\n", 19);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_FAULT, ""),
	   "octets beyond the LF are not taken");
	close_exchange(&d, &c);
}

static void test_text(void)
{
	struct client c;
	struct drive d;

	open_exchange(&d, &c, "chacha20_2.0");
	drive_input(&d, "XCRYPT FAIL \"a\\b\" \x7f\xc3\xa9 end\r\n");
	drive_run(&d);
	is(!strcmp(xc_exchange_outcome(d.x)->text, "\\x22a\\x5cb\\x22 \\x7f\\xc3\\xa9 end"),
	   "the peer's reason is escaped: %s", xc_exchange_outcome(d.x)->text);
	is(xc_exchange_outcome(d.x)->code == 250, "the code of the last reply is kept");
	close_exchange(&d, &c);
}

static int no_random(void *p, size_t size)
{
	(void)p;
	(void)size;
	return -EIO;
}

static void test_no_random(void)
{
	struct client c;
	struct drive d;

	w.env.random = no_random;
	client_init(&c, "chacha20_2.0");
	drive_server(&d, &w, NULL, c.line);
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_ANSWERED, XC_WHY_FAULT, F454), "no randomness: 454");
	close_exchange(&d, &c);
	w.env.random = xc_secret_random;
}

/* Entries are made by a verified OK and by nothing else. */
static void test_cache(void)
{
	const struct xc_keyring_stats *stats;
	char again[XC_LINE_MAX + 1];
	struct client c;
	struct drive d;

	world_free(&w);
	world_init(&w, true, XC_CACHE_MEMORY);
	stats = xc_keyring_stats(w.env.ring);
	open_exchange(&d, &c, "chacha20_2.0");
	strcpy(again, c.line);
	drive_input(&d, "XCRYPT OK " N16 "\r\n");
	drive_run(&d);
	drive_free(&d);
	drive_server(&d, &w, NULL, again);
	drive_run(&d);
	is(stats->hits == 0 && stats->agreed == 2, "a wrong confirmation makes no entry");
	client_reply(&c, d.sent);
	drive_input(&d, c.ok);
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_ENCRYPTED, XC_WHY_DONE, NULL) &&
	   !xc_exchange_outcome(d.x)->hit,
	   "the right one");
	drive_free(&d);
	drive_server(&d, &w, NULL, again);
	drive_run(&d);
	is(stats->hits == 1 && stats->agreed == 2 && stats->generated == 1,
	   "then the same K_a costs no public-key operation");
	client_reply(&c, d.sent);
	drive_input(&d, c.ok);
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_ENCRYPTED, XC_WHY_DONE, NULL) &&
	   xc_exchange_outcome(d.x)->hit,
	   "and the exchange succeeds, with fresh nonces");
	close_exchange(&d, &c);
}

int main(void)
{
	world_init(&w, true, XC_CACHE_MEMORY);
	test_first();
	test_values();
	test_first_length();
	test_first_forms();
	test_first_queued();
	test_offer();
	test_second();
	test_second_length();
	test_second_nul();
	test_switch();
	test_wrong_and_queued();
	test_first_version();
	test_interrupted();
	test_timeout();
	test_read_too_far();
	test_text();
	test_no_random();
	test_cache();
	world_free(&w);
	return tap_done();
}
