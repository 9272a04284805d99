// SPDX-License-Identifier: GPL-2.0
#include <crypto/aes.h>
#include <crypto/skcipher.h>
#include <openssl/evp.h>
#include <stdlib.h>

struct crypto_skcipher {
	EVP_CIPHER_CTX *ecb;
};

struct skcipher_request {
	struct crypto_skcipher *tfm;
	struct scatterlist *src;
	struct scatterlist *dst;
	unsigned int len;
	u8 *iv;
	struct crypto_wait *wait;
};

int shim_skcipher;
unsigned int shim_counter_octets = AES_BLOCK_SIZE;

struct crypto_skcipher *crypto_alloc_skcipher(const char *name, u32 type, u32 mask)
{
	struct crypto_skcipher *tfm;

	if (strcmp(name, "ctr(aes)") || type || mask != CRYPTO_ALG_KERN_DRIVER_ONLY)
		return ERR_PTR(-ENOENT);
	tfm = kzalloc(sizeof(*tfm), GFP_KERNEL);
	return tfm ?: ERR_PTR(-ENOMEM);
}

void crypto_free_skcipher(struct crypto_skcipher *tfm)
{
	EVP_CIPHER_CTX_free(tfm->ecb);
	kfree(tfm);
}

int crypto_skcipher_setkey(struct crypto_skcipher *tfm, const u8 *key, unsigned int len)
{
	if (len != AES_KEYSIZE_256)
		return -EINVAL;
	if (shim_fail_alloc && !--shim_fail_alloc)
		return -ENOMEM;
	tfm->ecb = EVP_CIPHER_CTX_new();
	if (!tfm->ecb || !EVP_EncryptInit_ex(tfm->ecb, EVP_aes_256_ecb(), NULL, key, NULL) ||
	    !EVP_CIPHER_CTX_set_padding(tfm->ecb, 0))
		abort();
	return 0;
}

struct skcipher_request *skcipher_request_alloc(struct crypto_skcipher *tfm, int gfp)
{
	struct skcipher_request *req = kzalloc(sizeof(*req), gfp);

	if (req)
		req->tfm = tfm;
	return req;
}

void skcipher_request_free(struct skcipher_request *req)
{
	kfree(req);
}

struct crypto_skcipher *crypto_skcipher_reqtfm(struct skcipher_request *req)
{
	return req->tfm;
}

void skcipher_request_set_callback(struct skcipher_request *req, u32 flags,
				   crypto_completion_t *done, void *data)
{
	if (flags != (CRYPTO_TFM_REQ_MAY_SLEEP | CRYPTO_TFM_REQ_MAY_BACKLOG) ||
	    done != crypto_req_done)
		abort();
	req->wait = data;
}

void skcipher_request_set_crypt(struct skcipher_request *req, struct scatterlist *src,
				struct scatterlist *dst, unsigned int len, void *iv)
{
	if (shim_sg_octets(src) < len || shim_sg_octets(dst) < len || (src != dst && src->p == dst->p))
		abort();
	req->src = src;
	req->dst = dst;
	req->len = len;
	req->iv = iv;
}

static void count_up(u8 *counter)
{
	unsigned int i = AES_BLOCK_SIZE;

	while (i-- > AES_BLOCK_SIZE - shim_counter_octets && !++counter[i])
		;
}

static void ctr_run(void *request)
{
	struct skcipher_request *req = request;
	u8 block[AES_BLOCK_SIZE];
	unsigned int at, n;
	int out;

	for (at = 0; at < req->len; at += n) {
		n = min_t(unsigned int, req->len - at, AES_BLOCK_SIZE);
		if (!EVP_EncryptUpdate(req->tfm->ecb, block, &out, req->iv, AES_BLOCK_SIZE))
			abort();
		for (out = 0; out < (int)n; out++)
			*shim_sg_at(req->dst, at + out) = *shim_sg_at(req->src, at + out) ^ block[out];
		count_up(req->iv);
	}
}

int crypto_skcipher_encrypt(struct skcipher_request *req)
{
	if (!shim_skcipher)
		ctr_run(req);
	else if (shim_skcipher == -EINPROGRESS || shim_skcipher == -EBUSY)
		*req->wait = (struct crypto_wait) { ctr_run, req, 0 };
	return shim_skcipher;
}

int crypto_wait_req(int err, struct crypto_wait *wait)
{
	if (err != -EINPROGRESS && err != -EBUSY)
		return err;
	wait->run(wait->req);
	return wait->err;
}

void crypto_req_done(void *data, int err)
{
	(void)data;
	(void)err;
	abort();
}
