// SPDX-License-Identifier: GPL-2.0
/*
 * b's side of the exchange. In the order of the protocol, from top to bottom:
 *
 *	server_begin	a's first line		answer() says what is wrong with it
 *	replied		250 XCRYPT K_b N_b is out
 *	got_second	a's second line
 *	verify		nothing is queued behind XCRYPT OK; in version 3 records may be
 *	prepared	all is allocated
 *	rx_installed	from here on a failure shuts the connection down
 *	last_line_sent
 *	tx_installed
 */
#include "exchange.h"

#include <errno.h>
#include <string.h>

#include "machine.h"

#define SAY_SUITE	"504 5.5.4"
#define SAY_SYNTAX	"501 5.5.4"
#define SAY_MOMENT	"503 5.5.1"
#define SAY_FAULT	"454 4.7.0"

static void server_refused(struct xc_exchange *x, int err)
{
	(void)err;
	xc_exchange_finish(x, x->outcome.class, x->outcome.reason);
}

/* No RST for what still comes is to eat the answer. */
static void refused_and_closing(struct xc_exchange *x, int err)
{
	(void)err;
	xc_exchange_do(x, XC_DO_DRAIN, server_refused);
}

/*
 * Say "STATUS XCRYPT FAIL" and end. Where a may have switched already, in version 3, the
 * connection ends as well.
 */
static void answer(struct xc_exchange *x, const char *status, enum xcrypt_class class,
		   enum xc_reason reason)
{
	const bool closing = x->waiting && xc_exchange_has_identity(x);

	x->outcome.class = closing ? XCRYPT_CLASS_CLOSED : class;
	x->outcome.reason = reason;
	x->outcome.code = (status[0] - '0') * 100 + (status[1] - '0') * 10 + status[2] - '0';
	xc_exchange_note(x, x->line);
	xc_exchange_say(x, closing ? refused_and_closing : server_refused, status, "XCRYPT FAIL",
			NULL);
}

/* A line that could not be read as one. True if that was the end of it. */
static bool bad_line(struct xc_exchange *x, int err)
{
	if (err == -EMSGSIZE)
		answer(x, SAY_SYNTAX, XCRYPT_CLASS_CLOSED, XC_WHY_TOO_LONG);
	else if (err == -EINVAL)
		answer(x, SAY_SYNTAX, XCRYPT_CLASS_CLOSED, XC_WHY_NUL);
	else if (err == -EILSEQ)
		answer(x, SAY_SYNTAX, XCRYPT_CLASS_ANSWERED, XC_WHY_BARE_LF);
	return err;
}

static void tx_installed(struct xc_exchange *x, int err)
{
	x->outcome.cause = -err;
	if (err)
		xc_exchange_finish(x, XCRYPT_CLASS_CLOSED, XC_WHY_INSTALL);
	else
		xc_exchange_finish(x, XCRYPT_CLASS_ENCRYPTED, XC_WHY_DONE);
}

static void last_line_sent(struct xc_exchange *x, int err)
{
	(void)err;
	xc_exchange_do(x, XC_DO_KEY_TX, tx_installed);
}

static void rx_installed(struct xc_exchange *x, int err)
{
	if (err) {
		x->outcome.cause = -err;
		xc_exchange_finish(x, XCRYPT_CLASS_CLOSED,
				   err == -ENOTEMPTY ? XC_WHY_PIPELINED : XC_WHY_INSTALL);
		return;
	}
	x->outcome.code = 250;
	xc_exchange_say_confirm(x, last_line_sent, "250 XCRYPT OK", x->keys.confirm_b);
}

static void prepared(struct xc_exchange *x, int err)
{
	if (err) {
		x->outcome.cause = -err;
		answer(x, SAY_FAULT, XCRYPT_CLASS_ANSWERED, XC_WHY_FAULT);
		return;
	}
	x->switching = true;
	xc_exchange_do(x, xc_exchange_has_identity(x) ? XC_DO_KEY_RX : XC_DO_KEY_RX_STRICT,
		       rx_installed);
}

static void learn(struct xc_exchange *x)
{
	const struct xc_transcript *t = &x->transcript;
	const struct xc_lesson lesson = {
		.addr = x->addr, .peer = t->public_a, .answer = t->public_b,
		.proof = xc_exchange_has_identity(x) ? &t->proof : NULL,
		.shared = x->agreed.shared,
	};

	xc_keyring_learn(x->env->ring, x->pair, &lesson);
}

/* XCRYPT OK has been read; err tells of octets behind it. */
static void verify(struct xc_exchange *x, int err)
{
	struct xc_command cmd;

	if (err) {
		xc_exchange_finish(x, XCRYPT_CLASS_CLOSED, XC_WHY_PIPELINED);
		return;
	}
	xc_line_command(&cmd, x->line.at, x->line.len);
	err = xc_exchange_check_confirm(x, cmd.arg, cmd.nargs, x->keys.confirm_a);
	if (err == -EINVAL) {
		answer(x, SAY_SYNTAX, XCRYPT_CLASS_ANSWERED, XC_WHY_SYNTAX);
	} else if (err) {
		answer(x, SAY_FAULT, XCRYPT_CLASS_ANSWERED, XC_WHY_CONFIRM);
	} else {
		if (!x->outcome.hit)
			learn(x);
		xc_exchange_do(x, XC_DO_PREPARE, prepared);
	}
}

static void peer_fails(struct xc_exchange *x, const struct xc_command *cmd)
{
	x->outcome.class = XCRYPT_CLASS_ANSWERED;
	x->outcome.reason = XC_WHY_PEER_FAIL;
	x->outcome.code = 250;
	if (cmd->nargs)
		xc_exchange_note(x, cmd->arg[0]);
	xc_exchange_say(x, server_refused, "250 XCRYPT FAIL", NULL, NULL);
}

static void got_second(struct xc_exchange *x, int err)
{
	struct xc_command cmd;

	if (bad_line(x, err))
		return;
	xc_line_command(&cmd, x->line.at, x->line.len);
	if (cmd.kind == XC_CMD_OK && xc_exchange_has_identity(x))
		verify(x, 0);
	else if (cmd.kind == XC_CMD_OK)
		xc_exchange_do(x, XC_DO_QUEUED, verify);
	else if (cmd.kind == XC_CMD_FAIL)
		peer_fails(x, &cmd);
	else if (cmd.kind == XC_CMD_BAD)
		answer(x, SAY_SYNTAX, XCRYPT_CLASS_ANSWERED, XC_WHY_SYNTAX);
	else
		answer(x, SAY_MOMENT, XCRYPT_CLASS_ANSWERED, XC_WHY_MOMENT);
}

static void replied(struct xc_exchange *x, int err)
{
	(void)err;
	x->waiting = true;
	xc_exchange_listen(x, got_second);
}

/* The suite and the values of a's first line. 0, or the answer has been given. */
static int take_first(struct xc_exchange *x, const struct xc_command *cmd)
{
	struct xc_transcript *t = &x->transcript;
	const struct xc_suite *suite;

	if (cmd->kind != XC_CMD_BEGIN || cmd->nargs != 3) {
		answer(x, SAY_SYNTAX, XCRYPT_CLASS_ANSWERED, XC_WHY_SYNTAX);
		return -EINVAL;
	}
	suite = xc_suite_find(cmd->arg[0]);
	if (!suite || !xc_offer_has(&t->offer, suite->name)) {
		answer(x, SAY_SUITE, XCRYPT_CLASS_ANSWERED, XC_WHY_NO_SUITE);
		return -ENOENT;
	}
	if (xc_exchange_decode(t->public_a, suite->kex->public_a_len, cmd->arg[1]) ||
	    xc_exchange_decode(t->nonce_a, suite->kex->nonce_len, cmd->arg[2])) {
		answer(x, SAY_SYNTAX, XCRYPT_CLASS_ANSWERED, XC_WHY_SYNTAX);
		return -EINVAL;
	}
	t->suite = suite;
	return 0;
}

/* Sign K_a and K_b, unless that was done for this pair of them. 0 or -ENOMEM. */
static int prove(struct xc_exchange *x)
{
	const struct xc_identity *identity = x->env->identity;
	struct xc_transcript *t = &x->transcript;
	uint8_t message[XC_IDENTITY_MESSAGE];

	if (x->agreed.proven) {
		t->proof = x->agreed.proof;
		return 0;
	}
	x->outcome.hit = false;
	x->outcome.signature = true;
	if (!identity || xc_derive_signed(t, message))
		return -ENOMEM;
	memcpy(t->proof.identity, xc_identity_public(identity), XC_IDENTITY_LEN);
	return xc_identity_sign(identity, t->proof.signature, message);
}

/* Agree and derive. 0, -EKEYREJECTED or -ENOMEM. */
static int agree(struct xc_exchange *x)
{
	struct xc_transcript *t = &x->transcript;
	int err = xc_exchange_own(x, t->nonce_b);

	if (!err)
		err = xc_keyring_answer(x->env->ring, x->pair, &x->addr, t->public_a, t->public_b,
					&x->agreed);
	x->outcome.hit = x->agreed.hit;
	if (!err && xc_exchange_has_identity(x))
		err = prove(x);
	if (!err)
		err = t->suite->kex->derive(t, x->agreed.shared, &x->keys);
	return err;
}

/* 250 XCRYPT K_b N_b, and in version 3 I_b S_b V_b */
static void say_values(struct xc_exchange *x)
{
	const struct xc_transcript *t = &x->transcript;
	const struct xc_kex *kex = t->suite->kex;

	x->outcome.code = 250;
	xc_exchange_say_values(x, replied, "250 XCRYPT", (const struct xc_value[]) {
			{ t->public_b, kex->public_b_len },
			{ t->nonce_b, kex->nonce_len },
			{ t->proof.identity, XC_IDENTITY_LEN },
			{ t->proof.signature, XC_SIGNATURE_LEN },
			{ x->keys.early, kex->confirm_len },
		}, kex->identity ? 5 : 2);
}

static void first_line(struct xc_exchange *x)
{
	struct xc_command cmd;
	int err;

	xc_line_command(&cmd, x->line.at, x->line.len);
	if (cmd.kind == XC_CMD_OK || cmd.kind == XC_CMD_FAIL) {
		answer(x, SAY_MOMENT, XCRYPT_CLASS_ANSWERED, XC_WHY_MOMENT);
		return;
	}
	if (take_first(x, &cmd))
		return;
	err = agree(x);
	if (err) {
		answer(x, SAY_FAULT, XCRYPT_CLASS_ANSWERED,
		       err == -EKEYREJECTED ? XC_WHY_PUBLIC_KEY : XC_WHY_FAULT);
		return;
	}
	say_values(x);
}

static void server_begin(struct xc_exchange *x, int err)
{
	if (err)
		answer(x, SAY_MOMENT, XCRYPT_CLASS_CLOSED, XC_WHY_PIPELINED);
	else if (!bad_line(x, x->in_err))
		first_line(x);
}

/* The line that the MTA has read, into x->line. */
static void bring_line(struct xc_exchange *x, const char *line, size_t len)
{
	if (len && line[len - 1] == '\n')
		len--;
	if (len && line[len - 1] == '\r')
		len--;
	if (len > XC_LINE_MAX - 2) {
		x->in_err = -EMSGSIZE;
		len = XC_LINE_MAX - 2;
	} else if (len && memchr(line, '\0', len)) {
		x->in_err = -EINVAL;
	}
	if (len)
		memcpy(x->in, line, len);
	x->line = (struct xc_word){ x->in, len };
}

struct xc_exchange *xc_exchange_server(const struct xc_exchange_env *env,
				       const struct xc_offer *offer, const char *line, size_t len,
				       const struct in6_addr *addr)
{
	struct xc_exchange *x = xc_exchange_new(env, true, offer, addr);

	if (!x)
		return NULL;
	bring_line(x, line, len);
	xc_exchange_do(x, XC_DO_QUEUED, server_begin);
	return x;
}
