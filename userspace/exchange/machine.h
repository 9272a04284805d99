/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the two roles share. Each role is a chain of continuations: a step starts an action
 * and names the function to go on with when the action is done.
 */
#ifndef XCRYPTD_EXCHANGE_MACHINE_H
#define XCRYPTD_EXCHANGE_MACHINE_H

#include <netinet/in.h>

#include "agreement/derive.h"
#include "agreement/offer.h"
#include "env.h"
#include "outcome.h"

struct xc_exchange;

/*
 * err after XC_DO_READ, with the line as x->line: 0; -EMSGSIZE: it is too long; -EINVAL: it
 * has a NUL; -EILSEQ: LF without CR. After the others what xc_exchange_done() was given.
 */
typedef void (*xc_step)(struct xc_exchange *x, int err);

struct xc_exchange {
	const struct xc_exchange_env *env;
	bool server;
	enum xc_action action;
	xc_step then;
	bool touched;			/* an octet was read or written */
	bool said_ok;			/* a: XCRYPT OK is out, b may have switched */
	bool waiting;			/* b: has answered the first line */
	bool switching;			/* b: the receive key is in, or being put in */
	bool expired;			/* the time limit has passed */
	struct in6_addr addr;
	struct xc_keypair *pair;
	struct xc_outcome outcome;

	int in_err;			/* of the first line, which the caller brought */
	size_t in_len;
	char in[XC_LINE_MAX];
	struct xc_word line;		/* in in, without its end */

	int reply_lines;		/* a: of the reply so far */
	xc_step reply_then;		/* a: what to do with the whole of it */
	struct xc_reply reply;

	size_t out_len;
	size_t out_at;
	char out[XC_LINE_MAX + 1];

	size_t early_len;		/* a: version 3 */
	char early[XCRYPT_EARLY_MAX];

	struct xc_transcript transcript;
	struct xc_agreed agreed;
	struct xc_keys keys;
};

struct xc_exchange *xc_exchange_new(const struct xc_exchange_env *env, bool server,
				    const struct xc_offer *offer, const struct in6_addr *addr);

/* Start an action. */
void xc_exchange_do(struct xc_exchange *x, enum xc_action action, xc_step then);

/* Read a line. */
void xc_exchange_listen(struct xc_exchange *x, xc_step then);

/* Write a line of up to three words; NULL where there is none. */
void xc_exchange_say(struct xc_exchange *x, xc_step then, const char *a, const char *b,
		     const char *c);

struct xc_value {
	const uint8_t *at;
	size_t len;
};

#define XC_VALUES_MAX	5	/* K, N; in version 3 I_b, S_b, V_b, too */

/* As _say, of "HEAD VALUE ...", binary ones. */
void xc_exchange_say_values(struct xc_exchange *x, xc_step then, const char *head,
			    const struct xc_value *value, int n);

/* Write octets that are no line. */
void xc_exchange_put(struct xc_exchange *x, xc_step then, const char *octets, size_t len);

/* As _say, of "HEAD" or, where the suite confirms, "HEAD C". */
void xc_exchange_say_confirm(struct xc_exchange *x, xc_step then, const char *head,
			     const uint8_t *confirm);

void xc_exchange_finish(struct xc_exchange *x, enum xcrypt_class class, enum xc_reason reason);

/* Note the peer's text for the log. */
void xc_exchange_note(struct xc_exchange *x, struct xc_word text);

/* Decode a word to exactly len octets. 0 or -EINVAL. */
int xc_exchange_decode(uint8_t *dst, size_t len, struct xc_word word);

/* Whether the suite is one of version 3. */
bool xc_exchange_has_identity(const struct xc_exchange *x);

/* The pair and the nonce of our side. 0 or -ENOMEM. */
int xc_exchange_own(struct xc_exchange *x, uint8_t *nonce);

/* Whether the words behind OK are the expected confirmation: 0, -EINVAL (form) or -EBADMSG. */
int xc_exchange_check_confirm(const struct xc_exchange *x, const struct xc_word *word, int n,
			      const uint8_t *confirm);

#endif
