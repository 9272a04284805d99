// SPDX-License-Identifier: GPL-2.0
/*
 * a's side of the exchange. In the order of the protocol, from bottom to top:
 *
 *	start		XCRYPT SUITE K_a N_a
 *	got_values	b's answer to it
 *	prepared	all is allocated; XCRYPT OK [C_a]
 *	got_confirm	b's answer to it; from XCRYPT OK on b may have switched
 *	installed
 *
 * or, when b's values cannot be used, XCRYPT FAIL and its answer in got_fail.
 */
#include "exchange_internal.h"

#include <errno.h>
#include <string.h>

#define REPLY_LINES_MAX	100	/* of one reply; whoever sends more means ill */

/* --- replies --- */

static void unexpected(struct xc_exchange *x)
{
	xc_exchange_note(x, x->line);
	xc_exchange_finish(x, XC_CLOSED, XC_WHY_UNEXPECTED);
}

/* Take line after line; x->reply_then goes on from the last one. */
static void got_reply_line(struct xc_exchange *x, int err)
{
	int code = x->reply.code;

	if (err) {
		xc_exchange_note(x, x->line);
		xc_exchange_finish(x, XC_CLOSED, err == -EMSGSIZE ? XC_WHY_TOO_LONG :
				   err == -EINVAL ? XC_WHY_NUL : XC_WHY_BARE_LF);
		return;
	}
	if (xc_line_reply(&x->reply, x->line.at, x->line.len) ||
	    (x->reply_lines && x->reply.code != code) || x->reply_lines == REPLY_LINES_MAX) {
		unexpected(x);
		return;
	}
	x->reply_lines++;
	x->outcome.code = x->reply.code;
	if (!x->reply.more)
		x->reply_then(x, 0);
	else if (x->said_ok && x->reply.code < 400)
		unexpected(x);	/* what follows may be ciphertext */
	else
		xc_exchange_listen(x, got_reply_line);
}

static void listen_reply(struct xc_exchange *x, xc_step then)
{
	x->reply_lines = 0;
	x->reply_then = then;
	xc_exchange_listen(x, got_reply_line);
}

/* b said no. True if that was the end of it. */
static bool refusal(struct xc_exchange *x)
{
	if (x->reply.code < 400)
		return false;
	xc_exchange_note(x, x->line);
	xc_exchange_finish(x, XC_ANSWERED, XC_WHY_REFUSED);
	return true;
}

/*
 * The words of a 250 reply of one line behind the verb. Their number, or -EINVAL if it is not
 * "250 XCRYPT" and up to two words.
 */
static int reply_words(const struct xc_exchange *x, struct xc_word word[2])
{
	struct xc_word all[3];
	int n;

	if (x->reply.code != 250 || x->reply_lines != 1)
		return -EINVAL;
	n = xc_line_split(x->reply.text.at, x->reply.text.len, all, 3);
	if (n < 1 || !xc_word_is(all[0], "XCRYPT"))
		return -EINVAL;
	memcpy(word, all + 1, (n - 1) * sizeof(*word));
	return n - 1;
}

/* --- XCRYPT FAIL --- */

static void got_fail(struct xc_exchange *x, int err)
{
	(void)err;
	if (x->reply.code == 250 || x->reply.code >= 400)
		xc_exchange_finish(x, XC_ANSWERED, x->outcome.reason);
	else
		unexpected(x);
}

static void fail_sent(struct xc_exchange *x, int err)
{
	(void)err;
	listen_reply(x, got_fail);
}

static void fail(struct xc_exchange *x, enum xc_reason reason)
{
	x->outcome.reason = reason;
	xc_exchange_note(x, x->line);
	xc_exchange_say(x, fail_sent, "XCRYPT FAIL", NULL, NULL);
}

/* --- XCRYPT OK --- */

static void installed(struct xc_exchange *x, int err)
{
	x->outcome.error = -err;
	if (err)
		xc_exchange_finish(x, XC_CLOSED, XC_WHY_INSTALL);
	else
		xc_exchange_finish(x, XC_KEYED, XC_WHY_DONE);
}

static void confirmed(struct xc_exchange *x)
{
	struct xc_transcript *t = &x->transcript;

	if (!x->outcome.hit)
		xc_keyring_learn(x->env->ring, x->pair, &x->addr, t->public_b, NULL, x->shared);
	xc_exchange_do(x, XC_DO_KEY_BOTH, installed);
}

static void got_confirm(struct xc_exchange *x, int err)
{
	struct xc_word word[2];
	int n;

	if (refusal(x))
		return;
	n = reply_words(x, word);
	if (n < 1 || !xc_word_is(word[0], "OK")) {
		unexpected(x);
		return;
	}
	err = xc_exchange_check_confirm(x, word + 1, n - 1, x->keys.confirm_b);
	if (!err) {
		confirmed(x);
	} else {
		xc_exchange_note(x, x->line);
		xc_exchange_finish(x, XC_CLOSED,
				   err == -EINVAL ? XC_WHY_UNEXPECTED : XC_WHY_CONFIRM);
	}
}

static void ok_sent(struct xc_exchange *x, int err)
{
	(void)err;
	listen_reply(x, got_confirm);
}

static void prepared(struct xc_exchange *x, int err)
{
	if (err) {
		x->outcome.error = -err;
		fail(x, XC_WHY_FAULT);
		return;
	}
	x->said_ok = true;
	xc_exchange_say_confirm(x, ok_sent, "XCRYPT OK", x->keys.confirm_a);
}

/* --- XCRYPT SUITE K_a N_a --- */

static int take_values(struct xc_exchange *x)
{
	struct xc_transcript *t = &x->transcript;
	struct xc_word word[2];

	if (reply_words(x, word) != 2 ||
	    xc_exchange_decode(t->public_b, t->suite->kex->public_b_len, word[0]) ||
	    xc_exchange_decode(t->nonce_b, t->suite->kex->nonce_len, word[1]))
		return -EINVAL;
	return 0;
}

/* Agree and derive. 0, -EINVAL (the reply's form), -EKEYREJECTED or -ENOMEM. */
static int agree(struct xc_exchange *x)
{
	struct xc_transcript *t = &x->transcript;
	int err = take_values(x);

	if (!err)
		err = xc_keyring_accept(x->env->ring, x->pair, t->public_b, x->shared,
					&x->outcome.hit);
	if (!err)
		err = t->suite->kex->derive(t, x->shared, &x->keys);
	return err;
}

static void got_values(struct xc_exchange *x, int err)
{
	if (refusal(x))
		return;
	if (x->reply.code != 250) {
		unexpected(x);
		return;
	}
	err = agree(x);
	if (!err)
		xc_exchange_do(x, XC_DO_PREPARE, prepared);
	else
		fail(x, err == -EINVAL ? XC_WHY_SYNTAX :
			err == -EKEYREJECTED ? XC_WHY_PUBLIC_KEY : XC_WHY_FAULT);
}

static void values_sent(struct xc_exchange *x, int err)
{
	(void)err;
	listen_reply(x, got_values);
}

/* The first suite of b's list that we accept too, or NULL. */
static const struct xc_suite *choose(const struct xc_exchange *x)
{
	struct xc_word word;
	size_t pos = 0;

	while (xc_offer_next(&x->transcript.offer, &pos, &word)) {
		const struct xc_suite *suite = xc_suite_find(word);

		if (suite && xc_suite_list_has(x->env->accept, suite))
			return suite;
	}
	return NULL;
}

static void start(struct xc_exchange *x)
{
	struct xc_transcript *t = &x->transcript;
	char head[16 + XC_OFFER_WORD_MAX] = "XCRYPT ";

	t->suite = choose(x);
	if (!t->suite) {
		xc_exchange_finish(x, XC_NONE, XC_WHY_NO_SUITE);
		return;
	}
	if (xc_exchange_own(x, t->nonce_a)) {
		xc_exchange_finish(x, XC_NONE, XC_WHY_FAULT);
		return;
	}
	memcpy(t->public_a, x->pair->public_a, t->suite->kex->public_a_len);
	strncat(head, t->suite->name, XC_OFFER_WORD_MAX);
	xc_exchange_say_values(x, values_sent, head, t->public_a, t->suite->kex->public_a_len,
			       t->nonce_a);
}

struct xc_exchange *xc_exchange_client(const struct xc_exchange_env *env,
				       const struct xc_offer *offer, const struct in6_addr *addr,
				       time_t now)
{
	struct xc_exchange *x = xc_exchange_new(env, false, offer, addr, now);

	if (x)
		start(x);
	return x;
}
