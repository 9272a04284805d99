// SPDX-License-Identifier: GPL-2.0
/* Key agreements and key schedules against handshake-vectors.json. */
#include <errno.h>

#include "agreement/derive.h"
#include "handshake_vectors.h"
#include "common/secret.h"
#include "agreement/suite.h"
#include "tap.h"

static const struct xc_suite *suite_of(const struct handshake_vector *v)
{
	return xc_suite_known((struct xc_word){ v->suite, strlen(v->suite) });
}

/* False, and told, where libcrypto lacks what it takes. */
static bool can(const struct xc_kex *kex, const char *name)
{
	if (!kex->available || kex->available())
		return true;
	skip(name, "libcrypto has no ML-KEM");
	return false;
}

static void test_agreement(const struct handshake_vector *v, const char *name)
{
	const struct xc_kex *kex = suite_of(v)->kex;
	uint8_t key_a[XC_PUBLIC_MAX], key_b[XC_PUBLIC_MAX], shared[XC_SHARED_MAX];
	struct xc_private *a = kex->load(v->private_a, key_a);
	struct xc_private *b = kex->load(v->private_b, key_b);

	is_octets(key_a, v->K_a, kex->public_a_len, "%s: K_a", name);
	if (!kex->encapsulates)
		is_octets(key_b, v->K_b, kex->public_b_len, "%s: K_b", name);
	is(!kex->accept(a, v->K_b, shared), "%s: a accepts", name);
	is_octets(shared, v->S, kex->shared_len, "%s: S at a", name);
	memset(shared, 0, sizeof(shared));
	memset(key_b, 0, sizeof(key_b));
	is(!kex->answer(b, v->random_b, v->K_a, key_b, shared), "%s: b answers", name);
	is_octets(key_b, v->K_b, kex->public_b_len, "%s: with K_b", name);
	is_octets(shared, v->S, kex->shared_len, "%s: S at b", name);
	if (kex->encapsulates) {
		memcpy(key_b, v->K_b, kex->public_b_len);
		key_b[0] ^= 1;
		is(!kex->accept(a, key_b, shared), "%s: a changed K_b is no error", name);
		is_octets(shared, v->S_rejected, kex->shared_len, "%s: but another S", name);
	}
	kex->unload(a);
	kex->unload(b);
}

static void test_schedule(const struct handshake_vector *v, const char *name)
{
	const struct xc_suite *s = suite_of(v);
	struct xc_transcript t = { .suite = s };
	struct xc_keys keys = { 0 };
	uint8_t message[XC_SIGNED_LEN];

	if (v->ehlo_line)
		is(!xc_offer_parse_line(&t.offer, v->ehlo_line, strlen(v->ehlo_line)),
		   "%s: the EHLO line", name);
	memcpy(t.public_a, v->K_a, s->kex->public_a_len);
	memcpy(t.nonce_a, v->N_a, s->kex->nonce_len);
	memcpy(t.public_b, v->K_b, s->kex->public_b_len);
	memcpy(t.nonce_b, v->N_b, s->kex->nonce_len);
	if (s->kex->identity) {
		memcpy(t.proof.identity, v->I_b, XC_IDENTITY_LEN);
		memcpy(t.proof.signature, v->S_b, XC_SIGNATURE_LEN);
	}
	is(!s->kex->derive(&t, v->S, &keys), "%s: derive", name);
	is_octets(keys.key_c2s, v->key_c2s, s->key_len, "%s: key a to b", name);
	is_octets(keys.key_s2c, v->key_s2c, s->key_len, "%s: key b to a", name);
	is_octets(keys.session, v->session, XC_SESSION_LEN, "%s: session identifier", name);
	if (v->C_a) {
		is_octets(keys.confirm_a, v->C_a, XC_CONFIRM_MAX, "%s: C_a", name);
		is_octets(keys.confirm_b, v->C_b, XC_CONFIRM_MAX, "%s: C_b", name);
	}
	if (s->kex->identity) {
		is(!xc_derive_signed(&t, message), "%s: the message", name);
		is_octets(message, v->signed_message, XC_SIGNED_LEN, "%s: what is signed", name);
		is_octets(keys.early, v->V_b, XC_CONFIRM_MAX, "%s: V_b", name);
	}
	if (!s->iv_len)
		return;
	is_octets(keys.iv_c2s, v->iv_c2s, s->iv_len, "%s: IV a to b", name);
	is_octets(keys.iv_s2c, v->iv_s2c, s->iv_len, "%s: IV b to a", name);
}

/* The schedule needs no key agreement: it runs where libcrypto has no ML-KEM, too. */
static void test_vector(const struct handshake_vector *v, int i)
{
	char name[160], lacks[192];

	snprintf(name, sizeof(name), "vector %d, %s%s%s", i, v->suite, v->note[0] ? ", " : "",
		 v->note);
	snprintf(lacks, sizeof(lacks), "%s: key agreement", name);
	if (can(suite_of(v)->kex, lacks))
		test_agreement(v, name);
	test_schedule(v, name);
}

/* --- ML-KEM: what FIPS 203 has checked --- */

/* Coefficient i of a vector of 12-bit ones. */
static void put_coefficient(uint8_t *at, int i, unsigned int value)
{
	at += i / 2 * 3;
	if (i % 2) {
		at[1] = (at[1] & 0x0f) | (value & 0x0f) << 4;
		at[2] = value >> 4;
	} else {
		at[0] = value & 0xff;
		at[1] = (at[1] & 0xf0) | value >> 8;
	}
}

#define Q		3329
#define COEFFICIENTS	768

static void test_encapsulation_key(const struct xc_kex *kex)
{
	uint8_t stored[XC_PRIVATE_MAX], random[XC_RANDOM_MAX], key[XC_PUBLIC_MAX];
	uint8_t public_b[XC_PUBLIC_MAX], shared[XC_SHARED_MAX], bad_key[XC_PUBLIC_MAX];
	struct xc_private *own;
	int i, taken = 0, refused = 0;

	xc_secret_random(stored, sizeof(stored));
	xc_secret_random(random, sizeof(random));
	own = kex->load(stored, key);
	is(!kex->answer(own, random, key, public_b, shared), "%s takes a key", kex->version);
	for (i = 0; i < COEFFICIENTS; i++) {
		memcpy(bad_key, key, kex->public_a_len);
		put_coefficient(bad_key, i, Q - 1);
		taken += !kex->answer(own, random, bad_key, public_b, shared);
		put_coefficient(bad_key, i, i % 2 ? Q : 4095);
		refused += kex->answer(own, random, bad_key, public_b, shared) == -EKEYREJECTED;
	}
	is(taken == COEFFICIENTS, "%s takes each coefficient of q - 1", kex->version);
	is(refused == COEFFICIENTS, "%s refuses each of q or 4095", kex->version);
	memset(key + kex->public_a_len - 32, 0, 32);
	is(kex->answer(own, random, key, public_b, shared) == -EKEYREJECTED,
	   "%s refuses an X25519 half of small order as K_a", kex->version);
	memset(public_b + kex->public_b_len - 32, 0, 32);
	is(kex->accept(own, public_b, shared) == -EKEYREJECTED, "%s refuses one as K_b",
	   kex->version);
	kex->unload(own);
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
	is(kex->answer(own, NULL, v->K, public, shared) == -EKEYREJECTED, "%s refuses %s as K_a",
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
	int i;

	for (i = 0; i < N_HANDSHAKE; i++)
		test_vector(&handshake_vectors[i], i);
	for (i = 0; i < N_REFUSE; i++) {
		if (refuse_vectors[i].K)
			test_refused(&refuse_vectors[i]);
	}
	if (can(&xc_kex_x25519mlkem768, "checks of encapsulation keys"))
		test_encapsulation_key(&xc_kex_x25519mlkem768);
	test_bounds();
	test_padding();
	return tap_done();
}
