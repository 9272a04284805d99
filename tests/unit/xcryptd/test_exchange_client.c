// SPDX-License-Identifier: GPL-2.0
/* a's side against a peer that breaks each rule of the protocol in turn. */
#include <errno.h>
#include <stdlib.h>

#include "common/base64.h"
#include "agreement/derive.h"
#include "drive.h"
#include "handshake_vectors.h"
#include "common/secret.h"
#include "tap.h"

#define FAIL	"XCRYPT FAIL\r\n"
#define N16	"AAECAwQFBgcICQoLDA0ODw=="

static struct world w;

/* A server of our own making. */
struct server {
	const struct xc_suite *suite;
	struct xc_private *own;
	struct xc_transcript t;
	struct xc_keys keys;
	char values[XC_LINE_MAX + 1];	/* 250 XCRYPT K_b N_b */
	char ok[64];			/* 250 XCRYPT OK [C_b] */
};

/* From "XCRYPT SUITE K_a N_a". offer NULL: the world's. */
static void server_init(struct server *s, const char *offer, const char *line)
{
	char word[XC_LINE_MAX], key[XC_LINE_MAX], nonce[64];
	uint8_t stored[XC_PRIVATE_MAX], random[XC_RANDOM_MAX], shared[XC_SHARED_MAX];
	const struct xc_kex *kex;

	memset(s, 0, sizeof(*s));
	word_of(line, 1, word);
	s->suite = xc_suite_find((struct xc_word){ word, strlen(word) });
	kex = s->suite->kex;
	s->t.suite = s->suite;
	s->t.offer = w.offer;
	if (offer)
		xc_offer_parse(&s->t.offer, offer, strlen(offer));
	word_of(line, 2, word);
	if (xc_base64_decode(s->t.public_a, kex->public_a_len, word, strlen(word)))
		abort();
	word_of(line, 3, word);
	if (xc_base64_decode(s->t.nonce_a, kex->nonce_len, word, strlen(word)))
		abort();
	xc_secret_random(stored, sizeof(stored));
	xc_secret_random(random, sizeof(random));
	xc_secret_random(s->t.nonce_b, sizeof(s->t.nonce_b));
	s->own = kex->load(stored, s->t.public_b);
	if (kex->answer(s->own, random, s->t.public_a, s->t.public_b, shared) ||
	    kex->derive(&s->t, shared, &s->keys))
		abort();
	xc_base64_encode(key, s->t.public_b, kex->public_b_len);
	xc_base64_encode(nonce, s->t.nonce_b, kex->nonce_len);
	xc_line_format(s->values, sizeof(s->values), "250 XCRYPT", key, nonce, NULL);
	xc_base64_encode(word, s->keys.confirm_b, kex->confirm_len);
	xc_line_format(s->ok, sizeof(s->ok), "250 XCRYPT OK", kex->confirm_len ? word : NULL, NULL);
}

static void clear_sent(struct drive *d)
{
	d->sent_len = 0;
	memset(d->sent, 0, sizeof(d->sent));
}

/* Begin; a has sent its first line and waits. */
static void begin(struct drive *d, struct server *s, const char *offer)
{
	drive_client(d, &w, offer);
	drive_run(d);
	server_init(s, offer, d->sent);
	clear_sent(d);
}

/* Begin, and go on until a has sent XCRYPT OK and waits. */
static void go_to_ok(struct drive *d, struct server *s)
{
	begin(d, s, NULL);
	drive_input(d, s->values);
	drive_run(d);
	clear_sent(d);
}

static void end(struct drive *d, struct server *s)
{
	drive_free(d);
	s->suite->kex->unload(s->own);
}

/* --- the offer --- */

static void chooses(const char *offer, const char *suite)
{
	struct drive d;
	char word[64];

	drive_client(&d, &w, offer);
	drive_run(&d);
	word_of(d.sent, 1, word);
	is(!strcmp(word, suite), "of \"%s\" a chooses %s", offer, word);
	drive_free(&d);
}

static void test_offer(void)
{
	struct drive d;

	chooses("chacha20_2.0 aes256ctr_2.0", "chacha20_2.0");
	chooses("aes256ctr_2.0 chacha20_2.0", "aes256ctr_2.0");
	chooses("nosuch_9.9 ?? AES256CTR_2.0 chacha20_2.0", "aes256ctr_2.0");
	chooses("t32_1.0 chacha20_2.0", "chacha20_2.0");
	chooses("arrsyfor_1.0 t32_1.0 aes256ctr_2.0 chacha20_2.0", "aes256ctr_2.0");
	chooses("arrsyfor_1.0 t32_1.0", "arrsyfor_1.0");
	chooses("123456789012345678901234567890123 chacha20_2.0", "chacha20_2.0");
	drive_client(&d, &w, "nosuch_9.9 t16_1.0");
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_NONE, XC_WHY_NO_SUITE, ""),
	   "no suite in common: nothing is said");
	drive_free(&d);
	w.suites.n = 2;
	chooses("t32_1.0 aes256ctr_2.0", "aes256ctr_2.0");
	drive_client(&d, &w, "t32_1.0 arrsyfor_1.0");
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_NONE, XC_WHY_NO_SUITE, ""),
	   "1.0 is not spoken unless configured");
	drive_free(&d);
	w.suites.n = 4;
}

/* --- the answer to the first line --- */

static const struct {
	const char *what, *input, *sent;
	enum xcrypt_class class;
	enum xc_reason reason;
	size_t left;		/* octets of input that must not be read */
} firsts[] = {
	{ "500", "500 what?\r\n", "", XCRYPT_CLASS_ANSWERED, XC_WHY_REFUSED, 0 },
	{ "454", "454 4.7.0 XCRYPT FAIL\r\n", "", XCRYPT_CLASS_ANSWERED, XC_WHY_REFUSED, 0 },
	{ "504, the next reply behind", "504 5.5.4 XCRYPT FAIL\r\n250 x\r\n", "",
	  XCRYPT_CLASS_ANSWERED,
	  XC_WHY_REFUSED, 7 },
	{ "500 of three lines", "500-what\r\n500-do you\r\n500 mean\r\n", "", XCRYPT_CLASS_ANSWERED,
	  XC_WHY_REFUSED, 0 },
	{ "421", "421 4.3.2 bye\r\n", "", XCRYPT_CLASS_CLOSED, XC_WHY_PEER_CLOSING, 0 },
	{ "421 and no text", "421\r\n", "", XCRYPT_CLASS_CLOSED, XC_WHY_PEER_CLOSING, 0 },
	{ "421 of two lines", "421-4.3.2 time to\r\n421 4.3.2 go\r\n", "", XCRYPT_CLASS_CLOSED,
	  XC_WHY_PEER_CLOSING, 0 },
	{ "a 421 to FAIL", "250 OK\r\n421 4.3.2 bye\r\n", FAIL, XCRYPT_CLASS_CLOSED,
	  XC_WHY_PEER_CLOSING, 0 },
	{ "a 454 to FAIL", "250 OK\r\n454 no\r\n", FAIL, XCRYPT_CLASS_ANSWERED, XC_WHY_SYNTAX, 0 },
	{ "250 and no words", "250\r\n250 XCRYPT FAIL\r\n", FAIL, XCRYPT_CLASS_ANSWERED,
	  XC_WHY_SYNTAX, 0 },
	{ "250 OK", "250 OK\r\n250 XCRYPT FAIL\r\n", FAIL, XCRYPT_CLASS_ANSWERED, XC_WHY_SYNTAX,
	  0 },
	{ "250 XCRYPT OK", "250 XCRYPT OK\r\n250 XCRYPT FAIL\r\n", FAIL, XCRYPT_CLASS_ANSWERED,
	  XC_WHY_SYNTAX, 0 },
	{ "250 XCRYPT FAIL", "250 XCRYPT FAIL\r\n250 XCRYPT FAIL\r\n", FAIL, XCRYPT_CLASS_ANSWERED,
	  XC_WHY_SYNTAX, 0 },
	{ "250, a short key", "250 XCRYPT AAAA " N16 "\r\n250 XCRYPT FAIL\r\n", FAIL,
	  XCRYPT_CLASS_ANSWERED,
	  XC_WHY_SYNTAX, 0 },
	{ "250 of two bad lines", "250-XCRYPT a b\r\n250 XCRYPT a b\r\n250 XCRYPT FAIL\r\n", FAIL,
	  XCRYPT_CLASS_ANSWERED, XC_WHY_SYNTAX, 0 },
	{ "a 250 to FAIL that says something else", "250 OK\r\n250 fine\r\n", FAIL,
	  XCRYPT_CLASS_ANSWERED,
	  XC_WHY_SYNTAX, 0 },
	{ "a 503 to FAIL", "250 OK\r\n503 no\r\n", FAIL, XCRYPT_CLASS_ANSWERED, XC_WHY_SYNTAX, 0 },
	{ "a 354 to FAIL", "250 OK\r\n354 go on\r\n", FAIL, XCRYPT_CLASS_CLOSED, XC_WHY_UNEXPECTED,
	  0 },
	{ "220", "220 hello\r\n", "", XCRYPT_CLASS_CLOSED, XC_WHY_UNEXPECTED, 0 },
	{ "251", "251 XCRYPT a b\r\n", "", XCRYPT_CLASS_CLOSED, XC_WHY_UNEXPECTED, 0 },
	{ "354", "354 go on\r\n", "", XCRYPT_CLASS_CLOSED, XC_WHY_UNEXPECTED, 0 },
	{ "no code", "hello\r\n", "", XCRYPT_CLASS_CLOSED, XC_WHY_UNEXPECTED, 0 },
	{ "an empty line", "\r\n", "", XCRYPT_CLASS_CLOSED, XC_WHY_UNEXPECTED, 0 },
	{ "two codes in one reply", "500-a\r\n250 b\r\n", "", XCRYPT_CLASS_CLOSED,
	  XC_WHY_UNEXPECTED, 0 },
	{ "bare LF", "500 what?\n", "", XCRYPT_CLASS_CLOSED, XC_WHY_BARE_LF, 0 },
};

static void test_first(void)
{
	struct server s;
	struct drive d;
	size_t i, chunk;

	for (i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
		for (chunk = 0; chunk < 2; chunk++) {
			begin(&d, &s, NULL);
			d.chunk = chunk;
			drive_input(&d, firsts[i].input);
			drive_run(&d);
			is(drive_ended(&d, firsts[i].class, firsts[i].reason, firsts[i].sent) &&
			   d.taken == strlen(firsts[i].input) - firsts[i].left &&
			   !strpbrk(d.trace, "prtb"),
			   "first answer, %s%s", firsts[i].what, chunk ? ", octet by octet" : "");
			end(&d, &s);
		}
	}
}

/* A good answer with one word of it replaced. */
static void first_with(const char *suite, const char *key, const char *nonce,
		       enum xc_reason reason, const char *what)
{
	char k[256], n[64], input[4096];
	struct server s;
	struct drive d;

	begin(&d, &s, suite);
	word_of(s.values, 2, k);
	word_of(s.values, 3, n);
	sprintf(input, "250 XCRYPT %s %s\r\n250 XCRYPT FAIL\r\n", key ? key : k, nonce ? nonce : n);
	drive_input(&d, input);
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_ANSWERED, reason, FAIL), "%s: %s is answered with FAIL",
	   suite, what);
	end(&d, &s);
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
			first_with("chacha20_2.0", v->base64, NULL, XC_WHY_SYNTAX, v->why);
			first_with("chacha20_2.0", NULL, v->base64, XC_WHY_SYNTAX, v->why);
			continue;
		}
		xc_base64_encode(text, v->K, old ? 96 : 32);
		first_with(old ? "t32_1.0" : "chacha20_2.0", text, NULL, XC_WHY_PUBLIC_KEY, v->why);
	}
	xc_base64_encode(text, octets, 33);
	first_with("chacha20_2.0", text, NULL, XC_WHY_SYNTAX, "a long key");
	first_with("chacha20_2.0", NULL, "AAAA", XC_WHY_SYNTAX, "a short nonce");
	first_with("t32_1.0", NULL, N16, XC_WHY_SYNTAX, "a long nonce");
	first_with("chacha20_2.0", "", NULL, XC_WHY_SYNTAX, "a doubled SP");
	first_with("chacha20_2.0", NULL, N16 " ", XC_WHY_SYNTAX, "a trailing SP");
	first_with("chacha20_2.0", NULL, N16 " more", XC_WHY_SYNTAX, "a word too many");
}

/* The right values are no use in the last line of two. */
static void test_two_lines(void)
{
	char input[4096];
	struct server s;
	struct drive d;

	begin(&d, &s, NULL);
	sprintf(input, "250-hello\r\n%s250 XCRYPT FAIL\r\n", s.values);
	drive_input(&d, input);
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_ANSWERED, XC_WHY_SYNTAX, FAIL),
	   "the right values behind a line");
	end(&d, &s);
}

/* --- the answer to XCRYPT OK --- */

static const struct {
	const char *what, *input;
	enum xcrypt_class class;
	enum xc_reason reason;
} seconds[] = {
	{ "454", "454 4.7.0 XCRYPT FAIL\r\n", XCRYPT_CLASS_ANSWERED, XC_WHY_REFUSED },
	{ "501", "501 5.5.4 XCRYPT FAIL\r\n", XCRYPT_CLASS_ANSWERED, XC_WHY_REFUSED },
	{ "421", "421 4.4.2 bye\r\n", XCRYPT_CLASS_CLOSED, XC_WHY_PEER_CLOSING },
	{ "421 of two lines", "421-a\r\n421 b\r\n", XCRYPT_CLASS_CLOSED, XC_WHY_PEER_CLOSING },
	{ "500 of two lines", "500-a\r\n500 b\r\n", XCRYPT_CLASS_ANSWERED, XC_WHY_REFUSED },
	{ "no confirmation", "250 XCRYPT OK\r\n", XCRYPT_CLASS_CLOSED, XC_WHY_UNEXPECTED },
	{ "wrong confirmation", "250 XCRYPT OK " N16 "\r\n", XCRYPT_CLASS_CLOSED, XC_WHY_CONFIRM },
	{ "short confirmation", "250 XCRYPT OK AAAA\r\n", XCRYPT_CLASS_CLOSED, XC_WHY_UNEXPECTED },
	{ "two confirmations", "250 XCRYPT OK " N16 " " N16 "\r\n", XCRYPT_CLASS_CLOSED,
	  XC_WHY_UNEXPECTED },
	{ "FAIL", "250 XCRYPT FAIL\r\n", XCRYPT_CLASS_CLOSED, XC_WHY_UNEXPECTED },
	{ "250 OK", "250 OK\r\n", XCRYPT_CLASS_CLOSED, XC_WHY_UNEXPECTED },
	{ "250 alone", "250\r\n", XCRYPT_CLASS_CLOSED, XC_WHY_UNEXPECTED },
	{ "251", "251 XCRYPT OK\r\n", XCRYPT_CLASS_CLOSED, XC_WHY_UNEXPECTED },
	{ "no reply at all", "XCRYPT OK\r\n", XCRYPT_CLASS_CLOSED, XC_WHY_UNEXPECTED },
	{ "an empty line", "\r\n", XCRYPT_CLASS_CLOSED, XC_WHY_UNEXPECTED },
	{ "bare LF", "250 XCRYPT OK " N16 "\n", XCRYPT_CLASS_CLOSED, XC_WHY_BARE_LF },
};

static void test_second(void)
{
	struct server s;
	struct drive d;
	size_t i, chunk;

	for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		for (chunk = 0; chunk < 2; chunk++) {
			go_to_ok(&d, &s);
			d.chunk = chunk;
			drive_input(&d, seconds[i].input);
			drive_run(&d);
			is(drive_ended(&d, seconds[i].class, seconds[i].reason, "") &&
			   !strpbrk(d.trace, "rtb"),
			   "second answer, %s%s", seconds[i].what, chunk ? ", octet by octet" : "");
			end(&d, &s);
		}
	}
}

/* The right line, changed. */
static void second_with(const char *what, const char *format, bool good)
{
	char input[256], confirm[64];
	struct server s;
	struct drive d;

	go_to_ok(&d, &s);
	snprintf(input, sizeof(input), format, word_of(s.ok, 3, confirm));
	drive_input(&d, input);
	drive_run(&d);
	is(good ? drive_ended(&d, XCRYPT_CLASS_ENCRYPTED, XC_WHY_DONE, "") :
		  xc_exchange_outcome(d.x)->class == XCRYPT_CLASS_CLOSED && !strpbrk(d.trace,
										     "rtb"),
	   "the right confirmation, %s", what);
	end(&d, &s);
}

static void test_second_forms(void)
{
	second_with("as it should be", "250 XCRYPT OK %s\r\n", true);
	second_with("in lower case", "250 xcrypt ok %s\r\n", true);
	second_with("with a trailing SP", "250 XCRYPT OK %s \r\n", false);
	second_with("with two SPs", "250 XCRYPT OK  %s\r\n", false);
	second_with("with a word behind it", "250 XCRYPT OK %s 1\r\n", false);
	second_with("on bare LF", "250 XCRYPT OK %s\n", false);
	second_with("first of two lines", "250-XCRYPT OK %1$s\r\n250 XCRYPT OK %1$s\r\n", false);
	second_with("second of two lines", "250-hello\r\n250 XCRYPT OK %s\r\n", false);
	second_with("with an enhanced code", "250 2.0.0 XCRYPT OK %s\r\n", false);
}

/* A 250- to XCRYPT OK closes at its LF: what follows may be ciphertext. */
static void test_second_more(void)
{
	struct server s;
	struct drive d;

	go_to_ok(&d, &s);
	drive_input(&d, "250-XCRYPT OK\r\nciphertext, for all we know");
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_UNEXPECTED, "") && d.taken == 15,
	   "a 250- to OK closes at once");
	end(&d, &s);
}

/* --- lengths, at both places --- */

static void test_length(void)
{
	static char input[1 << 20];
	struct server s;
	struct drive d;
	int len;

	for (len = XC_LINE_MAX; len <= XC_LINE_MAX + 1; len++) {
		bool fits = len <= XC_LINE_MAX;

		begin(&d, &s, NULL);
		memset(input, 'A', len);
		memcpy(input, "500 ", 4);
		strcpy(input + len - 2, "\r\n");
		drive_input(&d, input);
		drive_run(&d);
		is(drive_ended(&d, fits ? XCRYPT_CLASS_ANSWERED : XCRYPT_CLASS_CLOSED,
			       fits ? XC_WHY_REFUSED : XC_WHY_TOO_LONG, "") &&
		   d.taken == XC_LINE_MAX, "an answer of %d", len);
		end(&d, &s);
	}
	memset(input, 'A', sizeof(input) - 1);
	go_to_ok(&d, &s);
	drive_input(&d, input);
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_TOO_LONG, "") && d.taken == XC_LINE_MAX,
	   "1 MiB without LF to OK");
	end(&d, &s);
	begin(&d, &s, NULL);
	d.input = "500 a\0b\r\n";
	d.input_len = 9;
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_NUL, ""), "a NUL in an answer");
	end(&d, &s);
	begin(&d, &s, NULL);
	input[0] = '\0';
	for (len = 0; len < 1000; len++)
		strcpy(input + 8 * len, "500-ab\r\n");
	drive_input(&d, input);
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_UNEXPECTED, "") && d.taken < 1000,
	   "an answer without end");
	end(&d, &s);
}

/* --- success, and faults of our own --- */

static void test_switch(void)
{
	static const char * const suites[] = {
		"chacha20_2.0", "aes256ctr_2.0", "t32_1.0", "arrsyfor_1.0",
	};
	struct server s;
	struct drive d;
	size_t i;

	for (i = 0; i < 4; i++) {
		char input[4096];

		begin(&d, &s, suites[i]);
		sprintf(input, "%s%s", s.values, s.ok);
		drive_input(&d, input);
		drive_run(&d);
		is(drive_ended(&d, XCRYPT_CLASS_ENCRYPTED, XC_WHY_DONE, NULL) && !strcmp(d.trace,
											 "><p><b"),
		   "%s: order of steps: %s", suites[i], d.trace);
		is(!memcmp(d.keys.tx_key, s.keys.key_c2s, s.suite->key_len) &&
		   !memcmp(d.keys.rx_key, s.keys.key_s2c, s.suite->key_len),
		   "%s: the keys agree", suites[i]);
		end(&d, &s);
	}
}

static void test_faults(void)
{
	struct server s;
	struct drive d;
	char input[4096];

	begin(&d, &s, NULL);
	d.err_prepare = -ENOMEM;
	sprintf(input, "%s250 XCRYPT FAIL\r\n", s.values);
	drive_input(&d, input);
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_ANSWERED, XC_WHY_FAULT, FAIL),
	   "no memory to prepare: FAIL");
	end(&d, &s);
	begin(&d, &s, NULL);
	d.err_both = -EBUSY;
	sprintf(input, "%s%s", s.values, s.ok);
	drive_input(&d, input);
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_INSTALL, NULL) &&
	   xc_exchange_outcome(d.x)->cause == EBUSY, "keys refused: closed");
	end(&d, &s);
}

/* Version 1.0 takes bare LF, and no confirmation. */
static void test_first_version(void)
{
	struct server s;
	struct drive d;
	char input[4096];

	begin(&d, &s, "t32_1.0");
	s.values[strlen(s.values) - 2] = '\0';
	sprintf(input, "%s\n250 XCRYPT OK\n", s.values);
	drive_input(&d, input);
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_ENCRYPTED, XC_WHY_DONE, NULL), "1.0: bare LF is taken");
	end(&d, &s);
	begin(&d, &s, "t32_1.0");
	sprintf(input, "%s250 XCRYPT OK " N16 "\r\n", s.values);
	drive_input(&d, input);
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_UNEXPECTED, NULL),
	   "1.0: a confirmation is not");
	end(&d, &s);
}

static void test_interrupted(void)
{
	struct server s;
	struct drive d;

	drive_client(&d, &w, NULL);
	xc_exchange_timeout(d.x);
	is(drive_ended(&d, XCRYPT_CLASS_NONE, XC_WHY_TIMEOUT, ""),
	   "time limit before the first octet");
	drive_free(&d);
	drive_client(&d, &w, NULL);
	xc_exchange_written(d.x, 1);
	xc_exchange_timeout(d.x);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_TIMEOUT, ""),
	   "time limit after the first octet");
	drive_free(&d);
	drive_client(&d, &w, NULL);
	xc_exchange_failed(d.x, -EPIPE);
	is(drive_ended(&d, XCRYPT_CLASS_NONE, XC_WHY_IO, "") &&
	   xc_exchange_outcome(d.x)->cause == EPIPE,
	   "writing fails before the first octet");
	drive_free(&d);
	begin(&d, &s, NULL);
	xc_exchange_read(d.x, NULL, 0);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_PEER_CLOSED, ""),
	   "end of file instead of an answer");
	end(&d, &s);
	go_to_ok(&d, &s);
	xc_exchange_read(d.x, NULL, 0);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_PEER_CLOSED, ""),
	   "end of file instead of OK");
	end(&d, &s);
	go_to_ok(&d, &s);
	xc_exchange_timeout(d.x);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_TIMEOUT, ""), "silence after OK");
	end(&d, &s);
	go_to_ok(&d, &s);
	xc_exchange_cancel(d.x);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_CANCELLED, ""), "cancelled after OK");
	end(&d, &s);
}

int main(void)
{
	world_init(&w, true, XC_CACHE_MEMORY);
	test_offer();
	test_first();
	test_values();
	test_two_lines();
	test_second();
	test_second_forms();
	test_second_more();
	test_length();
	test_switch();
	test_faults();
	test_first_version();
	test_interrupted();
	world_free(&w);
	return tap_done();
}
