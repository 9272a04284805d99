// SPDX-License-Identifier: GPL-2.0
/*
 * Version 1.0: the paper's Diffie-Hellman (section 5.2) over the 768-bit prime of RFC 2412
 * appendix E.1, g = 2. Weak by today's measure; here to reproduce the paper.
 *
 * By libcrypto's constant-time exponentiation and not by its DH keys: it takes the private
 * value as the protocol defines it, any 768-bit integer, and no distribution's policy on
 * minimum sizes stands in the way of a suite that the administrator switched on.
 */
#include "kex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>

#include "derive.h"
#include "common/secret.h"

#define KEY_LEN	96

static const uint8_t prime[KEY_LEN] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc9, 0x0f, 0xda, 0xa2,
	0x21, 0x68, 0xc2, 0x34, 0xc4, 0xc6, 0x62, 0x8b, 0x80, 0xdc, 0x1c, 0xd1,
	0x29, 0x02, 0x4e, 0x08, 0x8a, 0x67, 0xcc, 0x74, 0x02, 0x0b, 0xbe, 0xa6,
	0x3b, 0x13, 0x9b, 0x22, 0x51, 0x4a, 0x08, 0x79, 0x8e, 0x34, 0x04, 0xdd,
	0xef, 0x95, 0x19, 0xb3, 0xcd, 0x3a, 0x43, 0x1b, 0x30, 0x2b, 0x0a, 0x6d,
	0xf2, 0x5f, 0x14, 0x37, 0x4f, 0xe1, 0x35, 0x6d, 0x6d, 0x51, 0xc2, 0x45,
	0xe4, 0x85, 0xb5, 0x76, 0x62, 0x5e, 0x7e, 0xc6, 0xf4, 0x4c, 0x42, 0xe9,
	0xa6, 0x3a, 0x36, 0x20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};

static const uint8_t generator[KEY_LEN] = { [KEY_LEN - 1] = 2 };

struct xc_private {
	uint8_t r[KEY_LEN];
	uint8_t public[KEY_LEN];
};

/* base^exponent mod prime, by numbers that the caller frees. */
static int power(BN_CTX *ctx, BIGNUM *p, BIGNUM *base, BIGNUM *exponent, uint8_t *result)
{
	BIGNUM *x = BN_CTX_get(ctx);

	if (!x || !p || !base || !exponent)
		return -ENOMEM;
	BN_set_flags(exponent, BN_FLG_CONSTTIME);
	if (BN_mod_exp_mont_consttime(x, base, exponent, p, ctx, NULL) != 1)
		return -ENOMEM;
	return BN_bn2binpad(x, result, KEY_LEN) == KEY_LEN ? 0 : -ENOMEM;
}

static int mod_exp(const uint8_t *base, const uint8_t *exponent, uint8_t *result)
{
	BN_CTX *ctx = BN_CTX_secure_new();
	BIGNUM *p = BN_bin2bn(prime, KEY_LEN, NULL);
	BIGNUM *b = BN_bin2bn(base, KEY_LEN, NULL);
	BIGNUM *e = BN_bin2bn(exponent, KEY_LEN, BN_secure_new());
	int err = -ENOMEM;

	if (ctx) {
		BN_CTX_start(ctx);
		err = power(ctx, p, b, e, result);
		BN_CTX_end(ctx);
	}
	BN_clear_free(e);
	BN_free(b);
	BN_free(p);
	BN_CTX_free(ctx);
	ERR_clear_error();
	return err;
}

static void dh768_unload(struct xc_private *own)
{
	xc_secret_free(own, sizeof(*own));
}

static struct xc_private *dh768_load(const uint8_t *stored, uint8_t *public_a)
{
	struct xc_private *own = xc_secret_alloc(sizeof(*own));

	if (!own)
		return NULL;
	memcpy(own->r, stored, KEY_LEN);
	if (mod_exp(generator, own->r, own->public)) {
		dh768_unload(own);
		return NULL;
	}
	memcpy(public_a, own->public, KEY_LEN);
	return own;
}

/* Whether 1 < K < p - 1, K being public. */
static bool is_valid(const uint8_t *key)
{
	uint8_t last[KEY_LEN];
	uint8_t one[KEY_LEN] = { [KEY_LEN - 1] = 1 };

	memcpy(last, prime, KEY_LEN);
	last[KEY_LEN - 1]--;
	return memcmp(key, one, KEY_LEN) > 0 && memcmp(key, last, KEY_LEN) < 0;
}

static int dh768_accept(const struct xc_private *own, const uint8_t *public_b, uint8_t *shared)
{
	if (!is_valid(public_b))
		return -EKEYREJECTED;
	return mod_exp(public_b, own->r, shared);
}

static int dh768_answer(const struct xc_private *own, const uint8_t *random,
			const uint8_t *public_a, uint8_t *public_b, uint8_t *shared)
{
	(void)random;
	memcpy(public_b, own->public, KEY_LEN);
	return dh768_accept(own, public_a, shared);
}

const struct xc_kex xc_kex_dh768 = {
	.version	= "1.0",
	.private_len	= KEY_LEN,
	.public_a_len	= KEY_LEN,
	.public_b_len	= KEY_LEN,
	.shared_len	= KEY_LEN,
	.nonce_len	= 10,
	.bare_lf	= true,
	.load		= dh768_load,
	.unload		= dh768_unload,
	.accept		= dh768_accept,
	.answer		= dh768_answer,
	.derive		= xc_derive_sha1,
};
