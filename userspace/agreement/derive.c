// SPDX-License-Identifier: GPL-2.0
#include "derive.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "common/base64.h"
#include "common/secret.h"

#define HASH_LEN	32	/* SHA-256 */
#define LABEL_MAX	24

/*
 * To look an algorithm up costs libcrypto more than to run it on a line, so it is done once.
 * Both are for the life of the process.
 */
static const EVP_MD *sha256(void)
{
	static EVP_MD *md;

	if (!md)
		md = EVP_MD_fetch(NULL, "SHA256", NULL);
	return md;
}

static EVP_MAC *hmac(void)
{
	static EVP_MAC *mac;

	if (!mac)
		mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	return mac;
}

static int hash_text(EVP_MD_CTX *md, const char *text)
{
	return EVP_DigestUpdate(md, text, strlen(text));
}

/* " BASE64" */
static int hash_value(EVP_MD_CTX *md, const uint8_t *value, size_t len)
{
	char text[XC_BASE64_LEN(XC_PUBLIC_MAX) + 2] = " ";

	xc_base64_encode(text + 1, value, len);
	return hash_text(md, text);
}

/* " I_b S_b" in version 3 */
static int hash_identity(EVP_MD_CTX *md, const struct xc_transcript *t)
{
	return !t->suite->kex->identity ||
	       (hash_value(md, t->proof.identity, XC_IDENTITY_LEN) &&
		hash_value(md, t->proof.signature, XC_SIGNATURE_LEN));
}

/* The lines "XCRYPT SUITE K_a N_a" and "XCRYPT K_b N_b". */
static int hash_lines(EVP_MD_CTX *md, const struct xc_transcript *t)
{
	const struct xc_kex *kex = t->suite->kex;

	return hash_text(md, "XCRYPT ") && hash_text(md, t->suite->name) &&
	       hash_value(md, t->public_a, kex->public_a_len) &&
	       hash_value(md, t->nonce_a, kex->nonce_len) && hash_text(md, "\r\nXCRYPT") &&
	       hash_value(md, t->public_b, kex->public_b_len) &&
	       hash_value(md, t->nonce_b, kex->nonce_len) && hash_identity(md, t) &&
	       hash_text(md, "\r\n");
}

/* SHA-256 over the two lines, or with the offer over all three. */
static int hash_transcript(const struct xc_transcript *t, bool with_offer, uint8_t *hash)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int ok = md && sha256() && EVP_DigestInit_ex(md, sha256(), NULL);

	if (ok && with_offer)
		ok = hash_text(md, "XCRYPT ") && hash_text(md, t->offer.text) &&
		     hash_text(md, "\r\n");
	ok = ok && hash_lines(md, t) && EVP_DigestFinal_ex(md, hash, NULL);
	EVP_MD_CTX_free(md);
	return ok ? 0 : -ENOMEM;
}

/* "XCRYPT VERSION K_a" and "XCRYPT K_b" */
static int hash_signed(EVP_MD_CTX *md, const struct xc_transcript *t)
{
	const struct xc_kex *kex = t->suite->kex;

	return hash_text(md, "XCRYPT ") && hash_text(md, kex->version) &&
	       hash_value(md, t->public_a, kex->public_a_len) && hash_text(md, "\r\nXCRYPT") &&
	       hash_value(md, t->public_b, kex->public_b_len) && hash_text(md, "\r\n");
}

int xc_derive_signed(const struct xc_transcript *t, uint8_t message[XC_SIGNED_LEN])
{
	static const char context[] = "xcrypt3 identity";
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int ok = md && sha256() && EVP_DigestInit_ex(md, sha256(), NULL) && hash_signed(md, t) &&
		 EVP_DigestFinal_ex(md, message + XC_SIGNED_LEN - HASH_LEN, NULL);

	memcpy(message, context, XC_SIGNED_LEN - HASH_LEN);
	EVP_MD_CTX_free(md);
	ERR_clear_error();
	return ok ? 0 : -ENOMEM;
}

int xc_derive_sha1(const struct xc_transcript *t, const uint8_t *shared, struct xc_keys *keys)
{
	const struct xc_kex *kex = t->suite->kex;
	size_t len = kex->shared_len, nonce = kex->nonce_len, half = t->suite->key_len;
	uint8_t in[XC_SHARED_MAX + 2 * XC_NONCE_MAX], out[20], hash[HASH_LEN];
	int err = -ENOMEM;

	memcpy(in, shared, len);
	memcpy(in + len, t->nonce_a, nonce);
	memcpy(in + len + nonce, t->nonce_b, nonce);
	if (EVP_Digest(in, len + 2 * nonce, out, NULL, EVP_sha1(), NULL))
		err = hash_transcript(t, false, hash);
	if (!err) {
		memcpy(keys->key_c2s, out, half);
		memcpy(keys->key_s2c, out + half, half);
		memcpy(keys->session, hash, XC_SESSION_LEN);
	}
	xc_secret_wipe(in, sizeof(in));
	xc_secret_wipe(out, sizeof(out));
	ERR_clear_error();
	return err;
}

/* HMAC-SHA-256; without @key with the one before. */
static bool mac(EVP_MAC_CTX *ctx, const uint8_t *key, size_t key_len, const uint8_t *in, size_t len,
		uint8_t *out)
{
	static char name[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, name, sizeof(name) - 1),
		OSSL_PARAM_END
	};

	return EVP_MAC_init(ctx, key, key_len, key ? params : NULL) &&
	       EVP_MAC_update(ctx, in, len) && EVP_MAC_final(ctx, out, NULL, HASH_LEN);
}

/*
 * out(label, len) of section 5. HKDF-Expand (RFC 5869, 2.3) of up to one hash is a single
 * HMAC over info and the counter octet 1. The key is there already.
 */
static bool expand(EVP_MAC_CTX *ctx, const uint8_t *hash, const char *family, const char *label,
		   uint8_t *out, size_t len)
{
	uint8_t info[LABEL_MAX + HASH_LEN + 1], block[HASH_LEN];
	char text[LABEL_MAX];
	size_t n = snprintf(text, sizeof(text), "%s %s", family, label);
	bool ok;

	memcpy(info, text, n);
	memcpy(info + n, hash, HASH_LEN);
	info[n + HASH_LEN] = 1;
	ok = mac(ctx, NULL, 0, info, n + HASH_LEN + 1, block);
	if (ok)
		memcpy(out, block, len);
	xc_secret_wipe(block, sizeof(block));
	return ok;
}

/* HKDF-Extract(salt = N_a || N_b, S), RFC 5869, 2.2; the result becomes the key. */
static bool extract(EVP_MAC_CTX *ctx, const struct xc_transcript *t, const uint8_t *shared)
{
	const struct xc_kex *kex = t->suite->kex;
	uint8_t salt[2 * XC_NONCE_MAX], prk[HASH_LEN];
	bool ok;

	memcpy(salt, t->nonce_a, kex->nonce_len);
	memcpy(salt + kex->nonce_len, t->nonce_b, kex->nonce_len);
	ok = mac(ctx, salt, 2 * kex->nonce_len, shared, kex->shared_len, prk) &&
	     EVP_MAC_init(ctx, prk, HASH_LEN, NULL);
	xc_secret_wipe(prk, sizeof(prk));
	return ok;
}

int xc_derive_hkdf(const struct xc_transcript *t, const uint8_t *shared, struct xc_keys *keys)
{
	const struct xc_suite *s = t->suite;
	const struct { const char *label; uint8_t *out; size_t len; } value[] = {
		{ "c2s key", keys->key_c2s, s->key_len },
		{ "c2s iv", keys->iv_c2s, s->iv_len },
		{ "s2c key", keys->key_s2c, s->key_len },
		{ "s2c iv", keys->iv_s2c, s->iv_len },
		{ "c2s confirm", keys->confirm_a, s->kex->confirm_len },
		{ "s2c confirm", keys->confirm_b, s->kex->confirm_len },
		{ "session", keys->session, XC_SESSION_LEN },
		{ "s2c early", keys->early, s->kex->identity ? s->kex->confirm_len : 0 },
	};
	const char *family = s->kex->identity ? "xcrypt3" : "xcrypt2";
	EVP_MAC_CTX *ctx = hmac() ? EVP_MAC_CTX_new(hmac()) : NULL;
	uint8_t hash[HASH_LEN];
	bool ok;
	size_t i;

	ok = ctx && !hash_transcript(t, true, hash) && extract(ctx, t, shared);
	for (i = 0; ok && i < sizeof(value) / sizeof(value[0]); i++) {
		if (value[i].len)
			ok = expand(ctx, hash, family, value[i].label, value[i].out, value[i].len);
	}
	/* Clears its copy of the key. */
	EVP_MAC_CTX_free(ctx);
	ERR_clear_error();
	return ok ? 0 : -ENOMEM;
}
