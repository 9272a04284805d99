// SPDX-License-Identifier: GPL-2.0
#include "identity.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "common/base64.h"
#include "common/secret.h"

struct xc_identity {
	EVP_PKEY *key;
	uint8_t seed[XC_IDENTITY_SEED];
	uint8_t public[XC_IDENTITY_LEN];
};

struct xc_identity *xc_identity_restore(const uint8_t seed[XC_IDENTITY_SEED])
{
	struct xc_identity *identity = xc_secret_alloc(sizeof(*identity));
	size_t len = XC_IDENTITY_LEN;

	if (!identity)
		return NULL;
	memcpy(identity->seed, seed, XC_IDENTITY_SEED);
	identity->key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed,
						     XC_IDENTITY_SEED);
	if (!identity->key ||
	    EVP_PKEY_get_raw_public_key(identity->key, identity->public, &len) != 1) {
		ERR_clear_error();
		xc_identity_free(identity);
		return NULL;
	}
	return identity;
}

struct xc_identity *xc_identity_new(void)
{
	struct xc_identity *identity = NULL;
	uint8_t seed[XC_IDENTITY_SEED];

	if (!xc_secret_random(seed, sizeof(seed)))
		identity = xc_identity_restore(seed);
	xc_secret_wipe(seed, sizeof(seed));
	return identity;
}

void xc_identity_free(struct xc_identity *identity)
{
	if (!identity)
		return;
	EVP_PKEY_free(identity->key);
	xc_secret_free(identity, sizeof(*identity));
}

const uint8_t *xc_identity_public(const struct xc_identity *identity)
{
	return identity->public;
}

int xc_identity_sign(const struct xc_identity *identity, uint8_t signature[XC_SIGNATURE_LEN],
		     const uint8_t message[XC_IDENTITY_MESSAGE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = XC_SIGNATURE_LEN;
	bool done = ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, identity->key) == 1 &&
		    EVP_DigestSign(ctx, signature, &len, message, XC_IDENTITY_MESSAGE) == 1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return done ? 0 : -ENOMEM;
}

/* --- the other's --- */

/* Whether y, little-endian, is p = 2^255 - 19 or more. */
static bool not_below_p(const uint8_t y[XC_IDENTITY_LEN])
{
	int i;

	for (i = 1; i < XC_IDENTITY_LEN - 1; i++) {
		if (y[i] != 0xff)
			return false;
	}
	return y[XC_IDENTITY_LEN - 1] == 0x7f && y[0] >= 0xed;
}

/* y of the points whose order is 1, 2, 4 and 8, two of the last. */
static const uint8_t small_order[][XC_IDENTITY_LEN] = {
	{ 1 },
	{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0x7f },
	{ 0 },
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
	  0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
	  0xfc, 0x05 },
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
	  0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
	  0x03, 0x7a },
};

bool xc_identity_usable(const uint8_t public[XC_IDENTITY_LEN])
{
	uint8_t y[XC_IDENTITY_LEN];
	size_t i;

	memcpy(y, public, sizeof(y));
	y[XC_IDENTITY_LEN - 1] &= 0x7f;		/* the rest is the sign of x */
	for (i = 0; i < sizeof(small_order) / sizeof(small_order[0]); i++) {
		if (!memcmp(y, small_order[i], sizeof(y)))
			return false;
	}
	return !not_below_p(y);
}

int xc_identity_check(const uint8_t public[XC_IDENTITY_LEN],
		      const uint8_t signature[XC_SIGNATURE_LEN],
		      const uint8_t message[XC_IDENTITY_MESSAGE])
{
	EVP_PKEY *key;
	EVP_MD_CTX *ctx;
	int err = -ENOMEM;

	if (!xc_identity_usable(public))
		return -EKEYREJECTED;
	key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public, XC_IDENTITY_LEN);
	ctx = EVP_MD_CTX_new();
	if (key && ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1)
		err = EVP_DigestVerify(ctx, signature, XC_SIGNATURE_LEN, message,
				       XC_IDENTITY_MESSAGE) == 1 ? 0 : -EKEYREJECTED;
	ERR_clear_error();
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return err;
}

/* --- the form on disk --- */

/*
 * PKCS #8 of an Ed25519 private key is 16 fixed octets and the value. Not by libcrypto, which
 * would leave copies of it in buffers that it does not zero.
 */
static const uint8_t pkcs8[] = {
	0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
	0x20,
};
static const char begin[] = "-----BEGIN PRIVATE KEY-----\n";
static const char end[] = "\n-----END PRIVATE KEY-----\n";

#define PKCS8_LEN	(sizeof(pkcs8) + XC_IDENTITY_SEED)
#define BEGIN_LEN	(sizeof(begin) - 1)
#define BODY_LEN	XC_BASE64_LEN(PKCS8_LEN)

_Static_assert(BEGIN_LEN + BODY_LEN + sizeof(end) == XC_IDENTITY_TEXT + 1, "length of the text");

void xc_identity_write(const struct xc_identity *identity, char dst[XC_IDENTITY_TEXT + 1])
{
	uint8_t der[PKCS8_LEN];

	memcpy(der, pkcs8, sizeof(pkcs8));
	memcpy(der + sizeof(pkcs8), identity->seed, XC_IDENTITY_SEED);
	memcpy(dst, begin, BEGIN_LEN);
	xc_base64_encode(dst + BEGIN_LEN, der, sizeof(der));
	memcpy(dst + BEGIN_LEN + BODY_LEN, end, sizeof(end));
	xc_secret_wipe(der, sizeof(der));
}

int xc_identity_read(struct xc_identity **identity, const char *text, size_t len)
{
	uint8_t der[PKCS8_LEN];
	int err = -EBADMSG;

	if (len == XC_IDENTITY_TEXT && !memcmp(text, begin, BEGIN_LEN) &&
	    !memcmp(text + BEGIN_LEN + BODY_LEN, end, sizeof(end) - 1) &&
	    !xc_base64_decode(der, sizeof(der), text + BEGIN_LEN, BODY_LEN) &&
	    !memcmp(der, pkcs8, sizeof(pkcs8))) {
		*identity = xc_identity_restore(der + sizeof(pkcs8));
		err = *identity ? 0 : -ENOMEM;
	}
	xc_secret_wipe(der, sizeof(der));
	return err;
}
