// SPDX-License-Identifier: GPL-2.0
#include "exchange_internal.h"

#include <errno.h>
#include <string.h>

#include "base64.h"
#include "secret.h"

static const char * const reason_names[] = {
	[XC_WHY_DONE]		= "done",
	[XC_WHY_NO_SUITE]	= "no-suite",
	[XC_WHY_REFUSED]	= "refused",
	[XC_WHY_PEER_FAIL]	= "peer-fail",
	[XC_WHY_SYNTAX]		= "syntax",
	[XC_WHY_MOMENT]		= "wrong-moment",
	[XC_WHY_PUBLIC_KEY]	= "public-key",
	[XC_WHY_CONFIRM]	= "confirmation",
	[XC_WHY_FAULT]		= "fault",
	[XC_WHY_TOO_LONG]	= "too-long",
	[XC_WHY_NUL]		= "nul",
	[XC_WHY_BARE_LF]	= "bare-lf",
	[XC_WHY_PIPELINED]	= "pipelined",
	[XC_WHY_UNEXPECTED]	= "unexpected-reply",
	[XC_WHY_INSTALL]	= "key-install",
	[XC_WHY_PEER_CLOSED]	= "peer-closed",
	[XC_WHY_IO]		= "io",
	[XC_WHY_TIMEOUT]	= "timeout",
	[XC_WHY_CANCELLED]	= "cancelled",
};

const char *xc_reason_name(enum xc_reason reason)
{
	return reason_names[reason];
}

/* --- life --- */

struct xc_exchange *xc_exchange_new(const struct xc_exchange_env *env, bool server,
				    const struct xc_offer *offer, const struct in6_addr *addr,
				    time_t now)
{
	struct xc_exchange *x = xc_secret_alloc(sizeof(*x));

	if (!x)
		return NULL;
	x->env = env;
	x->server = server;
	x->addr = *addr;
	x->now = now;
	x->transcript.offer = *offer;
	return x;
}

void xc_exchange_free(struct xc_exchange *x)
{
	if (!x)
		return;
	xc_keypair_put(x->pair);
	xc_secret_free(x, sizeof(*x));
}

void xc_exchange_finish(struct xc_exchange *x, enum xc_class class, enum xc_reason reason)
{
	x->outcome.class = class;
	x->outcome.reason = reason;
	x->outcome.suite = x->transcript.suite;
	if (class == XC_KEYED)
		memcpy(x->outcome.session, x->keys.session, XC_SESSION_LEN);
	x->action = XC_DO_FINISH;
	x->then = NULL;
}

/* --- actions --- */

enum xc_action xc_exchange_action(const struct xc_exchange *x)
{
	return x->action;
}

void xc_exchange_do(struct xc_exchange *x, enum xc_action action, xc_step then)
{
	x->action = action;
	x->then = then;
}

void xc_exchange_done(struct xc_exchange *x, int err)
{
	if (x->action != XC_DO_FINISH)
		x->then(x, err);
}

/* --- reading --- */

void xc_exchange_listen(struct xc_exchange *x, xc_step then)
{
	x->in_len = 0;
	xc_exchange_do(x, XC_DO_READ, then);
}

size_t xc_exchange_room(const struct xc_exchange *x)
{
	return x->action == XC_DO_READ ? sizeof(x->in) - x->in_len : 0;
}

size_t xc_exchange_take(const char *peeked, size_t len)
{
	const char *lf = len ? memchr(peeked, '\n', len) : NULL;

	return lf ? (size_t)(lf + 1 - peeked) : len;
}

static void got_line(struct xc_exchange *x)
{
	bool bare;
	int n = xc_line_strip(x->in, x->in_len, &bare);

	x->line = (struct xc_word){ x->in, n < 0 ? x->in_len : (size_t)n };
	if (n >= 0 && bare && !x->transcript.suite->kex->bare_lf)
		n = -EILSEQ;
	x->then(x, n < 0 ? n : 0);
}

void xc_exchange_read(struct xc_exchange *x, const char *data, size_t len)
{
	if (x->action != XC_DO_READ)
		return;
	if (!len) {
		xc_exchange_finish(x, XC_CLOSED, XC_WHY_PEER_CLOSED);
		return;
	}
	if (len > xc_exchange_room(x) || xc_exchange_take(data, len) != len) {
		/* The caller has read what it must not: where the stream stands is lost. */
		xc_exchange_finish(x, XC_CLOSED, XC_WHY_FAULT);
		return;
	}
	x->touched = true;
	memcpy(x->in + x->in_len, data, len);
	x->in_len += len;
	x->line = (struct xc_word){ x->in, x->in_len };
	if (memchr(data, '\0', len))
		x->then(x, -EINVAL);
	else if (data[len - 1] == '\n')
		got_line(x);
	else if (x->in_len == sizeof(x->in))
		x->then(x, -EMSGSIZE);
}

int xc_exchange_decode(uint8_t *dst, size_t len, struct xc_word word)
{
	return xc_base64_decode(dst, len, word.at, word.len);
}

void xc_exchange_note(struct xc_exchange *x, struct xc_word text)
{
	xc_log_escape(x->outcome.text, text.at, text.len);
}

/* --- writing --- */

void xc_exchange_say(struct xc_exchange *x, xc_step then, const char *a, const char *b,
		     const char *c)
{
	/* Cannot be too long: the words are our own. */
	x->out_len = xc_line_format(x->out, sizeof(x->out), a, b, c, NULL);
	x->out_at = 0;
	xc_exchange_do(x, XC_DO_WRITE, then);
}

void xc_exchange_say_values(struct xc_exchange *x, xc_step then, const char *head,
			    const uint8_t *key, size_t key_len, const uint8_t *nonce)
{
	char key_text[XC_BASE64_LEN(XC_PUBLIC_MAX) + 1];
	char nonce_text[XC_BASE64_LEN(XC_NONCE_MAX) + 1];

	xc_base64_encode(key_text, key, key_len);
	xc_base64_encode(nonce_text, nonce, x->transcript.suite->kex->nonce_len);
	xc_exchange_say(x, then, head, key_text, nonce_text);
}

void xc_exchange_say_confirm(struct xc_exchange *x, xc_step then, const char *head,
			     const uint8_t *confirm)
{
	size_t len = x->transcript.suite->kex->confirm_len;
	char text[XC_BASE64_LEN(XC_CONFIRM_MAX) + 1];

	xc_base64_encode(text, confirm, len);
	xc_exchange_say(x, then, head, len ? text : NULL, NULL);
}

const char *xc_exchange_output(const struct xc_exchange *x, size_t *len)
{
	*len = x->action == XC_DO_WRITE ? x->out_len - x->out_at : 0;
	return x->out + x->out_at;
}

void xc_exchange_written(struct xc_exchange *x, size_t len)
{
	if (x->action != XC_DO_WRITE || !len)
		return;
	x->touched = true;
	x->out_at += len;
	if (x->out_at == x->out_len)
		x->then(x, 0);
}

/* --- what both roles do --- */

int xc_exchange_own(struct xc_exchange *x, uint8_t *nonce)
{
	const struct xc_kex *kex = x->transcript.suite->kex;

	x->pair = xc_keyring_pair(x->env->ring, kex, x->now);
	if (!x->pair || x->env->random(nonce, kex->nonce_len))
		return -ENOMEM;
	return 0;
}

int xc_exchange_check_confirm(const struct xc_exchange *x, const struct xc_word *word, int n,
			      const uint8_t *confirm)
{
	size_t len = x->transcript.suite->kex->confirm_len;
	uint8_t got[XC_CONFIRM_MAX];

	if (n != (len ? 1 : 0))
		return -EINVAL;
	if (!len)
		return 0;
	if (xc_exchange_decode(got, len, *word))
		return -EINVAL;
	return xc_secret_equal(got, confirm, len) ? 0 : -EBADMSG;
}

/* --- what happens beside --- */

static void abandon(struct xc_exchange *x, enum xc_reason reason)
{
	if (x->action != XC_DO_FINISH)
		xc_exchange_finish(x, x->touched ? XC_CLOSED : XC_NONE, reason);
}

void xc_exchange_failed(struct xc_exchange *x, int err)
{
	if (x->action != XC_DO_FINISH)
		x->outcome.error = -err;
	abandon(x, XC_WHY_IO);
}

void xc_exchange_cancel(struct xc_exchange *x)
{
	abandon(x, XC_WHY_CANCELLED);
}

static void timed_out(struct xc_exchange *x, int err)
{
	(void)err;
	xc_exchange_finish(x, XC_CLOSED, XC_WHY_TIMEOUT);
}

void xc_exchange_timeout(struct xc_exchange *x)
{
	bool mid_reply = x->action == XC_DO_WRITE && x->out_at;

	if (x->action == XC_DO_FINISH)
		return;
	if (!x->server) {
		abandon(x, XC_WHY_TIMEOUT);
	} else if (x->expired || x->switching || mid_reply) {
		timed_out(x, 0);
	} else {
		x->expired = true;
		x->outcome.code = 421;
		xc_exchange_say(x, timed_out, "421 4.4.2 XCRYPT took too long", NULL, NULL);
	}
}

/* --- results --- */

void xc_exchange_keys(const struct xc_exchange *x, struct xc_direction *tx,
		      struct xc_direction *rx)
{
	struct xc_direction c2s = { x->keys.key_c2s, x->keys.iv_c2s };
	struct xc_direction s2c = { x->keys.key_s2c, x->keys.iv_s2c };

	*tx = x->server ? s2c : c2s;
	*rx = x->server ? c2s : s2c;
}

const struct xc_suite *xc_exchange_suite(const struct xc_exchange *x)
{
	return x->transcript.suite;
}

const uint8_t *xc_exchange_session(const struct xc_exchange *x)
{
	return x->keys.session;
}

const struct xc_outcome *xc_exchange_outcome(const struct xc_exchange *x)
{
	return &x->outcome;
}
