// SPDX-License-Identifier: GPL-2.0
/*
 * "aes256ctr" by the crypto API's fastest implementation, for kernels whose library has no
 * counter mode, or a slow one (kernel.mk). On x86 that is one with the flag "async", which the
 * sync API passes over for a slow one; called as here it completes at once.
 */
#include <crypto/skcipher.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "aes256ctr.h"
#include "aes256ctr_kat.h"

/* The known-answer tests want the fast one there, not what is made of generic parts. */
MODULE_SOFTDEP("pre: crypto-aes crypto-ctr");

/**
 * struct aes256ctr - state of one direction
 * @ks:		position and kept octets
 * @iv:		the counter of octet 0
 * @counter:	the counter of the running request
 * @req:	of this direction alone, owns its transform
 */
struct aes256ctr {
	struct keystream ks;
	__be64 iv[2];
	__be64 counter[2];
	struct skcipher_request *req;
};

static int aes256ctr_setkey(void *state, const u8 *key, const u8 *iv)
{
	struct aes256ctr *c = state;
	struct crypto_skcipher *tfm;
	int err;

	/* Not an accelerator beyond a bus: its latency would be every short write's. */
	tfm = crypto_alloc_skcipher("ctr(aes)", 0, CRYPTO_ALG_KERN_DRIVER_ONLY);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	err = crypto_skcipher_setkey(tfm, key, AES_KEYSIZE_256);
	if (err)
		goto free_tfm;
	err = -ENOMEM;
	c->req = skcipher_request_alloc(tfm, GFP_KERNEL_ACCOUNT);
	if (!c->req)
		goto free_tfm;
	memcpy(c->iv, iv, sizeof(c->iv));
	return 0;

free_tfm:
	crypto_free_skcipher(tfm);
	return err;
}

static void aes256ctr_release(void *state)
{
	struct aes256ctr *c = state;
	struct crypto_skcipher *tfm = crypto_skcipher_reqtfm(c->req);

	skcipher_request_free(c->req);
	crypto_free_skcipher(tfm);
	c->req = NULL;
}

/* As sg_init_one(), which is a function of functions, in a few instructions. */
static void aes256ctr_sg(struct scatterlist *sg, const u8 *data, unsigned int len)
{
	sg_init_marker(sg, 1);
	sg_set_buf(sg, data, len);
}

static int aes256ctr_request(struct aes256ctr *c, u64 number, struct scatterlist *dst,
			     struct scatterlist *src, unsigned int len)
{
	DECLARE_CRYPTO_WAIT(wait);

	aes256ctr_count(c->counter, c->iv, number);
	skcipher_request_set_callback(c->req, CRYPTO_TFM_REQ_MAY_BACKLOG |
				      CRYPTO_TFM_REQ_MAY_SLEEP, crypto_req_done, &wait);
	skcipher_request_set_crypt(c->req, src, dst, len, c->counter);
	return crypto_wait_req(crypto_skcipher_encrypt(c->req), &wait);
}

static int aes256ctr_blocks(struct keystream *ks, u64 number, u8 *dst, const u8 *src,
			    unsigned int len)
{
	struct aes256ctr *c = container_of(ks, struct aes256ctr, ks);
	struct scatterlist from = { }, to = { };

	aes256ctr_sg(&from, src, len);
	aes256ctr_sg(&to, dst, len);
	return aes256ctr_request(c, number, src == dst ? &from : &to, &from, len);
}

static int aes256ctr_crypt(void *state, u8 *dst, const u8 *src, unsigned int len)
{
	struct aes256ctr *c = state;

	return keystream_crypt(&c->ks, dst, src, len, aes256ctr_blocks);
}

/* One request for whole blocks; what is before and behind them lies in the outer parts. */
static int aes256ctr_crypt_parts(void *state, u8 *dst, const struct xcrypt_part *part,
				 unsigned int count)
{
	struct aes256ctr *c = state;
	const struct xcrypt_part *last = part + count - 1;
	u64 start = c->ks.pos, first = DIV_ROUND_UP(start, KEYSTREAM_BLOCK);
	unsigned int head = first * KEYSTREAM_BLOCK - start, skip = head, len = 0, tail, i;
	struct scatterlist from[XCRYPT_PARTS], to = { };
	int err;

	BUILD_BUG_ON(XCRYPT_PART_MIN < KEYSTREAM_BLOCK);
	sg_init_table(from, count);
	for (i = 0; i < count; i++, skip = 0) {
		sg_set_buf(&from[i], part[i].data + skip, part[i].len - skip);
		len += part[i].len - skip;
	}
	tail = len % KEYSTREAM_BLOCK;
	len -= tail;
	aes256ctr_sg(&to, dst + head, len);
	err = aes256ctr_crypt(c, dst, part->data, head) ?:
	      aes256ctr_request(c, first, &to, from, len);
	if (!err) {
		c->ks.pos += len;
		err = aes256ctr_crypt(c, dst + head + len, last->data + last->len - tail, tail);
	}
	if (err)
		c->ks.pos = start;
	return err;
}

static void aes256ctr_seek(void *state, u64 octet)
{
	struct aes256ctr *c = state;

	c->ks.pos = octet;
}

static int aes256ctr_selftest(void)
{
	return xcrypt_kat(&xcrypt_aes256ctr, aes256ctr_kats, ARRAY_SIZE(aes256ctr_kats));
}

const struct xcrypt_cipher xcrypt_aes256ctr = {
	.name		= "aes256ctr",
	.key_size	= AES_KEYSIZE_256,
	.iv_size	= AES_BLOCK_SIZE,
	.state_size	= sizeof(struct aes256ctr),
	.pos_size	= sizeof(u64),
	.setkey		= aes256ctr_setkey,
	.crypt		= aes256ctr_crypt,
	.crypt_parts	= aes256ctr_crypt_parts,
	.seek		= aes256ctr_seek,
	.release	= aes256ctr_release,
	.selftest	= aes256ctr_selftest,
};
