// SPDX-License-Identifier: GPL-2.0
/*
 * Our a against our b: all suites, all sizes of pieces, cached and not; thousands of exchanges
 * at once; and every octet that passes damaged in turn, which must never end with the two
 * sides taking different keys for the same.
 */
#include <stdlib.h>

#include "drive.h"
#include "tap.h"

/* An exchange with what is on the wire each way. */
struct pair {
	struct drive a, b;
	size_t a_seen, b_seen;	/* octets of the other's that each has been given */
};

/* Give to what from has sent and to has not been given; true if there was any. */
static bool pass(struct drive *from, struct drive *to, size_t *seen)
{
	if (*seen == from->sent_len || xc_exchange_action(to->x) != XC_DO_READ)
		return false;
	to->input = from->sent + *seen;
	to->input_len = from->sent_len - *seen;
	to->taken = 0;
	drive_run(to);
	*seen += to->taken;
	return to->taken > 0;
}

/* The MTA of b reads the first line and hands it over. */
static bool hand_over(struct pair *p, struct world *wb)
{
	char *lf = memchr(p->a.sent, '\n', p->a.sent_len);
	size_t chunk = p->b.chunk;

	if (!lf)
		return false;
	p->b_seen = lf + 1 - p->a.sent;
	memset(&p->b, 0, sizeof(p->b));
	p->b.chunk = chunk;
	p->b.x = xc_exchange_server(&wb->env, &wb->offer, p->a.sent, p->b_seen, &wb->addr);
	drive_run(&p->b);
	return true;
}

static void pair_begin(struct pair *p, struct world *wa, const char *offer, size_t chunk)
{
	memset(p, 0, sizeof(*p));
	drive_client(&p->a, wa, offer);
	p->a.chunk = chunk;
	p->b.chunk = chunk;
	drive_run(&p->a);
}

static void pair_run(struct pair *p)
{
	while (pass(&p->b, &p->a, &p->a_seen) || pass(&p->a, &p->b, &p->b_seen))
		;
}

static bool keys_agree(const struct pair *p)
{
	const struct xc_keys_copy *a = &p->a.keys, *b = &p->b.keys;

	return !memcmp(a->tx_key, b->rx_key, 32) && !memcmp(a->rx_key, b->tx_key, 32) &&
	       !memcmp(a->tx_iv, b->rx_iv, 16) && !memcmp(a->rx_iv, b->tx_iv, 16) &&
	       memcmp(a->tx_key, a->rx_key, 32);
}

static bool is_keyed(const struct drive *d)
{
	return xc_exchange_outcome(d->x)->class == XCRYPT_CLASS_ENCRYPTED;
}

static bool both_keyed(const struct pair *p)
{
	return is_keyed(&p->a) && is_keyed(&p->b) && keys_agree(p) &&
	       !memcmp(xc_exchange_outcome(p->a.x)->session, xc_exchange_outcome(p->b.x)->session,
		       XC_SESSION_LEN);
}

static void pair_free(struct pair *p)
{
	drive_free(&p->a);
	drive_free(&p->b);
}

static void test_suite(int i, enum xc_cache_mode mode)
{
	const char *name = xc_suite_at(i)->name;
	struct world wa, wb;
	struct pair p;
	size_t chunk;
	int round = 0;

	world_suites(&wa, name, mode);
	world_suites(&wb, name, mode);
	for (chunk = 0; chunk < 4; chunk++, round++) {
		bool hit = round && mode == XC_CACHE_MEMORY;

		pair_begin(&p, &wa, name, chunk);
		hand_over(&p, &wb);
		pair_run(&p);
		is(both_keyed(&p), "%s, pieces of %zu, exchange %d", name, chunk, round + 1);
		is(xc_exchange_outcome(p.a.x)->hit == hit && xc_exchange_outcome(p.b.x)->hit == hit,
		   "%s the cache", hit ? "from" : "not from");
		pair_free(&p);
	}
	is(xc_keyring_stats(wa.env.ring)->agreed == (mode == XC_CACHE_MEMORY ? 1 : 4) &&
	   xc_keyring_stats(wb.env.ring)->agreed == (mode == XC_CACHE_MEMORY ? 1 : 4),
	   "%s: public-key operations are counted", name);
	world_free(&wa);
	world_free(&wb);
}

/* A host that mails itself: one world, K_a = K_b. */
static void test_self(const char *suite)
{
	struct world w;
	struct pair p;
	int i;

	world_suites(&w, suite, XC_CACHE_MEMORY);
	for (i = 0; i < 3; i++) {
		pair_begin(&p, &w, w.offer.text, 0);
		hand_over(&p, &w);
		pair_run(&p);
		is(both_keyed(&p), "a host mails itself, %s, exchange %d", suite, i + 1);
		pair_free(&p);
	}
	world_free(&w);
}

/* The roles change: what was learnt as a serves as b. */
static void test_roles(void)
{
	struct world wa, wb;
	struct pair p;

	world_init(&wa, true, XC_CACHE_MEMORY);
	world_init(&wb, true, XC_CACHE_MEMORY);
	pair_begin(&p, &wa, wb.offer.text, 0);
	hand_over(&p, &wb);
	pair_run(&p);
	pair_free(&p);
	pair_begin(&p, &wb, wa.offer.text, 0);
	hand_over(&p, &wa);
	pair_run(&p);
	is(both_keyed(&p) && xc_exchange_outcome(p.a.x)->hit && xc_exchange_outcome(p.b.x)->hit,
	   "a secret learnt in one role serves in the other");
	pair_free(&p);
	world_free(&wa);
	world_free(&wb);
}

#define MANY	2000

static void test_many(void)
{
	static struct pair p[MANY];
	struct world wa, wb;
	int i, good = 0;

	world_init(&wa, true, XC_CACHE_MEMORY);
	world_init(&wb, true, XC_CACHE_MEMORY);
	for (i = 0; i < MANY; i++)
		pair_begin(&p[i], &wa, wb.offer.text, 0);
	for (i = 0; i < MANY; i++)
		hand_over(&p[i], &wb);
	for (i = 1; i < MANY; i += 2)	/* the even ones are silent */
		pair_run(&p[i]);
	for (i = 0; i < MANY; i++) {
		good += i & 1 ? both_keyed(&p[i]) :
				xc_exchange_action(p[i].a.x) == XC_DO_READ;
		pair_free(&p[i]);
	}
	is(good == MANY, "%d exchanges at once, half of them silent: %d as they should be", MANY,
	   good);
	world_free(&wa);
	world_free(&wb);
}

/* Flip a bit of octet number at of what one side sent, once it is sent. False: no such octet. */
static bool damage(struct pair *p, struct world *wa, struct world *wb, bool of_b, size_t at)
{
	struct drive *from;
	bool done = false;
	int turn;

	pair_begin(p, wa, wb->offer.text, 0);
	if (!of_b && at < p->a.sent_len) {
		p->a.sent[at] ^= 1;
		done = true;
	}
	if (!hand_over(p, wb))
		return done;
	from = of_b ? &p->b : &p->a;
	for (turn = 0; turn < 4; turn++) {
		if (!done && at < from->sent_len) {
			from->sent[at] ^= 1;
			done = true;
		}
		if (turn & 1)
			pass(&p->a, &p->b, &p->b_seen);
		else
			pass(&p->b, &p->a, &p->a_seen);
	}
	return done;
}

/*
 * Versions 2 and 3 bind every octet that matters: never are both sides keyed with different keys, nor
 * one side keyed by a line that was not the other's. (Case is no matter, and so both may succeed.)
 */
static void test_damage(const char *suites, bool of_b)
{
	struct world wa, wb;
	struct pair p;
	size_t at, keyed = 0, bad = 0;
	bool more = true;

	world_suites(&wa, suites, XC_CACHE_MEMORY);
	world_suites(&wb, suites, XC_CACHE_MEMORY);
	for (at = 0; more; at++) {
		more = damage(&p, &wa, &wb, of_b, at);
		if (more && p.b.x && is_keyed(&p.a) && is_keyed(&p.b)) {
			keyed++;
			bad += !keys_agree(&p);
		}
		if (more && is_keyed(&p.a) && !(p.b.x && is_keyed(&p.b)))
			bad++;
		pair_free(&p);
	}
	is(at > 100 && !bad, "%s, each of %zu octets of %s's damaged: %zu keyed, %zu wrong",
	   suites, at - 1, of_b ? "b" : "a", keyed, bad);
	world_free(&wa);
	world_free(&wb);
}

/* An attacker who takes words from b's list leaves a with another T, and b's check fails. */
static void test_downgrade(void)
{
	struct world wa, wb;
	struct pair p;

	world_init(&wa, true, XC_CACHE_MEMORY);
	world_init(&wb, true, XC_CACHE_MEMORY);
	pair_begin(&p, &wa, "aes256ctr_2.0", 0);
	hand_over(&p, &wb);
	pair_run(&p);
	is(drive_ended(&p.b, XCRYPT_CLASS_ANSWERED, XC_WHY_CONFIRM, NULL) &&
	   drive_ended(&p.a, XCRYPT_CLASS_ANSWERED, XC_WHY_REFUSED, NULL),
	   "a list cut short is found out");
	pair_free(&p);
	world_free(&wa);
	world_free(&wb);
}

int main(void)
{
	int i;

	for (i = 0; xc_suite_at(i); i++) {
		test_suite(i, XC_CACHE_MEMORY);
		test_suite(i, XC_CACHE_OFF);
	}
	test_self("chacha20_2.0");
	test_self("chachapoly_3.0");
	test_roles();
	test_many();
	test_damage("chacha20_2.0 aes256ctr_2.0", false);
	test_damage("chacha20_2.0 aes256ctr_2.0", true);
	test_damage("chachapoly_3.0 aes256gcm_3.0", false);
	test_damage("chachapoly_3.0 aes256gcm_3.0", true);
	test_downgrade();
	return tap_done();
}
