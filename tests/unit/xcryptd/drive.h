/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Drive one exchange by a script instead of a socket: what the peer sends is given, what is
 * sent is kept, actions are noted as letters:
 *
 *	q queued?   j judge   p prepare   r receive key, strict   R receive key   t send key
 *	b both keys   d drain
 *	< a line was read   > a line was written
 */
#ifndef TESTS_DRIVE_H
#define TESTS_DRIVE_H

#include "exchange/exchange.h"

struct drive {
	struct xc_exchange *x;
	/* the script */
	const char *input;
	size_t input_len;
	size_t chunk;		/* octets that arrive or leave at once, 0 for all */
	bool queued;		/* octets are queued when asked the second time */
	bool queued_first;	/* octets are queued when asked the first time */
	int err_judge, err_prepare, err_rx, err_tx, err_both;
	/* what came of it */
	size_t taken;		/* of input */
	int asked;
	char sent[16384];
	size_t sent_len;
	char trace[256];
	struct xc_keys_copy {
		uint8_t tx_key[32], tx_iv[16], rx_key[32], rx_iv[16];
	} keys;
};

/* Shared state with suites of 2.0, or of 2.0 and 1.0, or those named, and memory caches. */
struct world {
	struct xc_exchange_env env;
	struct xc_identity *identity;
	struct xc_wish wish;
	struct xc_suite_list suites;
	struct xc_log log;
	struct xc_offer offer;
	struct in6_addr addr;
	char logged[4096];
};

void world_init(struct world *w, bool all_suites, enum xc_cache_mode mode);
void world_suites(struct world *w, const char *names, enum xc_cache_mode mode);
void world_free(struct world *w);

/* Begin; line and offer as text. The world's offer if that is NULL. */
void drive_client(struct drive *d, struct world *w, const char *offer);
void drive_server(struct drive *d, struct world *w, const char *offer, const char *line);
void drive_server_line(struct drive *d, struct world *w, const char *offer, const char *line,
		       size_t len);

/* What the peer sends from here on. */
void drive_input(struct drive *d, const char *text);

/* Go on until the end, or until there is nothing to read. */
void drive_run(struct drive *d);

/* Whether it ended so; tells what is different. sent NULL: whatever was sent. */
bool drive_ended(struct drive *d, enum xcrypt_class class, enum xc_reason reason, const char *sent);

void drive_free(struct drive *d);

/* The n-th word (from 0) of a line. */
const char *word_of(const char *line, int n, char *dst);

#endif
