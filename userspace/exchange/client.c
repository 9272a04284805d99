// SPDX-License-Identifier: GPL-2.0
/*
 * a's side of the exchange. In the order of the protocol, from bottom to top:
 *
 *	start		XCRYPT SUITE K_a N_a
 *	got_values	b's answer to it
 *	judged		version 3: b is who policy asks for
 *	prepared	all is allocated; XCRYPT OK [C_a]
 *	switched	version 3: the send key is in; what the MTA would write first
 *	got_confirm	b's answer to XCRYPT OK, after which b may have switched
 *	installed
 *
 * or, when b's values cannot be used, XCRYPT FAIL and its answer in got_fail.
 */
#include "exchange.h"

#include <errno.h>
#include <string.h>

#include "common/secret.h"
#include "machine.h"

#define REPLY_LINES_MAX	100	/* of one reply; whoever sends more means ill */

/* --- replies --- */

static void unexpected(struct xc_exchange *x)
{
	xc_exchange_note(x, x->line);
	xc_exchange_finish(x, XCRYPT_CLASS_CLOSED, XC_WHY_UNEXPECTED);
}

/* Take line after line; x->reply_then goes on from the last one. */
static void got_reply_line(struct xc_exchange *x, int err)
{
	int code = x->reply.code;

	if (err) {
		xc_exchange_note(x, x->line);
		xc_exchange_finish(x, XCRYPT_CLASS_CLOSED, err == -EMSGSIZE ? XC_WHY_TOO_LONG :
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
	else if (x->said_ok && (x->reply.code < 400 || xc_exchange_has_identity(x)))
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

/*
 * b said no, and why we would have ended is reason. True if that was the end of it. 421 is no
 * answer after which the session goes on: b closes the connection, whatever was asked. Nor is any
 * to XCRYPT OK in version 3, where we have switched.
 */
static bool refusal(struct xc_exchange *x, enum xc_reason reason)
{
	if (x->reply.code < 400)
		return false;
	xc_exchange_note(x, x->line);
	if (x->reply.code == 421)
		xc_exchange_finish(x, XCRYPT_CLASS_CLOSED, XC_WHY_PEER_CLOSING);
	else if (x->said_ok && xc_exchange_has_identity(x))
		xc_exchange_finish(x, XCRYPT_CLASS_CLOSED, reason);
	else
		xc_exchange_finish(x, XCRYPT_CLASS_ANSWERED, reason);
	return true;
}

/*
 * The words of a 250 reply of one line behind the verb. Their number, or -EINVAL if it is not
 * "250 XCRYPT" and as many words as there may be.
 */
static int reply_words(const struct xc_exchange *x, struct xc_word word[XC_VALUES_MAX])
{
	struct xc_word all[1 + XC_VALUES_MAX];
	int n;

	if (x->reply.code != 250 || x->reply_lines != 1)
		return -EINVAL;
	n = xc_line_split(x->reply.text.at, x->reply.text.len, all, 1 + XC_VALUES_MAX);
	if (n < 1 || !xc_word_is(all[0], "XCRYPT"))
		return -EINVAL;
	memcpy(word, all + 1, (n - 1) * sizeof(*word));
	return n - 1;
}

/* --- XCRYPT FAIL --- */

static void got_fail(struct xc_exchange *x, int err)
{
	(void)err;
	if (refusal(x, x->outcome.reason))
		return;
	if (x->reply.code == 250)
		xc_exchange_finish(x, XCRYPT_CLASS_ANSWERED, x->outcome.reason);
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
	x->outcome.cause = -err;
	if (err)
		xc_exchange_finish(x, XCRYPT_CLASS_CLOSED, XC_WHY_INSTALL);
	else
		xc_exchange_finish(x, XCRYPT_CLASS_ENCRYPTED, XC_WHY_DONE);
}

static void confirmed(struct xc_exchange *x)
{
	const struct xc_transcript *t = &x->transcript;
	const bool identity = xc_exchange_has_identity(x);
	const struct xc_lesson lesson = {
		.addr = x->addr, .peer = t->public_b, .shared = x->agreed.shared,
		.proof = identity ? &t->proof : NULL,
	};

	if (!x->outcome.hit)
		xc_keyring_learn(x->env->ring, x->pair, &lesson);
	xc_exchange_do(x, identity ? XC_DO_KEY_RX : XC_DO_KEY_BOTH, installed);
}

static void got_confirm(struct xc_exchange *x, int err)
{
	struct xc_word word[XC_VALUES_MAX];
	int n;

	if (refusal(x, XC_WHY_REFUSED))
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
		xc_exchange_finish(x, XCRYPT_CLASS_CLOSED,
				   err == -EINVAL ? XC_WHY_UNEXPECTED : XC_WHY_CONFIRM);
	}
}

static void early_sent(struct xc_exchange *x, int err)
{
	(void)err;
	x->outcome.early_sent = x->early_len;
	listen_reply(x, got_confirm);
}

/* V_b has shown that b holds the secret: what we send now is for it, whatever it answers. */
static void switched(struct xc_exchange *x, int err)
{
	x->outcome.cause = -err;
	if (err)
		xc_exchange_finish(x, XCRYPT_CLASS_CLOSED, XC_WHY_INSTALL);
	else if (x->early_len)
		xc_exchange_put(x, early_sent, x->early, x->early_len);
	else
		early_sent(x, 0);
}

static void ok_sent(struct xc_exchange *x, int err)
{
	(void)err;
	if (xc_exchange_has_identity(x))
		xc_exchange_do(x, XC_DO_KEY_TX, switched);
	else
		listen_reply(x, got_confirm);
}

static void prepared(struct xc_exchange *x, int err)
{
	if (err) {
		x->outcome.cause = -err;
		fail(x, XC_WHY_FAULT);
		return;
	}
	x->said_ok = true;
	xc_exchange_say_confirm(x, ok_sent, "XCRYPT OK", x->keys.confirm_a);
}

/* --- XCRYPT SUITE K_a N_a --- */

static void judged(struct xc_exchange *x, int err)
{
	if (err)
		fail(x, XC_WHY_PEER);
	else
		xc_exchange_do(x, XC_DO_PREPARE, prepared);
}

/* "250 XCRYPT K_b N_b", in version 3 with "I_b S_b V_b". */
static int take_values(struct xc_exchange *x, uint8_t early[XC_CONFIRM_MAX])
{
	struct xc_transcript *t = &x->transcript;
	const struct xc_kex *kex = t->suite->kex;
	struct xc_word word[XC_VALUES_MAX];

	if (reply_words(x, word) != (kex->identity ? 5 : 2) ||
	    xc_exchange_decode(t->public_b, kex->public_b_len, word[0]) ||
	    xc_exchange_decode(t->nonce_b, kex->nonce_len, word[1]))
		return -EINVAL;
	if (!kex->identity)
		return 0;
	return xc_exchange_decode(t->proof.identity, XC_IDENTITY_LEN, word[2]) ||
	       xc_exchange_decode(t->proof.signature, XC_SIGNATURE_LEN, word[3]) ||
	       xc_exchange_decode(early, kex->confirm_len, word[4]) ? -EINVAL : 0;
}

static enum xc_reason reason_of(int err, enum xc_reason rejected)
{
	if (!err)
		return XC_WHY_DONE;
	return err == -EKEYREJECTED ? rejected : XC_WHY_FAULT;
}

static enum xc_reason agree(struct xc_exchange *x)
{
	struct xc_transcript *t = &x->transcript;
	int err = xc_keyring_accept(x->env->ring, x->pair, t->public_b, &x->agreed);

	x->outcome.hit = x->agreed.hit;
	if (!err)
		err = t->suite->kex->derive(t, x->agreed.shared, &x->keys);
	return reason_of(err, XC_WHY_PUBLIC_KEY);
}

/* What was checked with this K_b in another exchange is not checked again. */
static bool is_known(const struct xc_agreed *agreed, const struct xc_proof *proof)
{
	return agreed->proven && !memcmp(&agreed->proof, proof, sizeof(*proof));
}

_Static_assert(XC_SIGNED_LEN == XC_IDENTITY_MESSAGE, "what is signed");

/* Whether I_b signed K_a and K_b. */
static enum xc_reason check_proof(struct xc_exchange *x)
{
	const struct xc_transcript *t = &x->transcript;
	uint8_t message[XC_SIGNED_LEN];
	int err;

	if (is_known(&x->agreed, &t->proof))
		return XC_WHY_DONE;
	x->outcome.hit = false;
	x->outcome.signature = true;
	err = xc_derive_signed(t, message);
	if (!err)
		err = xc_identity_check(t->proof.identity, t->proof.signature, message);
	return reason_of(err, XC_WHY_IDENTITY);
}

/* Whether b is who it says, and is there: V_b can only be made by who holds the secret now. */
static enum xc_reason check_b(struct xc_exchange *x, const uint8_t early[XC_CONFIRM_MAX])
{
	const struct xc_transcript *t = &x->transcript;
	enum xc_reason reason = check_proof(x);

	if (reason != XC_WHY_DONE)
		return reason;
	if (!xc_secret_equal(early, x->keys.early, t->suite->kex->confirm_len))
		return XC_WHY_CONFIRM;
	x->outcome.met = true;
	memcpy(x->outcome.identity, t->proof.identity, XC_IDENTITY_LEN);
	return XC_WHY_DONE;
}

static void got_values(struct xc_exchange *x, int err)
{
	const bool identity = xc_exchange_has_identity(x);
	uint8_t early[XC_CONFIRM_MAX];
	enum xc_reason reason;

	(void)err;
	if (refusal(x, XC_WHY_REFUSED))
		return;
	if (x->reply.code != 250) {
		unexpected(x);
		return;
	}
	reason = take_values(x, early) ? XC_WHY_SYNTAX : agree(x);
	if (reason == XC_WHY_DONE && identity)
		reason = check_b(x, early);
	if (reason != XC_WHY_DONE)
		fail(x, reason);
	else if (identity)
		xc_exchange_do(x, XC_DO_JUDGE, judged);
	else
		xc_exchange_do(x, XC_DO_PREPARE, prepared);
}

static void values_sent(struct xc_exchange *x, int err)
{
	(void)err;
	listen_reply(x, got_values);
}

/* Versions are one digit, a dot, one digit. */
static bool is_newer(const struct xc_suite *suite, const struct xc_suite *than)
{
	return !than || strcmp(suite->kex->version, than->kex->version) > 0;
}

/*
 * The first suite of b's list that we accept too, of the highest version; or NULL. With
 * short_lines of those that have no others.
 */
static const struct xc_suite *choose(const struct xc_exchange *x, bool short_lines)
{
	const struct xc_suite *best = NULL;
	struct xc_word word;
	size_t pos = 0;

	while (xc_offer_next(&x->transcript.offer, &pos, &word)) {
		const struct xc_suite *suite = xc_suite_find(word);

		if (suite && xc_suite_list_has(x->env->accept, suite) && is_newer(suite, best) &&
		    !(short_lines && xc_kex_has_long_lines(suite->kex)))
			best = suite;
	}
	return best;
}

static void start(struct xc_exchange *x, bool short_lines)
{
	struct xc_transcript *t = &x->transcript;
	char head[16 + XC_OFFER_WORD_MAX] = "XCRYPT ";

	if (short_lines)
		t->suite = choose(x, true);
	if (!t->suite)
		t->suite = choose(x, false);
	if (!t->suite) {
		xc_exchange_finish(x, XCRYPT_CLASS_NONE, XC_WHY_NO_SUITE);
		return;
	}
	if (xc_exchange_own(x, t->nonce_a)) {
		xc_exchange_finish(x, XCRYPT_CLASS_NONE, XC_WHY_FAULT);
		return;
	}
	memcpy(t->public_a, x->pair->public_a, t->suite->kex->public_a_len);
	strncat(head, t->suite->name, XC_OFFER_WORD_MAX);
	xc_exchange_say_values(x, values_sent, head, (const struct xc_value[]) {
			{ t->public_a, t->suite->kex->public_a_len },
			{ t->nonce_a, t->suite->kex->nonce_len },
		}, 2);
}

static void take_wish(struct xc_exchange *x, const struct xc_wish *wish)
{
	if (wish->early_len > sizeof(x->early))
		return;
	x->early_len = wish->early_len;
	if (wish->early_len)
		memcpy(x->early, wish->early, wish->early_len);
}

struct xc_exchange *xc_exchange_client(const struct xc_exchange_env *env,
				       const struct xc_offer *offer, const struct in6_addr *addr,
				       const struct xc_wish *wish)
{
	struct xc_exchange *x = xc_exchange_new(env, false, offer, addr);

	if (!x)
		return NULL;
	if (wish)
		take_wish(x, wish);
	start(x, wish && wish->short_lines);
	return x;
}
