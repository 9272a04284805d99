// SPDX-License-Identifier: GPL-2.0
/*
 * "aes256ctr": AES-256 with a 128-bit big-endian counter that starts at the IV, by the
 * kernel's fastest implementation. On x86 that is one with the flag "async", which the
 * sync API passes over for a slow one; called as here it completes at once.
 */
#include <crypto/aes.h>
#include <crypto/skcipher.h>
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cipher.h"
#include "kat.h"
#include "keystream.h"

/**
 * struct aes256ctr - state of one direction
 * @ks:		position and kept octets
 * @iv:		the counter of octet 0, most significant half first
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

static void aes256ctr_count(struct aes256ctr *c, u64 block)
{
	u64 low = be64_to_cpu(c->iv[1]) + block;

	c->counter[0] = cpu_to_be64(be64_to_cpu(c->iv[0]) + (low < block));
	c->counter[1] = cpu_to_be64(low);
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

	BUILD_BUG_ON(KEYSTREAM_BLOCK % AES_BLOCK_SIZE);
	aes256ctr_count(c, number * (KEYSTREAM_BLOCK / AES_BLOCK_SIZE));
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

/* SP 800-38A, F.5.5; then the same key with counters that carry out of 32, 64, 128 bits */
#define AES256CTR_KEY								\
	"\x60\x3d\xeb\x10\x15\xca\x71\xbe\x2b\x73\xae\xf0\x85\x7d\x77\x81"	\
	"\x1f\x35\x2c\x07\x3b\x61\x08\xd7\x2d\x98\x10\xa3\x09\x14\xdf\xf4"

static const struct xcrypt_kat aes256ctr_kats[] = {
	{
		.key	= AES256CTR_KEY,
		.iv	= "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xff",
		.len	= 64,
		.expect	= "\x0b\xdf\x7d\xf1\x59\x17\x16\x33\x5e\x9a\x8b\x15\xc8\x60\xc5\x02"
			  "\x5a\x6e\x69\x9d\x53\x61\x19\x06\x54\x33\x86\x3c\x8f\x65\x7b\x94"
			  "\x1b\xc1\x2c\x9c\x01\x61\x0d\x5d\x0d\x8b\xd6\xa3\x37\x8e\xca\x62"
			  "\x29\x56\xe1\xc8\x69\x35\x36\xb1\xbe\xe9\x9c\x73\xa3\x15\x76\xb6",
	}, {
		.key	= AES256CTR_KEY,
		.iv	= "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xfe",
		.len	= 48,
		.expect	= "\x9d\x2c\x19\x5d\x58\xcf\xc2\xfc\x00\x14\xa2\xe8\xed\xcd\x33\x1a"
			  "\x55\x66\x0c\xe5\xe9\xc1\xcf\x3d\x6b\xbd\xd2\xcc\xf4\x24\x34\x97"
			  "\x9f\xf7\x3b\x5d\x5d\x7c\x59\x69\x28\x42\x7a\xdf\x29\x2d\x10\xff",
	}, {
		.key	= AES256CTR_KEY,
		.iv	= "\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xfe",
		.len	= 48,
		.expect	= "\x91\x7a\x0e\xc3\x71\x62\xf7\xd8\xd7\xad\x20\xae\xe7\xb1\xdd\x04"
			  "\x28\x9e\x23\xe1\x3e\xc8\xc3\x42\x91\xf2\x7c\x4c\xcf\x3e\xaa\x29"
			  "\x57\x9b\xe1\xa0\xd8\x92\x23\x88\x05\xfe\xb8\x10\xa4\xa1\x0a\xaa",
	}, {
		.key	= AES256CTR_KEY,
		.iv	= "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe",
		.len	= 48,
		.expect	= "\x4f\x9d\xb7\x42\x15\x5a\xc5\x02\xc2\xae\x28\x02\x3b\x33\x36\xe4"
			  "\x3b\x3c\x29\x21\xc8\x5a\x24\xde\x9a\xc6\x06\xce\x6d\x1d\x60\xcc"
			  "\xe5\x68\xf6\x81\x94\xcf\x76\xd6\x17\x4d\x4c\xc0\x43\x10\xa8\x54",
	},
};

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
