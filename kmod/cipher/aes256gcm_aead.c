// SPDX-License-Identifier: GPL-2.0
/*
 * "aes256gcm" by the crypto API's fastest implementation, for kernels whose library has no
 * GCM, or a slow one (kernel.mk). As with aes256ctr_skcipher.c: the flag "async" of what x86 has
 * means nothing here.
 */
#include <crypto/aead.h>
#include <crypto/aes.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "aes256gcm.h"

/*
 * The known-answer tests want the fast one there, not what is made of generic parts. These parts
 * are asked for by name when gcm(aes) is put together, too late where nothing is loaded on demand.
 */
MODULE_SOFTDEP("pre: crypto-aes crypto-ctr crypto-ghash crypto-gcm");

/**
 * struct aes256gcm - state of one direction
 * @nonce:	of the running request
 * @req:	of this direction alone, owns its transform
 */
struct aes256gcm {
	u8 nonce[XCRYPT_NONCE];
	struct aead_request *req;
};

static int aes256gcm_setkey(void *state, const u8 *key, const u8 *iv)
{
	struct aes256gcm *c = state;
	struct crypto_aead *tfm;
	int err;

	/* Not an accelerator beyond a bus: its latency would be every short write's. */
	tfm = crypto_alloc_aead("gcm(aes)", 0, CRYPTO_ALG_KERN_DRIVER_ONLY);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	err = crypto_aead_setkey(tfm, key, AES_KEYSIZE_256) ?:
	      crypto_aead_setauthsize(tfm, XCRYPT_TAG);
	if (err)
		goto free_tfm;
	err = -ENOMEM;
	c->req = aead_request_alloc(tfm, GFP_KERNEL_ACCOUNT);
	if (!c->req)
		goto free_tfm;
	aead_request_set_ad(c->req, XCRYPT_HEAD);
	return 0;

free_tfm:
	crypto_free_aead(tfm);
	return err;
}

static void aes256gcm_release(void *state)
{
	struct aes256gcm *c = state;
	struct crypto_aead *tfm = crypto_aead_reqtfm(c->req);

	aead_request_free(c->req);
	crypto_free_aead(tfm);
	c->req = NULL;
}

/* @len: octets to seal, or those to open and the tag. */
static int aes256gcm_request(struct aes256gcm *c, const u8 *nonce, struct scatterlist *src,
			     struct scatterlist *dst, unsigned int len,
			     int (*request)(struct aead_request *req))
{
	DECLARE_CRYPTO_WAIT(wait);

	memcpy(c->nonce, nonce, sizeof(c->nonce));
	aead_request_set_callback(c->req, CRYPTO_TFM_REQ_MAY_BACKLOG | CRYPTO_TFM_REQ_MAY_SLEEP,
				  crypto_req_done, &wait);
	aead_request_set_crypt(c->req, src, dst, len, c->nonce);
	return crypto_wait_req(request(c->req), &wait);
}

static int aes256gcm_seal(void *state, const u8 *nonce, u8 *record, unsigned int len,
			  const struct xcrypt_part *part, unsigned int count)
{
	struct scatterlist from[1 + XCRYPT_PARTS], to[1];
	bool in_place = count == 1 && part->data == record + XCRYPT_HEAD;
	unsigned int i;

	sg_init_one(to, record, XCRYPT_HEAD + len + XCRYPT_TAG);
	if (in_place)
		return aes256gcm_request(state, nonce, to, to, len, crypto_aead_encrypt);
	sg_init_table(from, 1 + count);
	sg_set_buf(&from[0], record, XCRYPT_HEAD);
	for (i = 0; i < count; i++)
		sg_set_buf(&from[1 + i], part[i].data, part[i].len);
	return aes256gcm_request(state, nonce, from, to, len, crypto_aead_encrypt);
}

static int aes256gcm_open(void *state, const u8 *nonce, u8 *record, unsigned int len)
{
	struct scatterlist sg[1];

	sg_init_one(sg, record, XCRYPT_HEAD + len + XCRYPT_TAG);
	return aes256gcm_request(state, nonce, sg, sg, len + XCRYPT_TAG, crypto_aead_decrypt);
}

static int aes256gcm_selftest(void)
{
	return xcrypt_kat_record(&xcrypt_aes256gcm, aes256gcm_kats, ARRAY_SIZE(aes256gcm_kats));
}

const struct xcrypt_cipher xcrypt_aes256gcm = {
	.name		= "aes256gcm",
	.key_size	= AES_KEYSIZE_256,
	.iv_size	= XCRYPT_NONCE,
	.state_size	= sizeof(struct aes256gcm),
	.setkey		= aes256gcm_setkey,
	.seal		= aes256gcm_seal,
	.open		= aes256gcm_open,
	.release	= aes256gcm_release,
	.selftest	= aes256gcm_selftest,
};
