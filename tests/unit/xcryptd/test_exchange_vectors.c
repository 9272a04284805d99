// SPDX-License-Identifier: GPL-2.0
/*
 * The whole exchange, both roles, octet for octet as handshake-vectors.json has it. The
 * private values come from a cache file, the nonces from a replaced random source.
 */
#include <stdlib.h>
#include <unistd.h>

#include "cachefile.h"
#include "cacheimage.h"
#include "drive.h"
#include "handshake_vectors.h"
#include "tap.h"

static const uint8_t *next_nonce;

static int give_nonce(void *p, size_t size)
{
	memcpy(p, next_nonce, size);
	return 0;
}

static const struct xc_suite *suite_of(const struct handshake_vector *v)
{
	return xc_suite_find((struct xc_word){ v->suite, strlen(v->suite) });
}

/* A cache file with the private value and nothing else. */
static void plant(const char *dir, const struct xc_kex *kex, const uint8_t *private)
{
	struct xc_keypair *pair = xc_keypair_restore(kex, private, NOW, NOW + 7200);
	struct xc_cache *cache = xc_cache_new(kex, 1, 1);
	struct xc_cachefile file;
	uint8_t image[4096];
	long len = xc_cacheimage_write(image, pair, cache);

	if (xc_cachefile_open(&file, dir, kex->version) ||
	    xc_cachefile_replace(&file, image, len))
		abort();
	xc_cachefile_close(&file);
	xc_cache_free(cache);
	xc_keypair_put(pair);
}

static void world_of(struct world *w, const struct handshake_vector *v, const uint8_t *private,
		     const uint8_t *nonce)
{
	char dir[] = "/tmp/xcryptd-test-XXXXXX", path[64];
	struct xc_keyring_options options = {
		.lifetime = 7200, .mode = XC_CACHE_DISK, .size = 8, .share = 8, .dir = dir,
	};

	world_init(w, true, XC_CACHE_MEMORY);
	world_free(w);
	if (!mkdtemp(dir))
		abort();
	plant(dir, suite_of(v)->kex, private);
	w->env.ring = xc_keyring_new(&options, &w->suites, &w->log, NOW);
	w->env.random = give_nonce;
	next_nonce = nonce;
	snprintf(path, sizeof(path), "%s/1.0", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/2.0", dir);
	unlink(path);
	rmdir(dir);
}

/* Two lines with CRLF. */
static char *two(char *dst, const char *a, const char *b)
{
	sprintf(dst, "%s\r\n%s\r\n", a, b);
	return dst;
}

static const char *or_plain(const char *line, const char *plain)
{
	return line ? line : plain;
}

static void check_keys(struct drive *d, const struct handshake_vector *v, bool server,
		       const char *name)
{
	const struct xc_suite *s = suite_of(v);

	is_octets(d->keys.tx_key, server ? v->key_s2c : v->key_c2s, s->key_len,
		  "%s: send key", name);
	is_octets(d->keys.rx_key, server ? v->key_c2s : v->key_s2c, s->key_len,
		  "%s: receive key", name);
	if (s->iv_len) {
		is_octets(d->keys.tx_iv, server ? v->iv_s2c : v->iv_c2s, s->iv_len,
			  "%s: send IV", name);
		is_octets(d->keys.rx_iv, server ? v->iv_c2s : v->iv_s2c, s->iv_len,
			  "%s: receive IV", name);
	}
	is_octets(xc_exchange_outcome(d->x)->session, v->session, XC_SESSION_LEN,
		  "%s: session identifier", name);
}

static void test_client(const struct handshake_vector *v, size_t chunk, const char *name)
{
	char in[8192], out[8192];
	struct xc_offer offer;
	struct world w;
	struct drive d;

	world_of(&w, v, v->private_a, v->N_a);
	if (!v->ehlo_line)
		xc_offer_parse(&offer, v->suite, strlen(v->suite));
	else
		xc_offer_parse_line(&offer, v->ehlo_line, strlen(v->ehlo_line));
	/* The vectors use the suite they name, be it the first that we know or not. */
	w.suites.n = 0;
	xc_suite_list_add(&w.suites, suite_of(v));
	drive_client(&d, &w, offer.text);
	d.chunk = chunk;
	/* What follows the last line must stay where it is. */
	two(in, v->server_line, or_plain(v->server_ok_line, "250 XCRYPT OK"));
	strcat(in, "ciphertext");
	drive_input(&d, in);
	drive_run(&d);
	two(out, v->client_line, or_plain(v->client_ok_line, "XCRYPT OK"));
	is(drive_ended(&d, XC_KEYED, XC_WHY_DONE, out), "%s: a's lines", name);
	is(!strcmp(d.trace, "><p><b"), "%s: a's order of steps: %s", name, d.trace);
	is(d.taken == strlen(in) - 10, "%s: a reads up to the last LF and no further", name);
	check_keys(&d, v, false, name);
	drive_free(&d);
	world_free(&w);
}

static void test_server(const struct handshake_vector *v, size_t chunk, const char *name)
{
	char in[8192], out[8192];
	struct xc_offer offer;
	struct world w;
	struct drive d;

	world_of(&w, v, v->private_b, v->N_b);
	if (!v->ehlo_line)
		xc_offer_parse(&offer, v->suite, strlen(v->suite));
	else
		xc_offer_parse_line(&offer, v->ehlo_line, strlen(v->ehlo_line));
	drive_server(&d, &w, offer.text, v->client_line);
	d.chunk = chunk;
	sprintf(in, "%s\r\nciphertext", or_plain(v->client_ok_line, "XCRYPT OK"));
	drive_input(&d, in);
	drive_run(&d);
	two(out, v->server_line, or_plain(v->server_ok_line, "250 XCRYPT OK"));
	is(drive_ended(&d, XC_KEYED, XC_WHY_DONE, out), "%s: b's lines", name);
	is(!strcmp(d.trace, "q><qpr>t"), "%s: b's order of steps: %s", name, d.trace);
	is(d.taken == strlen(in) - 10, "%s: b reads up to the last LF and no further", name);
	check_keys(&d, v, true, name);
	drive_free(&d);
	world_free(&w);
}

int main(void)
{
	char name[128];
	int i, chunk;

	for (i = 0; i < N_HANDSHAKE; i++) {
		for (chunk = 0; chunk <= 1; chunk++) {
			const struct handshake_vector *v = &handshake_vectors[i];

			snprintf(name, sizeof(name), "vector %d, %s, %s", i, v->suite,
				 chunk ? "octet by octet" : "at once");
			test_client(v, chunk, name);
			test_server(v, chunk, name);
		}
	}
	return tap_done();
}
