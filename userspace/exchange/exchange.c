// SPDX-License-Identifier: GPL-2.0
#include "exchange.h"

#include <errno.h>
#include <string.h>

#include "common/secret.h"
#include "machine.h"

void xc_exchange_free(struct xc_exchange *x)
{
	if (!x)
		return;
	xc_keypair_put(x->pair);
	xc_secret_free(x, sizeof(*x));
}

/* --- actions --- */

enum xc_action xc_exchange_action(const struct xc_exchange *x)
{
	return x->action;
}

void xc_exchange_done(struct xc_exchange *x, int err)
{
	if (x->action != XC_DO_FINISH)
		x->then(x, err);
}

/* --- reading --- */

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
		xc_exchange_finish(x, XCRYPT_CLASS_CLOSED, XC_WHY_PEER_CLOSED);
		return;
	}
	if (len > xc_exchange_room(x) || xc_exchange_take(data, len) != len) {
		/* The caller has read what it must not: where the stream stands is lost. */
		xc_exchange_finish(x, XCRYPT_CLASS_CLOSED, XC_WHY_FAULT);
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

/* --- writing --- */

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

/* --- what happens beside --- */

/* The answer is out, and that the peer goes on talking does not change it. */
static void drained(struct xc_exchange *x)
{
	if (x->action == XC_DO_DRAIN)
		x->then(x, 0);
}

static void abandon(struct xc_exchange *x, enum xc_reason reason)
{
	if (x->action != XC_DO_FINISH)
		xc_exchange_finish(x, x->touched ? XCRYPT_CLASS_CLOSED : XCRYPT_CLASS_NONE, reason);
}

void xc_exchange_failed(struct xc_exchange *x, int err)
{
	drained(x);
	if (x->action != XC_DO_FINISH)
		x->outcome.cause = -err;
	abandon(x, XC_WHY_IO);
}

void xc_exchange_cancel(struct xc_exchange *x)
{
	drained(x);
	abandon(x, XC_WHY_CANCELLED);
}

static void timed_out(struct xc_exchange *x, int err)
{
	(void)err;
	xc_exchange_finish(x, XCRYPT_CLASS_CLOSED, XC_WHY_TIMEOUT);
}

void xc_exchange_timeout(struct xc_exchange *x)
{
	bool mid_reply = x->action == XC_DO_WRITE && x->out_at;

	drained(x);
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
