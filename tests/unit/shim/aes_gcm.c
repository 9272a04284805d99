// SPDX-License-Identifier: GPL-2.0
#include <crypto/aes-gcm.h>
#include <openssl/evp.h>
#include <stdlib.h>

#define TAG 16

static EVP_CIPHER_CTX *start(const u8 *nonce, const struct aes_gcm_key *key, int enc)
{
	EVP_CIPHER_CTX *evp = EVP_CIPHER_CTX_new();

	if (!evp || !EVP_CipherInit_ex(evp, EVP_aes_256_gcm(), NULL, key->octets, nonce, enc))
		abort();
	return evp;
}

static void update(EVP_CIPHER_CTX *evp, u8 *dst, const u8 *src, size_t len)
{
	int out;

	if (len && !EVP_CipherUpdate(evp, dst, &out, src, len))
		abort();
}

int aes_gcm_preparekey(struct aes_gcm_key *key, const u8 *octets, size_t len, size_t tag_len)
{
	if (len != sizeof(key->octets) || tag_len != TAG)
		return -EINVAL;
	memcpy(key->octets, octets, len);
	return 0;
}

void aes_gcm_init(struct aes_gcm_ctx *ctx, const u8 *nonce, const struct aes_gcm_key *key)
{
	ctx->evp = start(nonce, key, 1);
}

void aes_gcm_auth_update(struct aes_gcm_ctx *ctx, const u8 *ad, size_t len)
{
	update(ctx->evp, NULL, ad, len);
}

void aes_gcm_encrypt_update(struct aes_gcm_ctx *ctx, u8 *dst, const u8 *src, size_t len)
{
	update(ctx->evp, dst, src, len);
}

void aes_gcm_encrypt_final(struct aes_gcm_ctx *ctx, u8 *tag)
{
	int out;

	if (!EVP_CipherFinal_ex(ctx->evp, tag, &out) ||
	    !EVP_CIPHER_CTX_ctrl(ctx->evp, EVP_CTRL_AEAD_GET_TAG, TAG, tag))
		abort();
	EVP_CIPHER_CTX_free(ctx->evp);
}

void aes_gcm_encrypt(u8 *dst, const u8 *src, size_t len, u8 *tag, const u8 *ad, size_t ad_len,
		     const u8 *nonce, const struct aes_gcm_key *key)
{
	struct aes_gcm_ctx ctx;

	aes_gcm_init(&ctx, nonce, key);
	aes_gcm_auth_update(&ctx, ad, ad_len);
	aes_gcm_encrypt_update(&ctx, dst, src, len);
	aes_gcm_encrypt_final(&ctx, tag);
}

int aes_gcm_decrypt(u8 *dst, const u8 *src, size_t len, const u8 *tag, const u8 *ad,
		    size_t ad_len, const u8 *nonce, const struct aes_gcm_key *key)
{
	EVP_CIPHER_CTX *evp = start(nonce, key, 0);
	u8 rest[16];
	int out, good;

	update(evp, NULL, ad, ad_len);
	update(evp, dst, src, len);
	if (!EVP_CIPHER_CTX_ctrl(evp, EVP_CTRL_AEAD_SET_TAG, TAG, (void *)tag))
		abort();
	good = EVP_CipherFinal_ex(evp, rest, &out);
	EVP_CIPHER_CTX_free(evp);
	return good > 0 ? 0 : -EBADMSG;
}
