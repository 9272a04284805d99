// SPDX-License-Identifier: GPL-2.0
/*
 * Versions 2.0 and 3.0: X25519 (RFC 7748), HKDF-SHA-256.
 */
#include "kex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "derive.h"
#include "common/secret.h"

#define KEY_LEN	32

struct xc_private {
	EVP_PKEY *key;
	uint8_t public[KEY_LEN];
};

static void x25519_unload(struct xc_private *own)
{
	if (!own)
		return;
	EVP_PKEY_free(own->key);
	free(own);
}

static struct xc_private *x25519_load(const uint8_t *stored, uint8_t *public_a)
{
	struct xc_private *own = calloc(1, sizeof(*own));
	size_t len = KEY_LEN;

	if (!own)
		return NULL;
	own->key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, stored, KEY_LEN);
	if (!own->key || EVP_PKEY_get_raw_public_key(own->key, own->public, &len) != 1) {
		ERR_clear_error();
		x25519_unload(own);
		return NULL;
	}
	memcpy(public_a, own->public, KEY_LEN);
	return own;
}

static int derive_shared(EVP_PKEY_CTX *ctx, EVP_PKEY *peer, uint8_t *shared)
{
	static const uint8_t zero[KEY_LEN];
	size_t len = KEY_LEN;

	if (EVP_PKEY_derive_init(ctx) != 1)
		return -ENOMEM;
	/* libcrypto refuses an all-zero result by itself; other libraries may not. */
	if (EVP_PKEY_derive_set_peer(ctx, peer) != 1 ||
	    EVP_PKEY_derive(ctx, shared, &len) != 1 || len != KEY_LEN ||
	    xc_secret_equal(shared, zero, KEY_LEN))
		return -EKEYREJECTED;
	return 0;
}

static int x25519_accept(const struct xc_private *own, const uint8_t *public_b, uint8_t *shared)
{
	EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, public_b, KEY_LEN);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own->key, NULL);
	int err = -ENOMEM;

	if (peer && ctx)
		err = derive_shared(ctx, peer, shared);
	ERR_clear_error();
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
	return err;
}

static int x25519_answer(const struct xc_private *own, const uint8_t *random,
			 const uint8_t *public_a, uint8_t *public_b, uint8_t *shared)
{
	(void)random;
	memcpy(public_b, own->public, KEY_LEN);
	return x25519_accept(own, public_a, shared);
}

#define X25519				\
	.private_len	= KEY_LEN,	\
	.public_a_len	= KEY_LEN,	\
	.public_b_len	= KEY_LEN,	\
	.shared_len	= KEY_LEN,	\
	.nonce_len	= 16,		\
	.confirm_len	= 16,		\
	.load		= x25519_load,	\
	.unload		= x25519_unload, \
	.accept		= x25519_accept, \
	.answer		= x25519_answer, \
	.derive		= xc_derive_hkdf

const struct xc_kex xc_kex_x25519 = {
	.version	= "2.0",
	X25519
};

const struct xc_kex xc_kex_x25519_identity = {
	.version	= "3.0",
	.identity	= true,
	X25519
};
