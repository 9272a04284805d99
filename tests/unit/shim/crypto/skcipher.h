/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's interface to symmetric ciphers, with ctr(aes) alone, on libcrypto's AES
 * block. shim_skcipher makes requests complete at once, or only when they are waited
 * for, or fail.
 */
#ifndef _SHIM_CRYPTO_SKCIPHER_H
#define _SHIM_CRYPTO_SKCIPHER_H

#include <linux/kernel.h>
#include <linux/scatterlist.h>

#define CRYPTO_ALG_KERN_DRIVER_ONLY	0x1000
#define CRYPTO_TFM_REQ_MAY_SLEEP	0x0200
#define CRYPTO_TFM_REQ_MAY_BACKLOG	0x0400

struct crypto_skcipher;
struct skcipher_request;

typedef void crypto_completion_t(void *data, int err);

struct crypto_wait {
	void (*run)(void *req);
	void *req;
	int err;
};

#define DECLARE_CRYPTO_WAIT(wait)	struct crypto_wait wait = { NULL }

/* 0: done at once; -EINPROGRESS or -EBUSY: done when waited for; else it fails so */
extern int shim_skcipher;

/* How many octets of the counter are counted in: 16, or a broken driver's fewer. */
extern unsigned int shim_counter_octets;

struct crypto_skcipher *crypto_alloc_skcipher(const char *name, u32 type, u32 mask);
void crypto_free_skcipher(struct crypto_skcipher *tfm);
int crypto_skcipher_setkey(struct crypto_skcipher *tfm, const u8 *key, unsigned int len);
struct skcipher_request *skcipher_request_alloc(struct crypto_skcipher *tfm, int gfp);
void skcipher_request_free(struct skcipher_request *req);
struct crypto_skcipher *crypto_skcipher_reqtfm(struct skcipher_request *req);
void skcipher_request_set_callback(struct skcipher_request *req, u32 flags,
				   crypto_completion_t *done, void *data);
void skcipher_request_set_crypt(struct skcipher_request *req, struct scatterlist *src,
				struct scatterlist *dst, unsigned int len, void *iv);
int crypto_skcipher_encrypt(struct skcipher_request *req);
int crypto_wait_req(int err, struct crypto_wait *wait);
void crypto_req_done(void *data, int err);

#endif /* _SHIM_CRYPTO_SKCIPHER_H */
