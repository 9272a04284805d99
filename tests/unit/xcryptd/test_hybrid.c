// SPDX-License-Identifier: GPL-2.0
/*
 * Versions 2.1 and 3.x between two hosts: b's cache as the vectors have it, what goes to disk, two
 * hosts of which one is older.
 */
#include <stdlib.h>
#include <unistd.h>
#include <arpa/inet.h>

#include "agreement/derive.h"
#include "common/base64.h"
#include "common/secret.h"
#include "drive.h"
#include "handshake_vectors.h"
#include "tap.h"

#define SUITE	"aes256ctr_2.1"

/* --- b's cache --- */

/* A host that says K_a, and what it was answered. */
struct host {
	struct xc_private *own;
	uint8_t K_a[XC_PUBLIC_MAX];
};

static struct host hosts[2];		/* A, B */
static char answers[10][2048];		/* K1, K2, ...: as they came */

static void hosts_init(const struct xc_kex *kex)
{
	uint8_t stored[XC_PRIVATE_MAX];
	int i;

	for (i = 0; i < 2; i++) {
		xc_secret_random(stored, sizeof(stored));
		hosts[i].own = kex->load(stored, hosts[i].K_a);
	}
}

static void hosts_free(const struct xc_kex *kex)
{
	kex->unload(hosts[0].own);
	kex->unload(hosts[1].own);
}

static void take(const char *line, int n, uint8_t *dst, size_t len)
{
	char word[2048];

	word_of(line, n, word);
	if (xc_base64_decode(dst, len, word, strlen(word)))
		abort();
}

/* "XCRYPT OK C_a" for b's answer; K_b as it stood there. */
static void confirm(const struct host *host, struct xc_transcript *t, const char *reply,
		    char *line, char *K_b)
{
	const struct xc_kex *kex = t->suite->kex;
	uint8_t shared[XC_SHARED_MAX];
	struct xc_keys keys;
	char C_a[32];

	word_of(reply, 2, K_b);
	take(reply, 2, t->public_b, kex->public_b_len);
	take(reply, 3, t->nonce_b, kex->nonce_len);
	if (kex->identity) {
		take(reply, 4, t->proof.identity, XC_IDENTITY_LEN);
		take(reply, 5, t->proof.signature, XC_SIGNATURE_LEN);
	}
	if (kex->accept(host->own, t->public_b, shared) || kex->derive(t, shared, &keys))
		abort();
	xc_base64_encode(C_a, keys.confirm_a, kex->confirm_len);
	sprintf(line, "XCRYPT OK %s\r\n", C_a);
}

/* An exchange from a host at w's address. Whether b took S from its cache. */
static bool exchange(struct world *w, const struct host *host, bool verified, char *K_b)
{
	struct xc_transcript t = { .suite = w->suites.suite[0], .offer = w->offer };
	char line[4096], key[2048], nonce[32];
	struct drive d;
	bool hit;

	xc_secret_random(t.nonce_a, sizeof(t.nonce_a));
	memcpy(t.public_a, host->K_a, sizeof(t.public_a));
	xc_base64_encode(key, t.public_a, t.suite->kex->public_a_len);
	xc_base64_encode(nonce, t.nonce_a, t.suite->kex->nonce_len);
	sprintf(line, "XCRYPT %s %s %s", t.suite->name, key, nonce);
	drive_server(&d, w, NULL, line);
	drive_run(&d);
	hit = xc_exchange_outcome(d.x)->hit;
	confirm(host, &t, d.sent, line, K_b);
	drive_input(&d, verified ? line : "XCRYPT FAIL\r\n");
	drive_run(&d);
	if ((xc_exchange_outcome(d.x)->class == XCRYPT_CLASS_ENCRYPTED) != verified)
		abort();
	drive_free(&d);
	return hit;
}

static void test_cache(const struct cache_vector *v, const struct xc_suite *suite)
{
	struct world w;
	char K_b[2048];
	int i, k, bad = 0, replaced = 0;

	world_suites(&w, suite->name, XC_CACHE_MEMORY);
	hosts_init(suite->kex);
	memset(answers, 0, sizeof(answers));
	for (i = 0; v->step[i].K_a || v->step[i].replaced; i++) {
		char address[64];
		int answer;

		if (v->step[i].replaced) {
			xc_keyring_rotate(w.env.ring);
			replaced++;
			continue;
		}
		snprintf(address, sizeof(address), "::ffff:%s", v->step[i].address);
		if (inet_pton(AF_INET6, strchr(v->step[i].address, ':') ? v->step[i].address :
			      address, &w.addr) != 1)
			abort();
		/* In 3.0 K_b is that of the pair. */
		answer = suite->kex->encapsulates ? atoi(v->step[i].answer + 1) : 1 + replaced;
		bad += exchange(&w, &hosts[v->step[i].K_a[0] - 'A'], v->step[i].verified, K_b) !=
		       v->step[i].hit;
		for (k = 1; k < 10; k++) {
			if (k == answer && answers[k][0])
				bad += strcmp(answers[k], K_b) != 0;
			else if (k != answer && answers[k][0])
				bad += !strcmp(answers[k], K_b);
		}
		strcpy(answers[answer], K_b);
	}
	is(!bad && i, "b's cache, %s, %s: %d steps", suite->name, v->note, i);
	hosts_free(suite->kex);
	world_free(&w);
}

static void test_caches(const char *version, const char *name)
{
	const struct xc_suite *suite = xc_suite_find((struct xc_word){ name, strlen(name) });
	int i;

	if (!suite) {
		skip(name, "libcrypto has no ML-KEM");
		return;
	}
	for (i = 0; i < N_CACHE; i++) {
		if (!strcmp(cache_vectors[i].version, version))
			test_cache(&cache_vectors[i], suite);
	}
}

/* --- disk --- */

static void test_disk(void)
{
	char dir[] = "/tmp/xcryptd-test-XXXXXX", path[64], first[2048], again[2048];
	struct xc_keyring_options options = {
		.lifetime = 7200, .mode = XC_CACHE_DISK, .size = 8, .share = 8, .dir = dir,
	};
	struct world w;
	bool hit;

	if (!mkdtemp(dir))
		abort();
	world_suites(&w, SUITE, XC_CACHE_MEMORY);
	xc_keyring_free(w.env.ring);
	w.env.ring = xc_keyring_new(&options, &w.suites, &w.log);
	hit = exchange(&w, &hosts[0], true, first);
	is(!hit && !xc_keyring_sync(w.env.ring), "a secret of 2.1 goes to disk");
	xc_keyring_free(w.env.ring);
	w.env.ring = xc_keyring_new(&options, &w.suites, &w.log);
	hit = exchange(&w, &hosts[0], true, again);
	is(hit && !strcmp(first, again), "and a known K_a gets its K_b after a restart");
	inet_pton(AF_INET6, "2001:db8::1", &w.addr);
	hit = exchange(&w, &hosts[0], true, again);
	is(!hit && strcmp(first, again), "but not at another site");
	world_free(&w);
	snprintf(path, sizeof(path), "%s/2.1", dir);
	is(!unlink(path) && !rmdir(dir), "in one file");
}

/* --- old and new --- */

static void test_common(const char *a, const char *b, const char *suite)
{
	struct world wa, wb;
	struct drive d;
	char word[64] = "";

	world_suites(&wa, a, XC_CACHE_MEMORY);
	world_suites(&wb, b, XC_CACHE_MEMORY);
	drive_client(&d, &wa, wb.offer.text);
	drive_run(&d);
	word_of(d.sent, 1, word);
	is(!strcmp(word, suite), "a has \"%s\", b \"%s\": %s", a, b, word);
	drive_free(&d);
	world_free(&wa);
	world_free(&wb);
}

int main(void)
{
	test_caches("2.1", SUITE);
	test_caches("3.1", "chachapoly_3.1");
	/* What is true of a K_b made for one K_a is of an S_b, too. */
	test_caches("3.1", "chachapoly_3.0");
	if (!xc_kex_has_mlkem()) {
		skip("version 2.1 between two hosts", "libcrypto has no ML-KEM");
		return tap_done();
	}
	hosts_init(&xc_kex_x25519mlkem768);
	test_disk();
	hosts_free(&xc_kex_x25519mlkem768);
	test_common("chacha20_2.1 chacha20_2.0", "chacha20_2.0", "chacha20_2.0");
	test_common("chacha20_2.0", "chacha20_2.1 chacha20_2.0", "chacha20_2.0");
	test_common("aes256ctr_2.1 chacha20_2.0", "chacha20_2.0 aes256ctr_2.1", "aes256ctr_2.1");
	return tap_done();
}
