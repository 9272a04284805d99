// SPDX-License-Identifier: GPL-2.0
#include "keyhash.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "common/secret.h"

#define KEY_LEN		16
#define HASH_LEN	8

struct xc_keyhash {
	EVP_MAC_CTX *ctx;
	uint8_t key[KEY_LEN];
};

/* Looked up once, as it costs more than to run; for the life of the process. */
static EVP_MAC *siphash(void)
{
	static EVP_MAC *mac;

	if (!mac)
		mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
	return mac;
}

/* The context keeps the length of its output and the rounds. */
static bool set_up(struct xc_keyhash *keyhash)
{
	unsigned int len = HASH_LEN, each = 1, last = 3;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_uint(OSSL_MAC_PARAM_SIZE, &len),
		OSSL_PARAM_uint(OSSL_MAC_PARAM_C_ROUNDS, &each),
		OSSL_PARAM_uint(OSSL_MAC_PARAM_D_ROUNDS, &last),
		OSSL_PARAM_END
	};

	keyhash->ctx = siphash() ? EVP_MAC_CTX_new(siphash()) : NULL;
	return keyhash->ctx && EVP_MAC_CTX_set_params(keyhash->ctx, params) &&
	       xc_secret_random(keyhash->key, KEY_LEN) == 0;
}

struct xc_keyhash *xc_keyhash_new(void)
{
	struct xc_keyhash *keyhash = calloc(1, sizeof(*keyhash));

	if (keyhash && !set_up(keyhash)) {
		xc_keyhash_free(keyhash);
		keyhash = NULL;
	}
	ERR_clear_error();
	return keyhash;
}

void xc_keyhash_free(struct xc_keyhash *keyhash)
{
	if (!keyhash)
		return;
	EVP_MAC_CTX_free(keyhash->ctx);
	xc_secret_wipe(keyhash, sizeof(*keyhash));
	free(keyhash);
}

bool xc_keyhash(const struct xc_keyhash *keyhash, const void *a, size_t a_len, const void *b,
		size_t b_len, uint32_t *hash)
{
	EVP_MAC_CTX *ctx = keyhash->ctx;
	uint8_t out[HASH_LEN];
	size_t n;

	if (!EVP_MAC_init(ctx, keyhash->key, KEY_LEN, NULL) || !EVP_MAC_update(ctx, a, a_len) ||
	    (b_len && !EVP_MAC_update(ctx, b, b_len)) ||
	    !EVP_MAC_final(ctx, out, &n, sizeof(out))) {
		ERR_clear_error();
		return false;
	}
	memcpy(hash, out, sizeof(*hash));
	return true;
}
