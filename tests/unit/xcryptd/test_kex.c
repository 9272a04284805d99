// SPDX-License-Identifier: GPL-2.0
/* Key agreements and key schedules against handshake-vectors.json. */
#include <errno.h>

#include "derive.h"
#include "handshake_vectors.h"
#include "secret.h"
#include "suite.h"
#include "tap.h"

static const struct xc_suite *suite_of(const struct handshake_vector *v)
{
	return xc_suite_find((struct xc_word){ v->suite, strlen(v->suite) });
}

static void test_agreement(const struct handshake_vector *v, const char *name)
{
	const struct xc_kex *kex = suite_of(v)->kex;
	uint8_t key_a[XC_PUBLIC_MAX], key_b[XC_PUBLIC_MAX], shared[XC_SHARED_MAX];
	struct xc_private *a = kex->load(v->private_a, key_a);
	struct xc_private *b = kex->load(v->private_b, key_b);

	is_octets(key_a, v->K_a, kex->public_a_len, "%s: K_a", name);
	is_octets(key_b, v->K_b, kex->public_b_len, "%s: K_b", name);
	is(!kex->accept(a, v->K_b, shared), "%s: a accepts", name);
	is_octets(shared, v->S, kex->shared_len, "%s: S at a", name);
	memset(shared, 0, sizeof(shared));
	memset(key_b, 0, sizeof(key_b));
	is(!kex->answer(b, v->K_a, key_b, shared), "%s: b answers", name);
	is_octets(key_b, v->K_b, kex->public_b_len, "%s: with K_b", name);
	is_octets(shared, v->S, kex->shared_len, "%s: S at b", name);
	kex->unload(a);
	kex->unload(b);
}

static void test_schedule(const struct handshake_vector *v, const char *name)
{
	const struct xc_suite *s = suite_of(v);
	struct xc_transcript t = { .suite = s };
	struct xc_keys keys = { 0 };

	if (v->ehlo_line)
		is(!xc_offer_parse_line(&t.offer, v->ehlo_line, strlen(v->ehlo_line)),
		   "%s: the EHLO line", name);
	memcpy(t.public_a, v->K_a, s->kex->public_a_len);
	memcpy(t.nonce_a, v->N_a, s->kex->nonce_len);
	memcpy(t.public_b, v->K_b, s->kex->public_b_len);
	memcpy(t.nonce_b, v->N_b, s->kex->nonce_len);
	is(!s->kex->derive(&t, v->S, &keys), "%s: derive", name);
	is_octets(keys.key_c2s, v->key_c2s, s->key_len, "%s: key a to b", name);
	is_octets(keys.key_s2c, v->key_s2c, s->key_len, "%s: key b to a", name);
	is_octets(keys.session, v->session, XC_SESSION_LEN, "%s: session identifier", name);
	if (!s->iv_len)
		return;
	is_octets(keys.iv_c2s, v->iv_c2s, s->iv_len, "%s: IV a to b", name);
	is_octets(keys.iv_s2c, v->iv_s2c, s->iv_len, "%s: IV b to a", name);
}

/* The refused values in both roles, by a private value of the same version. */
static void test_refused(const struct refuse_vector *v)
{
	bool first = !strcmp(v->version, "1.0");
	const struct xc_kex *kex = first ? &xc_kex_dh768 : &xc_kex_x25519;
	uint8_t stored[XC_PRIVATE_MAX], public[XC_PUBLIC_MAX], shared[XC_SHARED_MAX];
	struct xc_private *own;

	xc_secret_random(stored, sizeof(stored));
	own = kex->load(stored, public);
	is(kex->accept(own, v->K, shared) == -EKEYREJECTED, "%s refuses %s as K_b", v->version,
	   v->why);
	is(kex->answer(own, v->K, public, shared) == -EKEYREJECTED, "%s refuses %s as K_a",
	   v->version, v->why);
	kex->unload(own);
}

/* The least and the greatest public values of 1.0 that are not refused. */
static void test_bounds(void)
{
	uint8_t stored[96], public[96], shared[96], two[96] = { [95] = 2 }, last[96];
	struct xc_private *own;
	int i;

	for (i = 0; i < N_REFUSE; i++) {
		if (!strcmp(refuse_vectors[i].why, "p-1"))
			memcpy(last, refuse_vectors[i].K, 96);
	}
	last[95]--;
	xc_secret_random(stored, sizeof(stored));
	own = xc_kex_dh768.load(stored, public);
	is(!xc_kex_dh768.accept(own, two, shared), "1.0 takes 2");
	is_octets(shared, public, 96, "of which S is our own public value");
	is(!xc_kex_dh768.accept(own, last, shared), "1.0 takes p-2");
	xc_kex_dh768.unload(own);
}

/* 2^1 by an exponent of almost only zeros: padded to the full length. */
static void test_padding(void)
{
	uint8_t stored[96] = { [95] = 1 }, public[96], two[96] = { [95] = 2 };
	struct xc_private *own = xc_kex_dh768.load(stored, public);

	is_octets(public, two, 96, "1.0: a small public value is padded with zeros");
	xc_kex_dh768.unload(own);
}

int main(void)
{
	char name[128];
	int i;

	for (i = 0; i < N_HANDSHAKE; i++) {
		const struct handshake_vector *v = &handshake_vectors[i];

		snprintf(name, sizeof(name), "vector %d, %s%s%s", i, v->suite,
			 v->note[0] ? ", " : "", v->note);
		test_agreement(v, name);
		test_schedule(v, name);
	}
	for (i = 0; i < N_REFUSE; i++) {
		if (refuse_vectors[i].K)
			test_refused(&refuse_vectors[i]);
	}
	test_bounds();
	test_padding();
	return tap_done();
}
