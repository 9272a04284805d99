/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's interface to AEADs, with gcm(aes) alone, on libcrypto; see skcipher.h. */
#ifndef _SHIM_CRYPTO_AEAD_H
#define _SHIM_CRYPTO_AEAD_H

#include <crypto/skcipher.h>

struct crypto_aead;
struct aead_request;

/* As shim_skcipher. */
extern int shim_aead;

/* How many transforms there are that have a key, or with NULL: at all. */
unsigned int shim_aead_keyed(const u8 *key);

struct crypto_aead *crypto_alloc_aead(const char *name, u32 type, u32 mask);
void crypto_free_aead(struct crypto_aead *tfm);
int crypto_aead_setkey(struct crypto_aead *tfm, const u8 *key, unsigned int len);
int crypto_aead_setauthsize(struct crypto_aead *tfm, unsigned int size);
struct aead_request *aead_request_alloc(struct crypto_aead *tfm, int gfp);
void aead_request_free(struct aead_request *req);
struct crypto_aead *crypto_aead_reqtfm(struct aead_request *req);
void aead_request_set_ad(struct aead_request *req, unsigned int len);
void aead_request_set_callback(struct aead_request *req, u32 flags, crypto_completion_t *done,
			       void *data);
void aead_request_set_crypt(struct aead_request *req, struct scatterlist *src,
			    struct scatterlist *dst, unsigned int len, u8 *iv);
int crypto_aead_encrypt(struct aead_request *req);
int crypto_aead_decrypt(struct aead_request *req);

#endif /* _SHIM_CRYPTO_AEAD_H */
