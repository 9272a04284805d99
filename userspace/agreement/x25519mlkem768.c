// SPDX-License-Identifier: GPL-2.0
/*
 * Versions 2.1 and 3.1: ML-KEM-768 (FIPS 203) and X25519, each of which alone would do. ML-KEM is libcrypto's, which has it since 3.5: looked for when the
 * program runs, by generic calls that 3.0's headers have, so that one program does for both.
 */
#include "kex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "derive.h"
#include "common/secret.h"

#define MLKEM		"ML-KEM-768"
#define SEED_LEN	64	/* d || z of FIPS 203, algorithm 16 */
#define RANDOM_LEN	32	/* m of algorithm 17 */
#define ENCAPS_KEY_LEN	1184
#define CIPHERTEXT_LEN	1088
#define MLKEM_SHARED	32
#define X25519_LEN	32

/* Parameters that 3.0's headers have no names for. */
#define PARAM_SEED	"seed"
#define PARAM_RANDOM	"ikme"

/* The X25519 half is what x25519.c has behind the same name, and only goes through here. */
struct xc_private {
	EVP_PKEY *mlkem;
	struct xc_private *x25519;
	uint8_t x25519_public[X25519_LEN];
};

bool xc_kex_has_mlkem(void)
{
	static EVP_KEYMGMT *found;
	static bool asked;

	if (!asked)
		found = EVP_KEYMGMT_fetch(NULL, MLKEM, NULL);
	asked = true;
	ERR_clear_error();
	return found;
}

/* A key from one octet string. NULL if it is none, or there is no memory. */
static EVP_PKEY *key_from(const char *param, const uint8_t *value, size_t len, int selection)
{
	/* fromdata() only reads. */
	OSSL_PARAM params[] = {
		OSSL_PARAM_octet_string(param, (void *)(uintptr_t)value, len),
		OSSL_PARAM_END
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, MLKEM, NULL);
	EVP_PKEY *key = NULL;

	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, selection, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return key;
}

static void hybrid_unload(struct xc_private *own)
{
	if (!own)
		return;
	EVP_PKEY_free(own->mlkem);
	xc_kex_x25519.unload(own->x25519);
	free(own);
}

static bool load_halves(struct xc_private *own, const uint8_t *stored, uint8_t *public_a)
{
	size_t len = 0;

	own->mlkem = key_from(PARAM_SEED, stored, SEED_LEN, EVP_PKEY_KEYPAIR);
	own->x25519 = xc_kex_x25519.load(stored + SEED_LEN, own->x25519_public);
	if (!own->mlkem || !own->x25519 ||
	    EVP_PKEY_get_octet_string_param(own->mlkem, OSSL_PKEY_PARAM_PUB_KEY, public_a,
					    ENCAPS_KEY_LEN, &len) != 1 || len != ENCAPS_KEY_LEN) {
		ERR_clear_error();
		return false;
	}
	memcpy(public_a + ENCAPS_KEY_LEN, own->x25519_public, X25519_LEN);
	return true;
}

static struct xc_private *hybrid_load(const uint8_t *stored, uint8_t *public_a)
{
	struct xc_private *own = calloc(1, sizeof(*own));

	if (own && !load_halves(own, stored, public_a)) {
		hybrid_unload(own);
		own = NULL;
	}
	return own;
}

/* A ciphertext that is not one for this key gives another secret, not an error. */
static int decapsulate(EVP_PKEY *own, const uint8_t *ciphertext, uint8_t *shared)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	size_t len = MLKEM_SHARED;
	bool ok = ctx && EVP_PKEY_decapsulate_init(ctx, NULL) == 1 &&
		  EVP_PKEY_decapsulate(ctx, shared, &len, ciphertext, CIPHERTEXT_LEN) == 1 &&
		  len == MLKEM_SHARED;

	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return ok ? 0 : -ENOMEM;
}

static int hybrid_accept(const struct xc_private *own, const uint8_t *public_b, uint8_t *shared)
{
	int err = decapsulate(own->mlkem, public_b, shared);

	return err ?: xc_kex_x25519.accept(own->x25519, public_b + CIPHERTEXT_LEN,
					   shared + MLKEM_SHARED);
}

static int encapsulate(EVP_PKEY *peer, const uint8_t *random, uint8_t *ciphertext,
		       uint8_t *shared)
{
	const OSSL_PARAM params[] = {
		OSSL_PARAM_octet_string(PARAM_RANDOM, (void *)(uintptr_t)random, RANDOM_LEN),
		OSSL_PARAM_END
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, peer, NULL);
	size_t len = CIPHERTEXT_LEN, shared_len = MLKEM_SHARED;
	bool ok = ctx && EVP_PKEY_encapsulate_init(ctx, params) == 1 &&
		  EVP_PKEY_encapsulate(ctx, ciphertext, &len, shared, &shared_len) == 1 &&
		  len == CIPHERTEXT_LEN && shared_len == MLKEM_SHARED;

	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return ok ? 0 : -ENOMEM;
}

/* libcrypto checks an encapsulation key as FIPS 203, section 7.2, has it: by its modulus. */
static int hybrid_answer(const struct xc_private *own, const uint8_t *random,
			 const uint8_t *public_a, uint8_t *public_b, uint8_t *shared)
{
	EVP_PKEY *peer = key_from(OSSL_PKEY_PARAM_PUB_KEY, public_a, ENCAPS_KEY_LEN,
				  EVP_PKEY_PUBLIC_KEY);
	int err;

	if (!peer)
		return -EKEYREJECTED;
	err = encapsulate(peer, random, public_b, shared);
	EVP_PKEY_free(peer);
	memcpy(public_b + CIPHERTEXT_LEN, own->x25519_public, X25519_LEN);
	return err ?: xc_kex_x25519.accept(own->x25519, public_a + ENCAPS_KEY_LEN,
					   shared + MLKEM_SHARED);
}

#define HYBRID								\
	.private_len	= SEED_LEN + X25519_LEN,			\
	.public_a_len	= ENCAPS_KEY_LEN + X25519_LEN,			\
	.public_b_len	= CIPHERTEXT_LEN + X25519_LEN,			\
	.shared_len	= MLKEM_SHARED + X25519_LEN,			\
	.random_len	= RANDOM_LEN,					\
	.nonce_len	= 16,						\
	.confirm_len	= 16,						\
	.encapsulates	= true,						\
	.available	= xc_kex_has_mlkem,				\
	.load		= hybrid_load,					\
	.unload		= hybrid_unload,				\
	.accept		= hybrid_accept,				\
	.answer		= hybrid_answer

const struct xc_kex xc_kex_x25519mlkem768 = {
	.version	= "2.1",
	.derive		= xc_derive_hkdf,
	HYBRID
};

const struct xc_kex xc_kex_x25519mlkem768_identity = {
	.version	= "3.1",
	.identity	= true,
	.derive		= xc_derive_hkdf,
	HYBRID
};
