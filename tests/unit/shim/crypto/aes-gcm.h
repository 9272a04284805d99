/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's library of AES-GCM on libcrypto. */
#ifndef _SHIM_CRYPTO_AES_GCM_H
#define _SHIM_CRYPTO_AES_GCM_H

#include <crypto/aes.h>
#include <linux/kernel.h>

struct aes_gcm_key {
	u8 octets[AES_KEYSIZE_256];
};

struct aes_gcm_ctx {
	void *evp;
};

int aes_gcm_preparekey(struct aes_gcm_key *key, const u8 *octets, size_t len, size_t tag_len);
void aes_gcm_init(struct aes_gcm_ctx *ctx, const u8 *nonce, const struct aes_gcm_key *key);
void aes_gcm_auth_update(struct aes_gcm_ctx *ctx, const u8 *ad, size_t len);
void aes_gcm_encrypt_update(struct aes_gcm_ctx *ctx, u8 *dst, const u8 *src, size_t len);
void aes_gcm_encrypt_final(struct aes_gcm_ctx *ctx, u8 *tag);
void aes_gcm_encrypt(u8 *dst, const u8 *src, size_t len, u8 *tag, const u8 *ad, size_t ad_len,
		     const u8 *nonce, const struct aes_gcm_key *key);
int aes_gcm_decrypt(u8 *dst, const u8 *src, size_t len, const u8 *tag, const u8 *ad,
		    size_t ad_len, const u8 *nonce, const struct aes_gcm_key *key);

#endif /* _SHIM_CRYPTO_AES_GCM_H */
