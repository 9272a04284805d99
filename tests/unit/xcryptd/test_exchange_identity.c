// SPDX-License-Identifier: GPL-2.0
/*
 * Version 3: who b is, what a checks of it once and what each time, when the keys go in, what is
 * sent early, and how a refusal ends. The lines themselves are test_exchange_vectors.c's.
 */
#include <errno.h>
#include <stdlib.h>

#include "agreement/derive.h"
#include "common/base64.h"
#include "common/secret.h"
#include "drive.h"
#include "handshake_vectors.h"
#include "tap.h"

#define SUITE	"chachapoly_3.0"
#define F454	"454 4.7.0 XCRYPT FAIL\r\n"
#define F503	"503 5.5.1 XCRYPT FAIL\r\n"

static struct world w;

static const struct xc_suite *suite_of(const char *name)
{
	return xc_suite_find((struct xc_word){ name, strlen(name) });
}

/* --- a b of our own making --- */

/* What differs from an honest b: names of the vectors. */
struct part {
	const char *K_b, *I_b, *S_b;
	bool wrong_early, wrong_confirm;
};

static const struct part honest = { "B", "I", "S1", false, false };

/* Key pairs B and C, identities I and J. */
struct host {
	const struct xc_suite *suite;
	struct xc_private *own[2];
	struct xc_identity *identity[2];
	struct xc_transcript t;
	struct xc_keys keys;
	char line[XC_LINE_MAX], ok[64];
};

static void host_init(struct host *h, const char *suite)
{
	uint8_t stored[XC_PRIVATE_MAX], public[XC_PUBLIC_MAX];
	int i;

	memset(h, 0, sizeof(*h));
	h->suite = suite_of(suite);
	for (i = 0; i < 2; i++) {
		xc_secret_random(stored, sizeof(stored));
		h->own[i] = h->suite->kex->load(stored, public);
		h->identity[i] = xc_identity_new();
	}
}

static void host_free(struct host *h)
{
	int i;

	for (i = 0; i < 2; i++) {
		h->suite->kex->unload(h->own[i]);
		xc_identity_free(h->identity[i]);
	}
}

static void word_into(const char *line, int n, uint8_t *dst, size_t len)
{
	char word[XC_LINE_MAX];

	word_of(line, n, word);
	if (xc_base64_decode(dst, len, word, strlen(word)))
		abort();
}

/* What key pair @K_b makes of K_a. */
static void agree(const struct host *h, const char *K_b, struct xc_transcript *t, uint8_t *shared)
{
	uint8_t random[XC_RANDOM_MAX];

	memset(random, K_b[0], sizeof(random));
	if (h->suite->kex->answer(h->own[K_b[0] - 'B'], random, t->public_a, t->public_b, shared))
		abort();
}

/* S1: I's for B, S2: no signature, S3: J's for B. */
static void sign(const struct host *h, const char *S_b, uint8_t signature[XC_SIGNATURE_LEN])
{
	struct xc_transcript t = h->t;
	uint8_t message[XC_SIGNED_LEN], shared[XC_SHARED_MAX];

	agree(h, "B", &t, shared);
	if (xc_derive_signed(&t, message) ||
	    xc_identity_sign(h->identity[S_b[1] == '3'], signature, message))
		abort();
	if (S_b[1] == '2')
		signature[5] ^= 1;
}

/* "250 XCRYPT ..." and "250 XCRYPT OK C_b" to a's first line. */
static void host_answer(struct host *h, const char *first, const struct part *part)
{
	const struct xc_kex *kex = h->suite->kex;
	struct xc_transcript *t = &h->t;
	char key[2048], nonce[64], identity[64], signature[128], early[64];
	uint8_t shared[XC_SHARED_MAX];

	t->suite = h->suite;
	t->offer = w.offer;
	word_into(first, 2, t->public_a, kex->public_a_len);
	word_into(first, 3, t->nonce_a, kex->nonce_len);
	agree(h, part->K_b, t, shared);
	xc_secret_random(t->nonce_b, sizeof(t->nonce_b));
	if (kex->identity) {
		memcpy(t->proof.identity, xc_identity_public(h->identity[part->I_b[0] - 'I']),
		       XC_IDENTITY_LEN);
		sign(h, part->S_b, t->proof.signature);
	}
	if (kex->derive(t, shared, &h->keys))
		abort();
	h->keys.early[0] ^= part->wrong_early;
	h->keys.confirm_b[0] ^= part->wrong_confirm;
	xc_base64_encode(key, t->public_b, kex->public_b_len);
	xc_base64_encode(nonce, t->nonce_b, kex->nonce_len);
	xc_base64_encode(identity, t->proof.identity, XC_IDENTITY_LEN);
	xc_base64_encode(signature, t->proof.signature, XC_SIGNATURE_LEN);
	xc_base64_encode(early, h->keys.early, kex->confirm_len);
	xc_line_format(h->line, sizeof(h->line), "250 XCRYPT", key, nonce,
		       kex->identity ? identity : NULL, signature, early, NULL);
	xc_base64_encode(early, h->keys.confirm_b, kex->confirm_len);
	xc_line_format(h->ok, sizeof(h->ok), "250 XCRYPT OK", early, NULL);
}

/* a up to where it has said XCRYPT OK, or FAIL. */
static void begin(struct drive *d, struct host *h, const struct part *part, int err_judge)
{
	drive_client(d, &w, NULL);
	drive_run(d);
	host_answer(h, d->sent, part);
	d->sent_len = 0;
	memset(d->sent, 0, sizeof(d->sent));
	d->err_judge = err_judge;
	drive_input(d, h->line);
	drive_run(d);
}

static void go_on(struct drive *d, const char *text)
{
	drive_input(d, text);
	drive_run(d);
}

/* --- a --- */

static void test_met(struct host *h)
{
	const struct xc_outcome *o;
	struct drive d;

	begin(&d, h, &honest, 0);
	o = xc_exchange_outcome(d.x);
	is(o->met && !memcmp(o->identity, xc_identity_public(h->identity[0]), XC_IDENTITY_LEN),
	   "a knows who b is before it says XCRYPT OK");
	is(!strcmp(d.trace, "><jp>t"), "judges, says it, and has its send key in: %s", d.trace);
	go_on(&d, h->ok);
	is(drive_ended(&d, XCRYPT_CLASS_ENCRYPTED, XC_WHY_DONE, NULL) && !o->hit && o->signature,
	   "the first time the signature is checked");
	drive_free(&d);
	begin(&d, h, &honest, 0);
	go_on(&d, h->ok);
	o = xc_exchange_outcome(d.x);
	is(drive_ended(&d, XCRYPT_CLASS_ENCRYPTED, XC_WHY_DONE, NULL) && o->hit && !o->signature,
	   "the second time nothing but V_b and C_b");
	drive_free(&d);
}

static void test_refused_peer(struct host *h)
{
	struct drive d;

	begin(&d, h, &honest, -EACCES);
	is(!strcmp(d.sent, "XCRYPT FAIL\r\n") && !strcmp(d.trace, "><j>"),
	   "whom policy does not take is told FAIL");
	go_on(&d, "250 XCRYPT FAIL\r\n");
	is(drive_ended(&d, XCRYPT_CLASS_ANSWERED, XC_WHY_PEER, NULL) &&
	   xc_exchange_outcome(d.x)->met, "and nothing was switched");
	drive_free(&d);
}

static void test_early(struct host *h)
{
	static const char words[] = "EHLO a.example\r\n";
	struct drive d;

	w.wish = (struct xc_wish){ .early = words, .early_len = strlen(words) };
	begin(&d, h, &honest, 0);
	is(!strcmp(strchr(d.sent, '\n') + 1, words), "early octets are right behind XCRYPT OK");
	is(!strcmp(d.trace, "><jp>t>"), "but not before the send key is in: %s", d.trace);
	go_on(&d, h->ok);
	is(drive_ended(&d, XCRYPT_CLASS_ENCRYPTED, XC_WHY_DONE, NULL) &&
	   xc_exchange_outcome(d.x)->early_sent, "and the MTA is told");
	drive_free(&d);
	drive_client(&d, &w, NULL);
	d.chunk = 1;
	drive_run(&d);
	host_answer(h, d.sent, &honest);
	d.sent_len = 0;
	memset(d.sent, 0, sizeof(d.sent));
	go_on(&d, h->line);
	go_on(&d, h->ok);
	is(drive_ended(&d, XCRYPT_CLASS_ENCRYPTED, XC_WHY_DONE, NULL) &&
	   !strcmp(strchr(d.sent, '\n') + 1, words), "also octet by octet");
	drive_free(&d);
	w.wish = (struct xc_wish){ 0 };
}

/* From XCRYPT OK on there is no way back, whatever b says. */
static void test_no_way_back(struct host *h)
{
	static const char * const answers[] = {
		"454 4.7.0 XCRYPT FAIL\r\n", "250 XCRYPT FAIL\r\n", "250-XCRYPT OK\r\n",
		"454-4.7.0 no\r\n", "421 4.4.2 bye\r\n", "250 ok\r\n", "x\r\n",
	};
	struct drive d;
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		begin(&d, h, &honest, 0);
		go_on(&d, answers[i]);
		is(xc_exchange_action(d.x) == XC_DO_FINISH &&
		   xc_exchange_outcome(d.x)->class == XCRYPT_CLASS_CLOSED,
		   "closed at %.*s", (int)strcspn(answers[i], "\r"), answers[i]);
		drive_free(&d);
	}
}

static void test_a_faults(struct host *h)
{
	struct drive d;

	drive_client(&d, &w, NULL);
	drive_run(&d);
	host_answer(h, d.sent, &honest);
	d.err_tx = -ENOMEM;
	go_on(&d, h->line);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_INSTALL, NULL), "no send key: closed");
	drive_free(&d);
	drive_client(&d, &w, NULL);
	drive_run(&d);
	host_answer(h, d.sent, &honest);
	d.err_rx = -ENOMEM;
	go_on(&d, h->line);
	go_on(&d, h->ok);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_INSTALL, NULL), "no receive key: closed");
	drive_free(&d);
	begin(&d, h, &honest, 0);
	xc_exchange_timeout(d.x);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_TIMEOUT, NULL), "time limit: closed");
	drive_free(&d);
}

/* --- what a's cache spares, as the vectors have it --- */

struct step {
	struct part part;
	const char *ended;
	bool saves_secret, saves_signature;
};

/* Whether it went as it should. */
static bool take_step(struct host *h, const struct step *step)
{
	uint64_t hits = xc_keyring_stats(w.env.ring)->hits;
	const struct xc_outcome *o;
	struct part part = step->part;
	struct drive d;
	bool good;

	part.wrong_early = !strcmp(step->ended, "V_b wrong");
	part.wrong_confirm = !strcmp(step->ended, "C_b wrong");
	begin(&d, h, &part, !strcmp(step->ended, "policy refused") ? -EACCES : 0);
	if (!strcmp(step->ended, "closed"))
		xc_exchange_read(d.x, NULL, 0);
	else
		go_on(&d, !strncmp(d.sent, "XCRYPT OK", 9) ? h->ok : "250 XCRYPT FAIL\r\n");
	o = xc_exchange_outcome(d.x);
	good = xc_keyring_stats(w.env.ring)->hits - hits == step->saves_secret &&
	       (!h->suite->kex->identity || o->signature != step->saves_signature) &&
	       !strcmp(step->ended, "C_b verified") == (o->class == XCRYPT_CLASS_ENCRYPTED) &&
	       !strcmp(step->ended, "S_b refused") == (o->reason == XC_WHY_IDENTITY) &&
	       !strcmp(step->ended, "policy refused") == (o->reason == XC_WHY_PEER);
	drive_free(&d);
	return good;
}

static void test_check(const struct check_vector *v, const char *suite)
{
	struct host h;
	int i, bad = 0;

	if (!suite_of(suite)) {
		skip("a's cache in 2.1 and 3.1", "libcrypto has no ML-KEM");
		return;
	}
	world_suites(&w, suite, XC_CACHE_MEMORY);
	host_init(&h, suite);
	for (i = 0; v->step[i].K_b || v->step[i].replaced; i++) {
		const struct step step = {
			.part = { v->step[i].K_b, v->step[i].I_b, v->step[i].S_b, false, false },
			.ended = v->step[i].ended, .saves_secret = v->step[i].saves_secret,
			.saves_signature = v->step[i].saves_signature,
		};

		if (v->step[i].replaced) {
			xc_keyring_rotate(w.env.ring);
		} else if (!take_step(&h, &step)) {
			printf("# step %d\n", i + 1);
			bad++;
		}
	}
	is(!bad && i, "a's cache, %s, %s: %d steps", suite, v->note, i);
	host_free(&h);
	world_free(&w);
}

/* What a vector says of 3.1 is as true of 3.0, which any libcrypto has. */
static void test_checks(void)
{
	int i;

	for (i = 0; i < N_CHECK; i++) {
		const struct check_vector *v = &check_vectors[i];

		if (v->version[0] == '3')
			test_check(v, SUITE);
		if (!strcmp(v->version, "3.1"))
			test_check(v, "aes256gcm_3.1");
		if (!strcmp(v->version, "2.1"))
			test_check(v, "chacha20_2.1");
	}
}

/* --- b --- */

static char first_line[sizeof(((struct drive *)0)->sent)], ok_line[sizeof(first_line)];

/* A first line, and from b's answer the second. b goes on up to where it reads that. */
static void open_b(struct drive *d, struct world *wa, struct drive *a)
{
	drive_client(a, wa, NULL);
	drive_run(a);
	strcpy(first_line, a->sent);
	drive_server(d, &w, NULL, first_line);
	drive_run(d);
	a->sent_len = 0;
	memset(a->sent, 0, sizeof(a->sent));
	drive_input(a, d->sent);
	drive_run(a);
	strcpy(ok_line, a->sent);
	d->sent_len = 0;
	memset(d->sent, 0, sizeof(d->sent));
}

static void close_b(struct drive *d, struct drive *a)
{
	drive_free(d);
	drive_free(a);
}

static void test_records_behind(struct world *wa)
{
	struct drive d, a;

	open_b(&d, wa, &a);
	d.queued = true;
	go_on(&d, ok_line);
	is(drive_ended(&d, XCRYPT_CLASS_ENCRYPTED, XC_WHY_DONE, NULL) &&
	   !strcmp(d.trace, "q><pR>t"), "what is queued behind XCRYPT OK are records: %s", d.trace);
	close_b(&d, &a);
}

static const struct {
	const char *line, *answer;
	enum xc_reason reason;
	enum xcrypt_class class;
} seconds[] = {
	{ "XCRYPT OK AAAAAAAAAAAAAAAAAAAAAA==\r\n", F454, XC_WHY_CONFIRM, XCRYPT_CLASS_CLOSED },
	{ "XCRYPT OK\r\n", "501 5.5.4 XCRYPT FAIL\r\n", XC_WHY_SYNTAX, XCRYPT_CLASS_CLOSED },
	{ "QUIT\r\n", F503, XC_WHY_MOMENT, XCRYPT_CLASS_CLOSED },
	{ "QUIT\n", "501 5.5.4 XCRYPT FAIL\r\n", XC_WHY_BARE_LF, XCRYPT_CLASS_CLOSED },
	{ "XCRYPT FAIL\r\n", "250 XCRYPT FAIL\r\n", XC_WHY_PEER_FAIL, XCRYPT_CLASS_ANSWERED },
};

static void test_seconds(struct world *wa)
{
	struct drive d, a;
	size_t i;

	for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		bool closes = seconds[i].class == XCRYPT_CLASS_CLOSED;

		open_b(&d, wa, &a);
		go_on(&d, seconds[i].line);
		is(drive_ended(&d, seconds[i].class, seconds[i].reason, seconds[i].answer) &&
		   !strcmp(d.trace, closes ? "q><>d" : "q><>"), "%.*s: %s",
		   (int)strcspn(seconds[i].line, "\r\n"), seconds[i].line, d.trace);
		close_b(&d, &a);
	}
}

static void test_b_faults(struct world *wa)
{
	struct drive d, a;

	open_b(&d, wa, &a);
	d.err_prepare = -ENOMEM;
	go_on(&d, ok_line);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_FAULT, F454), "no memory: 454 and closed");
	close_b(&d, &a);
	open_b(&d, wa, &a);
	d.err_rx = -ENOMEM;
	go_on(&d, ok_line);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_INSTALL, ""),
	   "no receive key: closed without a word");
	close_b(&d, &a);
	w.env.identity = NULL;
	xc_keyring_flush(w.env.ring);
	drive_server(&d, &w, NULL, first_line);
	drive_run(&d);
	is(drive_ended(&d, XCRYPT_CLASS_ANSWERED, XC_WHY_FAULT, F454), "no identity: 454");
	drive_free(&d);
	w.env.identity = w.identity;
}

/* Up to where b drops what comes behind its refusal. */
static void open_drain(struct drive *d, struct drive *a, struct world *wa)
{
	open_b(d, wa, a);
	drive_input(d, "QUIT\r\n");
	while (xc_exchange_action(d->x) != XC_DO_DRAIN) {
		size_t n;

		if (xc_exchange_action(d->x) == XC_DO_READ)
			xc_exchange_read(d->x, "QUIT\r\n", 6);
		xc_exchange_output(d->x, &n);
		xc_exchange_written(d->x, n);
	}
}

static void test_drain(struct world *wa)
{
	struct drive d, a;

	open_drain(&d, &a, wa);
	xc_exchange_timeout(d.x);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_MOMENT, ""),
	   "the time limit in dropping what still comes: as it was");
	close_b(&d, &a);
	open_drain(&d, &a, wa);
	xc_exchange_failed(d.x, -ECONNRESET);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_MOMENT, NULL), "a reset: as it was");
	close_b(&d, &a);
	open_drain(&d, &a, wa);
	xc_exchange_cancel(d.x);
	is(drive_ended(&d, XCRYPT_CLASS_CLOSED, XC_WHY_MOMENT, NULL), "cancelled: as it was");
	close_b(&d, &a);
}

/* b signs once for a K_a at its site, and anew when it is another. */
static void test_signed_once(struct world *wa)
{
	struct xc_identity *other = xc_identity_new();
	struct drive d, a;

	xc_keyring_flush(w.env.ring);
	open_b(&d, wa, &a);
	is(xc_exchange_outcome(d.x)->signature && !xc_exchange_outcome(d.x)->hit, "b signs");
	go_on(&d, ok_line);
	close_b(&d, &a);
	open_b(&d, wa, &a);
	is(!xc_exchange_outcome(d.x)->signature && xc_exchange_outcome(d.x)->hit,
	   "and not again for the same K_a");
	close_b(&d, &a);
	w.addr.s6_addr[15] ^= 1;
	open_b(&d, wa, &a);
	is(xc_exchange_outcome(d.x)->signature, "but for another site");
	close_b(&d, &a);
	w.addr.s6_addr[15] ^= 1;
	w.env.identity = other;
	xc_keyring_forget_identity(w.env.ring);
	open_b(&d, wa, &a);
	is(xc_exchange_outcome(d.x)->signature &&
	   !memcmp(xc_exchange_outcome(a.x)->identity, xc_identity_public(other), XC_IDENTITY_LEN),
	   "and with another identity, of which a learns");
	close_b(&d, &a);
	w.env.identity = w.identity;
	xc_identity_free(other);
}

/* --- a path that carries no long lines --- */

static void test_short_lines(void)
{
	char word[64];
	struct drive d;

	if (!xc_kex_has_mlkem()) {
		skip("suites with short lines", "libcrypto has no ML-KEM");
		return;
	}
	world_suites(&w, "aes256gcm_3.1 chacha20_2.1 chacha20_2.0 chachapoly_3.0", XC_CACHE_OFF);
	w.wish.short_lines = true;
	drive_client(&d, &w, NULL);
	drive_run(&d);
	is(!strcmp(word_of(d.sent, 1, word), "chachapoly_3.0") && d.sent_len <= 512,
	   "short lines: %s, %zu octets", word, d.sent_len);
	drive_free(&d);
	drive_client(&d, &w, "chacha20_2.1 aes256gcm_3.1");
	drive_run(&d);
	is(!strcmp(word_of(d.sent, 1, word), "aes256gcm_3.1"), "long ones where b has no others: %s",
	   word);
	drive_free(&d);
	world_free(&w);
}

static void test_lengths(void)
{
	is(xc_kex_has_long_lines(&xc_kex_x25519mlkem768) &&
	   xc_kex_has_long_lines(&xc_kex_x25519mlkem768_identity) &&
	   !xc_kex_has_long_lines(&xc_kex_x25519) &&
	   !xc_kex_has_long_lines(&xc_kex_x25519_identity) &&
	   !xc_kex_has_long_lines(&xc_kex_dh768), "long lines are those of ML-KEM");
}

int main(void)
{
	struct world wa;
	struct host h;

	world_suites(&w, SUITE, XC_CACHE_MEMORY);
	host_init(&h, SUITE);
	test_met(&h);
	test_refused_peer(&h);
	test_early(&h);
	test_no_way_back(&h);
	test_a_faults(&h);
	host_free(&h);
	world_free(&w);
	test_checks();
	world_suites(&wa, SUITE, XC_CACHE_MEMORY);
	world_suites(&w, SUITE, XC_CACHE_MEMORY);
	test_records_behind(&wa);
	test_seconds(&wa);
	test_b_faults(&wa);
	test_drain(&wa);
	test_signed_once(&wa);
	world_free(&w);
	world_free(&wa);
	test_short_lines();
	test_lengths();
	return tap_done();
}
