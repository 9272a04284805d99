// SPDX-License-Identifier: GPL-2.0
#include "machine.h"

#include <errno.h>
#include <string.h>

#include "common/base64.h"
#include "common/secret.h"

struct xc_exchange *xc_exchange_new(const struct xc_exchange_env *env, bool server,
				    const struct xc_offer *offer, const struct in6_addr *addr)
{
	struct xc_exchange *x = xc_secret_alloc(sizeof(*x));

	if (!x)
		return NULL;
	x->env = env;
	x->server = server;
	x->addr = *addr;
	x->transcript.offer = *offer;
	/* Zero would be ENCRYPTED. */
	x->outcome.class = XCRYPT_CLASS_CLOSED;
	return x;
}

void xc_exchange_finish(struct xc_exchange *x, enum xcrypt_class class, enum xc_reason reason)
{
	x->outcome.class = class;
	x->outcome.reason = reason;
	x->outcome.suite = x->transcript.suite;
	if (class == XCRYPT_CLASS_ENCRYPTED)
		memcpy(x->outcome.session, x->keys.session, XC_SESSION_LEN);
	x->action = XC_DO_FINISH;
	x->then = NULL;
}

void xc_exchange_do(struct xc_exchange *x, enum xc_action action, xc_step then)
{
	x->action = action;
	x->then = then;
}

void xc_exchange_listen(struct xc_exchange *x, xc_step then)
{
	x->in_len = 0;
	xc_exchange_do(x, XC_DO_READ, then);
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

/* The longest line of all versions has 1693 octets: the lengths are the suite's. */
void xc_exchange_say_values(struct xc_exchange *x, xc_step then, const char *head,
			    const struct xc_value *value, int n)
{
	char *at = stpcpy(x->out, head);
	int i;

	for (i = 0; i < n; i++) {
		*at++ = ' ';
		xc_base64_encode(at, value[i].at, value[i].len);
		at += strlen(at);
	}
	at = stpcpy(at, "\r\n");
	x->out_len = at - x->out;
	x->out_at = 0;
	xc_exchange_do(x, XC_DO_WRITE, then);
}

void xc_exchange_put(struct xc_exchange *x, xc_step then, const char *octets, size_t len)
{
	memcpy(x->out, octets, len);
	x->out_len = len;
	x->out_at = 0;
	xc_exchange_do(x, XC_DO_WRITE, then);
}

void xc_exchange_say_confirm(struct xc_exchange *x, xc_step then, const char *head,
			     const uint8_t *confirm)
{
	size_t len = x->transcript.suite->kex->confirm_len;
	char text[XC_BASE64_LEN(XC_CONFIRM_MAX) + 1];

	xc_base64_encode(text, confirm, len);
	xc_exchange_say(x, then, head, len ? text : NULL, NULL);
}

/* --- what both roles do --- */

bool xc_exchange_has_identity(const struct xc_exchange *x)
{
	return x->transcript.suite->kex->identity;
}

int xc_exchange_own(struct xc_exchange *x, uint8_t *nonce)
{
	const struct xc_kex *kex = x->transcript.suite->kex;

	x->pair = xc_keyring_pair(x->env->ring, kex);
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
