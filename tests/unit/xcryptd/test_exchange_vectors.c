// SPDX-License-Identifier: GPL-2.0
/*
 * The whole exchange, both roles, octet for octet as the vectors have it, and every line that
 * they have refused. Private values and what b's encapsulation draws come from a replaced
 * getrandom (-Wl,--wrap), the nonces from a replaced random source.
 */
#include <stdlib.h>
#include <sys/random.h>

#include "drive.h"
#include "handshake_vectors.h"
#include "tap.h"

static const uint8_t *next_nonce;
/* NULL: the kernel's. The first is drawn once. */
static const uint8_t *next_private;
static size_t private_len;
static const uint8_t *next_random;	/* 32 octets */

ssize_t __real_getrandom(void *p, size_t len, unsigned int flags);
ssize_t __wrap_getrandom(void *p, size_t len, unsigned int flags);
ssize_t __wrap_getrandom(void *p, size_t len, unsigned int flags)
{
	if (next_private && len == private_len) {
		memcpy(p, next_private, len);
		next_private = NULL;
	} else if (next_random && len == XC_RANDOM_MAX) {
		memcpy(p, next_random, len);
	} else {
		return __real_getrandom(p, len, flags);
	}
	return len;
}

static int give_nonce(void *p, size_t size)
{
	memcpy(p, next_nonce, size);
	return 0;
}

static const struct xc_suite *suite_of(const struct handshake_vector *v)
{
	return xc_suite_known((struct xc_word){ v->suite, strlen(v->suite) });
}

static void world_of(struct world *w, const struct handshake_vector *v, const uint8_t *private,
		     const uint8_t *nonce)
{
	const struct xc_kex *kex = suite_of(v)->kex;

	world_suites(w, v->suite, XC_CACHE_MEMORY);
	if (kex->identity) {
		xc_identity_free(w->identity);
		w->identity = xc_identity_restore(v->identity_seed);
		w->env.identity = w->identity;
		w->wish = (struct xc_wish){ .early = v->plain_c2s,
					    .early_len = strlen(v->plain_c2s) };
	}
	next_private = private;
	private_len = kex->private_len;
	xc_keypair_put(xc_keyring_pair(w->env.ring, kex));
	if (next_private)
		abort();
	w->env.random = give_nonce;
	next_nonce = nonce;
	next_random = v->random_b;
}

/* Two lines with CRLF. */
static char *two(char *dst, const char *a, const char *b)
{
	sprintf(dst, "%s\r\n%s\r\n", a, b);
	return dst;
}

/* Some vectors have lines as another program may write them, in another case. */
static void as_we_write(char *line, const char *head, const char *word)
{
	memcpy(line, head, strlen(head));
	memcpy(line + strlen(head), word, strlen(word));
}

static const char *or_plain(const char *line, const char *plain)
{
	return line ? line : plain;
}

static void check_keys(struct drive *d, const struct handshake_vector *v, bool server,
		       const char *name)
{
	const struct xc_suite *s = suite_of(v);

	is_octets(d->keys.tx_key, server ? v->key_s2c : v->key_c2s, s->key_len,
		  "%s: send key", name);
	is_octets(d->keys.rx_key, server ? v->key_c2s : v->key_s2c, s->key_len,
		  "%s: receive key", name);
	if (s->iv_len) {
		is_octets(d->keys.tx_iv, server ? v->iv_s2c : v->iv_c2s, s->iv_len,
			  "%s: send IV", name);
		is_octets(d->keys.rx_iv, server ? v->iv_c2s : v->iv_s2c, s->iv_len,
			  "%s: receive IV", name);
	}
	is_octets(xc_exchange_outcome(d->x)->session, v->session, XC_SESSION_LEN,
		  "%s: session identifier", name);
}

static void test_client(const struct handshake_vector *v, size_t chunk, const char *name)
{
	char in[8192], out[8192];
	struct xc_offer offer;
	struct world w;
	struct drive d;

	world_of(&w, v, v->private_a, v->N_a);
	if (!v->ehlo_line)
		xc_offer_parse(&offer, v->suite, strlen(v->suite));
	else
		xc_offer_parse_line(&offer, v->ehlo_line, strlen(v->ehlo_line));
	drive_client(&d, &w, offer.text);
	d.chunk = chunk;
	/* What follows the last line must stay where it is. */
	two(in, v->server_line, or_plain(v->server_ok_line, "250 XCRYPT OK"));
	strcat(in, "ciphertext");
	drive_input(&d, in);
	drive_run(&d);
	two(out, v->client_line, or_plain(v->client_ok_line, "XCRYPT OK"));
	as_we_write(out, "XCRYPT ", v->suite);
	if (v->plain_c2s)
		strcat(out, v->plain_c2s);
	is(drive_ended(&d, XCRYPT_CLASS_ENCRYPTED, XC_WHY_DONE, out), "%s: a's lines", name);
	is(!strcmp(d.trace, v->plain_c2s ? "><jp>t><R" : "><p><b"), "%s: a's order of steps: %s",
	   name, d.trace);
	is(xc_exchange_outcome(d.x)->early_sent == !!v->plain_c2s, "%s: early octets", name);
	if (v->I_b)
		is(xc_exchange_outcome(d.x)->met &&
		   !memcmp(xc_exchange_outcome(d.x)->identity, v->I_b, XC_IDENTITY_LEN),
		   "%s: whom a met", name);
	is(d.taken == strlen(in) - 10, "%s: a reads up to the last LF and no further", name);
	check_keys(&d, v, false, name);
	drive_free(&d);
	world_free(&w);
}

static void test_server(const struct handshake_vector *v, size_t chunk, const char *name)
{
	char in[8192], out[8192];
	struct xc_offer offer;
	struct world w;
	struct drive d;

	world_of(&w, v, v->private_b, v->N_b);
	if (!v->ehlo_line)
		xc_offer_parse(&offer, v->suite, strlen(v->suite));
	else
		xc_offer_parse_line(&offer, v->ehlo_line, strlen(v->ehlo_line));
	drive_server(&d, &w, offer.text, v->client_line);
	d.chunk = chunk;
	sprintf(in, "%s\r\nciphertext", or_plain(v->client_ok_line, "XCRYPT OK"));
	drive_input(&d, in);
	drive_run(&d);
	two(out, v->server_line, or_plain(v->server_ok_line, "250 XCRYPT OK"));
	as_we_write(out, "250 ", "XCRYPT");
	is(drive_ended(&d, XCRYPT_CLASS_ENCRYPTED, XC_WHY_DONE, out), "%s: b's lines", name);
	is(!strcmp(d.trace, v->I_b ? "q><pR>t" : "q><qpr>t"), "%s: b's order of steps: %s", name,
	   d.trace);
	is(d.taken == strlen(in) - 10, "%s: b reads up to the last LF and no further", name);
	check_keys(&d, v, true, name);
	drive_free(&d);
	world_free(&w);
}

/* --- what is refused --- */

static void offer_of(const struct handshake_vector *v, struct xc_offer *offer)
{
	xc_offer_parse_line(offer, v->ehlo_line, strlen(v->ehlo_line));
}

/* How it ended: what was said last, without CRLF, or as the vectors call it. */
static const char *ended(struct drive *d, const char *said)
{
	const struct xc_outcome *o = xc_exchange_outcome(d->x);
	size_t n = strlen(said);
	static char last[256];

	if (xc_exchange_action(d->x) != XC_DO_FINISH)
		return "it goes on";
	if (n < 2)
		return o->class == XCRYPT_CLASS_CLOSED ? "close" : "clear";
	snprintf(last, sizeof(last), "%.*s", (int)(n - 2), said);
	return last;
}

/* With a line that ends in CRLF, in pieces, so that it may have a NUL. */
static void give(struct drive *d, const char *line, size_t len)
{
	static char in[2 * XC_LINE_MAX];

	memcpy(in, line, len);
	memcpy(in + len, "\r\n", 2);
	d->input = in;
	d->input_len = len + 2;
	d->taken = 0;
	drive_run(d);
}

static void offer_of_broken(const struct broken_vector *b, const struct handshake_vector *v,
			    struct xc_offer *offer)
{
	if (b->suites[0])
		xc_offer_parse(offer, b->suites, strlen(b->suites));
	else
		offer_of(v, offer);
}

/* The suite of a's first line may be any. */
static void world_of_broken(struct world *w, const struct broken_vector *b,
			    const struct handshake_vector *v)
{
	if (b->step > 1) {
		world_of(w, v, b->server ? v->private_b : v->private_a,
			 b->server ? v->N_b : v->N_a);
		return;
	}
	next_private = NULL;
	next_random = NULL;
	world_suites(w, "chachapoly_3.1 chachapoly_3.0 aes256gcm_3.0 chacha20_2.1 chacha20_2.0",
		     XC_CACHE_MEMORY);
}

static void begin_broken(struct drive *d, struct world *w, const struct broken_vector *b,
			 const struct handshake_vector *v)
{
	struct xc_offer offer;

	offer_of_broken(b, v, &offer);
	world_of_broken(w, b, v);
	w->wish = (struct xc_wish){ 0 };
	if (!b->server)
		drive_client(d, w, offer.text);
	else if (b->step == 3)
		drive_server(d, w, offer.text, v->client_line);
	else
		drive_server_line(d, w, offer.text, b->line, b->line_len);
	drive_run(d);
	if (b->step == 4)
		give(d, v->server_line, strlen(v->server_line));
}

/* What is wrong is what we say that it is. */
static bool named(const struct broken_vector *b, enum xc_reason reason)
{
	static const struct {
		const char *cause;
		enum xc_reason reason;
	} causes[] = {
		{ "identity", XC_WHY_IDENTITY }, { "signature", XC_WHY_IDENTITY },
		{ "key", XC_WHY_PUBLIC_KEY }, { "early", XC_WHY_CONFIRM },
		{ "confirmation", XC_WHY_CONFIRM }, { "suite", XC_WHY_NO_SUITE },
		{ "base64", XC_WHY_SYNTAX },
	};
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if (!strcmp(b->cause, causes[i].cause))
			return reason == causes[i].reason ||
			       (b->step == 4 && reason == XC_WHY_UNEXPECTED);
	}
	return true;
}

static void test_broken(const struct broken_vector *b, int i)
{
	const struct handshake_vector *v = &handshake_vectors[b->exchange];
	const struct xc_outcome *o;
	size_t said;
	struct world w;
	struct drive d;

	begin_broken(&d, &w, b, v);
	said = b->step == 1 ? 0 : d.sent_len;
	if (b->step > 1)
		give(&d, b->line, b->line_len);
	/* A client whose exchange ended in FAIL waits for b's answer to that. */
	if (!strcmp(b->answer, "XCRYPT FAIL"))
		give(&d, "250 XCRYPT FAIL", 15);
	o = xc_exchange_outcome(d.x);
	is(!strcmp(ended(&d, d.sent + said), b->answer) &&
	   b->closes == (o->class == XCRYPT_CLASS_CLOSED) && named(b, o->reason),
	   "broken %d, %s: %s, %s", i, b->reason, ended(&d, d.sent + said),
	   xc_reason_name(o->reason));
	/* No RST may eat the answer of a b that closes. */
	if (b->server && b->step == 3)
		is((strchr(d.trace, 'd') != NULL) == (b->closes && v->I_b), "broken %d: %s", i,
		   d.trace);
	drive_free(&d);
	world_free(&w);
}

static void test_choice(const struct choice_vector *c)
{
	struct xc_offer offer;
	struct world w;
	struct drive d;
	char suite[64] = "";

	if (xc_offer_parse_line(&offer, c->line, strlen(c->line))) {
		is(!c->suite[0], "offer, %s: as not offered", c->note);
		return;
	}
	world_suites(&w, c->accept, XC_CACHE_MEMORY);
	drive_client(&d, &w, offer.text);
	drive_run(&d);
	if (d.sent[0])
		word_of(d.sent, 1, suite);
	is(!strcmp(suite, c->suite), "offer, %s: \"%s\"", c->note, suite);
	drive_free(&d);
	world_free(&w);
}

/* One shows what the words of the list do to T, and is no exchange. */
static bool is_listed(const struct handshake_vector *v)
{
	struct xc_offer offer;

	if (!v->ehlo_line)
		return true;
	offer_of(v, &offer);
	return xc_offer_has(&offer, v->suite);
}

static void test_vector(int i)
{
	const struct handshake_vector *v = &handshake_vectors[i];
	char name[128];
	int chunk;

	for (chunk = 0; chunk <= 1; chunk++) {
		snprintf(name, sizeof(name), "vector %d, %s, %s", i, v->suite,
			 chunk ? "octet by octet" : "at once");
		if (xc_suite_missing(suite_of(v))) {
			skip(name, xc_suite_missing(suite_of(v)));
			continue;
		}
		if (!is_listed(v)) {
			skip(name, "its list has not its suite: test_kex.c has its derivation");
			continue;
		}
		test_client(v, chunk, name);
		test_server(v, chunk, name);
	}
}

static bool needs(const char *text, const char *version)
{
	return strstr(text, version);
}

/* Whether a suite of version .1 is at play, for which libcrypto may lack ML-KEM. */
static bool is_hybrid(const struct broken_vector *b)
{
	const char *line = b->step > 1 ? handshake_vectors[b->exchange].suite : b->line;

	return needs(line, "_2.1 ") || needs(line, "_3.1 ") || needs(line, "y_3.1") ||
	       needs(line, "m_3.1") || needs(line, "0_2.1") || needs(line, "r_2.1");
}

static void test_all_broken(bool mlkem)
{
	int i, left = 0;

	for (i = 0; i < N_BROKEN; i++) {
		if (is_hybrid(&broken_vectors[i]) && !mlkem)
			left++;
		else
			test_broken(&broken_vectors[i], i);
	}
	is(i > 400, "%d lines are refused", i - left);
	if (left)
		skip("those of 2.1 and 3.1", "libcrypto has no ML-KEM");
}

static void test_all_choices(bool mlkem)
{
	int i, left = 0;

	for (i = 0; i < N_CHOICE; i++) {
		if (needs(choice_vectors[i].accept, ".1") && needs(choice_vectors[i].suite, ".1") &&
		    !mlkem)
			left++;
		else
			test_choice(&choice_vectors[i]);
	}
	if (left)
		skip("what a chooses of 2.1 and 3.1", "libcrypto has no ML-KEM");
}

int main(void)
{
	bool mlkem = xc_kex_has_mlkem();
	int i;

	for (i = 0; i < N_HANDSHAKE; i++)
		test_vector(i);
	test_all_broken(mlkem);
	next_random = NULL;
	next_private = NULL;
	test_all_choices(mlkem);
	return tap_done();
}
