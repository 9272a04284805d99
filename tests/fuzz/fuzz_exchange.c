// SPDX-License-Identifier: GPL-2.0
/*
 * The whole state machine. The first octet says which role and suite, the second how the input
 * is cut and which action fails; then comes, for b, the first line up to an LF, and what the
 * peer sends. Nobody gets keyed in versions 2 and 3 without knowing the secret, and every exchange
 * comes to an end or waits for the peer.
 */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "exchange/exchange.h"

static struct xc_exchange_env env;
static struct xc_identity *identity;
static struct xc_suite_list suites;
static struct xc_offer offer;
static const struct xc_wish wish = { .early = "EHLO a\r\n", .early_len = 8 };
static struct xc_log quiet = { .to = XC_LOG_STDERR, .level = -1 };

static int constant(void *p, size_t size)
{
	memset(p, 0x5a, size);
	return 0;
}

/* A fresh ring each time: what an input does must not hang on those before it. */
static void init(void)
{
	struct xc_keyring_options options = {
		.lifetime = 7200, .mode = XC_CACHE_MEMORY, .size = 8, .share = 8,
	};
	char text[XC_SUITE_LIST_TEXT];
	int i;

	suites.n = 0;
	for (i = 0; xc_suite_at(i); i++)
		xc_suite_list_add(&suites, xc_suite_at(i));
	xc_suite_list_format(text, &suites);
	must(!xc_offer_parse(&offer, text, strlen(text)));
	env.ring = xc_keyring_new(&options, &suites, &quiet);
	env.accept = &suites;
	env.random = constant;
	identity = xc_identity_new();
	env.identity = identity;
}

/* A step. False when it waits for octets that do not come. */
static bool step(struct xc_exchange *x, const char **in, size_t *left, size_t chunk, int failing)
{
	enum xc_action action = xc_exchange_action(x);
	size_t n;

	if (action == XC_DO_WRITE) {
		must(xc_exchange_output(x, &n)[n - 1] == '\n');
		xc_exchange_written(x, n < chunk ? n : chunk);
	} else if (action != XC_DO_READ) {
		xc_exchange_done(x, (int)action == failing ? -EBUSY : 0);
	} else {
		n = *left < chunk ? *left : chunk;
		n = n < xc_exchange_room(x) ? n : xc_exchange_room(x);
		must(xc_exchange_room(x));
		if (!n)
			return false;
		n = xc_exchange_take(*in, n);
		xc_exchange_read(x, *in, n);
		*in += n;
		*left -= n;
	}
	return true;
}

static void finish(struct xc_exchange *x, uint8_t how)
{
	if (how & 1)
		xc_exchange_read(x, NULL, 0);
	else
		xc_exchange_timeout(x);
	xc_exchange_timeout(x);
	must(xc_exchange_action(x) == XC_DO_FINISH);
	must(xc_exchange_outcome(x)->class == XCRYPT_CLASS_CLOSED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t chunks[] = { 1, 7, 100, 100000 };
	const struct in6_addr addr = { 0 };
	const struct xc_outcome *o;
	const struct xc_suite *one;
	struct xc_exchange *x;
	const char *in;
	size_t first;
	int failing;

	if (size < 2)
		return 0;
	init();
	in = (const char *)data + 2;
	size -= 2;
	failing = data[1] & 0x80 ? data[1] >> 2 & 15 : -1;
	if (data[0] & 1) {
		first = xc_exchange_take(in, size);
		x = xc_exchange_server(&env, &offer, in, first, &addr);
		in += first;
		size -= first;
	} else {
		one = suites.suite[(data[0] >> 1 & 7) % suites.n];
		suites.n = 0;
		xc_suite_list_add(&suites, one);
		x = xc_exchange_client(&env, &offer, &addr, &wish);
	}
	while (xc_exchange_action(x) != XC_DO_FINISH &&
	       step(x, &in, &size, chunks[data[1] & 3], failing))
		;
	if (xc_exchange_action(x) != XC_DO_FINISH)
		finish(x, data[0] >> 7);
	o = xc_exchange_outcome(x);
	must(o->class != XCRYPT_CLASS_ENCRYPTED || !o->suite->kex->confirm_len);
	must(strlen(o->text) <= XC_LOG_PEER_MAX);
	xc_exchange_free(x);
	xc_keyring_free(env.ring);
	xc_identity_free(identity);
	return 0;
}
