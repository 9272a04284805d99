// SPDX-License-Identifier: GPL-2.0
#include "drive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#include "exchange/report.h"
#include "common/secret.h"

static void keep_log(void *ctx, int level, const char *line)
{
	struct world *w = ctx;
	size_t len = strlen(w->logged);

	snprintf(w->logged + len, sizeof(w->logged) - len, "%s<%d>%s", len ? "; " : "", level,
		 line);
}

void world_suites(struct world *w, const char *names, enum xc_cache_mode mode)
{
	struct xc_keyring_options options = {
		.lifetime = 7200, .mode = mode, .size = 64, .share = 16,
	};
	struct xc_word word;
	size_t pos = 0;

	memset(w, 0, sizeof(*w));
	w->log = (struct xc_log){ .to = XC_LOG_CALL, .level = LOG_DEBUG, .call = keep_log,
				  .ctx = w };
	if (xc_offer_parse(&w->offer, names, strlen(names)))
		abort();
	while (xc_offer_next(&w->offer, &pos, &word)) {
		if (xc_suite_find(word))
			xc_suite_list_add(&w->suites, xc_suite_find(word));
	}
	inet_pton(AF_INET6, "::ffff:192.0.2.7", &w->addr);
	w->env.ring = xc_keyring_new(&options, &w->suites, &w->log);
	w->env.accept = &w->suites;
	w->env.random = xc_secret_random;
	w->identity = xc_identity_new();
	w->env.identity = w->identity;
}

void world_init(struct world *w, bool all_suites, enum xc_cache_mode mode)
{
	world_suites(w, all_suites ? "chacha20_2.0 aes256ctr_2.0 t32_1.0 arrsyfor_1.0" :
		     "chacha20_2.0 aes256ctr_2.0", mode);
}

void world_free(struct world *w)
{
	xc_keyring_free(w->env.ring);
	xc_identity_free(w->identity);
}

static const struct xc_offer *offer_of(struct world *w, const char *text, struct xc_offer *offer)
{
	if (!text)
		return &w->offer;
	if (xc_offer_parse(offer, text, strlen(text)))
		abort();
	return offer;
}

void drive_client(struct drive *d, struct world *w, const char *text)
{
	struct xc_offer offer;

	memset(d, 0, sizeof(*d));
	d->x = xc_exchange_client(&w->env, offer_of(w, text, &offer), &w->addr, &w->wish);
}

void drive_server_line(struct drive *d, struct world *w, const char *text, const char *line,
		       size_t len)
{
	struct xc_offer offer;

	memset(d, 0, sizeof(*d));
	d->x = xc_exchange_server(&w->env, offer_of(w, text, &offer), line, len, &w->addr);
}

void drive_server(struct drive *d, struct world *w, const char *text, const char *line)
{
	drive_server_line(d, w, text, line, strlen(line));
}

void drive_input(struct drive *d, const char *text)
{
	d->input = text;
	d->input_len = strlen(text);
	d->taken = 0;
}

static void note(struct drive *d, char c)
{
	size_t n = strlen(d->trace);

	if (n + 1 < sizeof(d->trace))
		d->trace[n] = c;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Peek, take, read, as a daemon would do it on a socket. From a copy of the very length. */
static bool do_read(struct drive *d)
{
	size_t n = least(d->input_len - d->taken, xc_exchange_room(d->x));
	char *data;

	if (d->chunk)
		n = least(n, d->chunk);
	if (!n)
		return false;
	n = xc_exchange_take(d->input + d->taken, n);
	data = malloc(n);
	memcpy(data, d->input + d->taken, n);
	d->taken += n;
	if (data[n - 1] == '\n')
		note(d, '<');
	xc_exchange_read(d->x, data, n);
	free(data);
	return true;
}

static void do_write(struct drive *d)
{
	size_t len;
	const char *out = xc_exchange_output(d->x, &len);

	if (d->chunk)
		len = least(len, d->chunk);
	if (d->sent_len + len >= sizeof(d->sent))
		abort();
	memcpy(d->sent + d->sent_len, out, len);
	d->sent_len += len;
	if (len && d->sent[d->sent_len - 1] == '\n')
		note(d, '>');
	xc_exchange_written(d->x, len);
}

static void keep_keys(struct drive *d)
{
	struct xc_direction tx, rx;

	xc_exchange_keys(d->x, &tx, &rx);
	memcpy(d->keys.tx_key, tx.key, 32);
	memcpy(d->keys.tx_iv, tx.iv, 16);
	memcpy(d->keys.rx_key, rx.key, 32);
	memcpy(d->keys.rx_iv, rx.iv, 16);
}

static int do_queued(struct drive *d)
{
	bool queued = d->asked++ ? d->queued : d->queued_first;

	return queued ? -ENOTEMPTY : 0;
}

static void step(struct drive *d, char letter, int err)
{
	note(d, letter);
	keep_keys(d);
	xc_exchange_done(d->x, err);
}

void drive_run(struct drive *d)
{
	for (;;) {
		switch (xc_exchange_action(d->x)) {
		case XC_DO_READ:
			if (!do_read(d))
				return;
			break;
		case XC_DO_WRITE:
			do_write(d);
			break;
		case XC_DO_QUEUED:
			step(d, 'q', do_queued(d));
			break;
		case XC_DO_JUDGE:
			step(d, 'j', d->err_judge);
			break;
		case XC_DO_KEY_RX:
			step(d, 'R', d->err_rx);
			break;
		case XC_DO_DRAIN:
			step(d, 'd', 0);
			break;
		case XC_DO_PREPARE:
			step(d, 'p', d->err_prepare);
			break;
		case XC_DO_KEY_RX_STRICT:
			step(d, 'r', d->err_rx);
			break;
		case XC_DO_KEY_TX:
			step(d, 't', d->err_tx);
			break;
		case XC_DO_KEY_BOTH:
			step(d, 'b', d->err_both);
			break;
		case XC_DO_FINISH:
			return;
		}
	}
}

bool drive_ended(struct drive *d, enum xcrypt_class class, enum xc_reason reason, const char *sent)
{
	const struct xc_outcome *o = xc_exchange_outcome(d->x);

	if (xc_exchange_action(d->x) != XC_DO_FINISH) {
		printf("# not at its end; trace %s, sent \"%s\"\n", d->trace, d->sent);
		return false;
	}
	if (o->class == class && o->reason == reason && (!sent || !strcmp(d->sent, sent)))
		return true;
	printf("# %s, %s, trace %s, sent \"%s\"\n", xc_class_name(o->class),
	       xc_reason_name(o->reason), d->trace, d->sent);
	return false;
}

void drive_free(struct drive *d)
{
	xc_exchange_free(d->x);
	d->x = NULL;
}

const char *word_of(const char *line, int n, char *dst)
{
	size_t len;

	while (n--)
		line += strcspn(line, " ") + 1;
	len = strcspn(line, " \r\n");
	memcpy(dst, line, len);
	dst[len] = '\0';
	return dst;
}
