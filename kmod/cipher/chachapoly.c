// SPDX-License-Identifier: GPL-2.0
/*
 * "chachapoly": AEAD_CHACHA20_POLY1305 (RFC 8439) over records, by the kernel's libraries of
 * its two parts. The one that joins them takes nonces of eight octets.
 */
#include <crypto/algapi.h>
#include <crypto/chacha.h>
#include <crypto/poly1305.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "cipher.h"
#include "kat.h"

struct chachapoly {
	u32 key[CHACHA_KEY_SIZE / sizeof(u32)];
};

/* The keystream of one record; @left octets of @block are not used yet. */
struct chachapoly_run {
	struct chacha_state x;
	unsigned int left;
	u8 block[CHACHA_BLOCK_SIZE];
};

static int chachapoly_setkey(void *state, const u8 *key, const u8 *iv)
{
	struct chachapoly *c = state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(c->key); i++)
		c->key[i] = get_unaligned_le32(key + i * sizeof(u32));
	return 0;
}

/* One more block; the counter moves on. */
static void run_block(struct chachapoly_run *run)
{
	memset(run->block, 0, sizeof(run->block));
	chacha_crypt(&run->x, run->block, run->block, sizeof(run->block), 20);
}

/* Block 0, whose first half is the one-time key of Poly1305, is in @block afterwards. */
static void run_start(struct chachapoly_run *run, const struct chachapoly *c, const u8 *nonce)
{
	u8 iv[CHACHA_IV_SIZE] = { };		/* counter, nonce */

	memcpy(iv + sizeof(iv) - XCRYPT_NONCE, nonce, XCRYPT_NONCE);
	chacha_init(&run->x, c->key, iv);
	run_block(run);
	run->left = 0;
}

/* The next @len octets, whatever the calls before left of a block. */
static void run_crypt(struct chachapoly_run *run, u8 *dst, const u8 *src, unsigned int len)
{
	unsigned int n = min(run->left, len);

	crypto_xor_cpy(dst, src, run->block + sizeof(run->block) - run->left, n);
	run->left -= n;
	len -= n;
	dst += n;
	src += n;
	n = round_down(len, CHACHA_BLOCK_SIZE);
	if (n)
		chacha_crypt(&run->x, dst, src, n, 20);
	len -= n;
	if (!len)
		return;
	run_block(run);
	crypto_xor_cpy(dst + n, src + n, run->block, len);
	run->left = sizeof(run->block) - len;
}

/* Each part is filled up to whole blocks with zeros, then come the lengths of both. */
static void chachapoly_tag(u8 *tag, const u8 *key, const u8 *record, unsigned int len)
{
	u8 head[POLY1305_BLOCK_SIZE] = { }, tail[2 * POLY1305_BLOCK_SIZE] = { };
	unsigned int pad = -len % POLY1305_BLOCK_SIZE;
	struct poly1305_desc_ctx poly;

	memcpy(head, record, XCRYPT_HEAD);
	put_unaligned_le64(XCRYPT_HEAD, tail + pad);
	put_unaligned_le64(len, tail + pad + sizeof(u64));
	poly1305_init(&poly, key);
	poly1305_update(&poly, head, sizeof(head));
	poly1305_update(&poly, record + XCRYPT_HEAD, len);
	poly1305_update(&poly, tail, pad + POLY1305_BLOCK_SIZE);
	poly1305_final(&poly, tag);
}

static int chachapoly_seal(void *state, const u8 *nonce, u8 *record, unsigned int len,
			   const struct xcrypt_part *part, unsigned int count)
{
	struct chachapoly_run run;
	u8 *dst = record + XCRYPT_HEAD;
	u8 key[POLY1305_KEY_SIZE];
	unsigned int i;

	run_start(&run, state, nonce);
	memcpy(key, run.block, sizeof(key));
	for (i = 0; i < count; i++) {
		run_crypt(&run, dst, part[i].data, part[i].len);
		dst += part[i].len;
	}
	chachapoly_tag(dst, key, record, len);
	memzero_explicit(&run, sizeof(run));
	memzero_explicit(key, sizeof(key));
	return 0;
}

static int chachapoly_open(void *state, const u8 *nonce, u8 *record, unsigned int len)
{
	u8 *data = record + XCRYPT_HEAD;
	struct chachapoly_run run;
	u8 tag[XCRYPT_TAG];
	int err = 0;

	BUILD_BUG_ON(XCRYPT_TAG != POLY1305_DIGEST_SIZE);
	run_start(&run, state, nonce);
	chachapoly_tag(tag, run.block, record, len);
	if (crypto_memneq(tag, data + len, sizeof(tag)))
		err = -EBADMSG;
	else
		run_crypt(&run, data, data, len);
	memzero_explicit(&run, sizeof(run));
	memzero_explicit(tag, sizeof(tag));
	return err;
}

/* Made and checked by two implementations that share nothing with this one. */
static const struct xcrypt_kat chachapoly_kats[] = {
	{
		.key	= "\xa6\x91\x76\x38\x66\x6d\x3b\x7b\xfa\x42\x0f\x4f\xd3\x49\xde\x31"
			  "\xef\x66\xc9\x8e\xf5\x95\x21\x1f\x8d\x28\xe3\x2a\x78\xb9\x0a\xf9",
		.iv	= "\x13\xe4\x96\x54\x85\x29\xf5\x75\xe0\x2d\x67\x7e",
		.len	= 128,
		.plain	= "\x00\x1d\x4d\x41\x49\x4c\x20\x46\x52\x4f\x4d\x3a\x3c\x61\x6c\x69"
			  "\x63\x65\x40\x61\x2e\x65\x78\x61\x6d\x70\x6c\x65\x3e\x0d\x0a",
		.plain_len = 31,
		.expect	= "\x00\x80\x01\xb3\x10\xf1\x64\xd7\x84\x02\xf0\x90\x75\x03\xf7\xa0"
			  "\xdb\xcb\x54\x2a\x8c\x22\x20\xd1\x22\x80\x5c\x57\x7d\xd3\x42\x98"
			  "\xbb\xbf\x2e\x81\x75\xbc\x64\xc4\x55\x44\x56\x59\x06\xdc\xad\x2e"
			  "\x6e\x0b\x79\xe4\xf4\xc9\x7c\xec\xf9\x68\x27\x4f\x01\xed\xd5\x34"
			  "\x37\xcc\xad\xa1\xa6\xec\x63\x58\x49\xe2\xd4\x6e\x79\x41\x2c\x65"
			  "\x71\x01\xa0\xf3\x64\xba\x26\x67\xd4\xb0\x70\x0c\xad\x06\x1b\x12"
			  "\x9e\x7c\xfb\x7d\xe9\xde\x97\x37\x8e\xc2\xb3\xeb\xc6\x28\xb3\x18"
			  "\xd7\x52\x81\xc3\xbd\x47\x00\x56\xe9\xb6\xe8\xec\xef\xd2\x76\xdc"
			  "\x17\xd6\x5f\x51\xc3\x58\x9e\xcd\x5a\x3c\x8c\x8e\xbc\x7c\xa2\x6f"
			  "\xa5\x0c",
	}, {
		.key	= "\xa6\x91\x76\x38\x66\x6d\x3b\x7b\xfa\x42\x0f\x4f\xd3\x49\xde\x31"
			  "\xef\x66\xc9\x8e\xf5\x95\x21\x1f\x8d\x28\xe3\x2a\x78\xb9\x0a\xf9",
		.iv	= "\x13\xe4\x96\x54\x85\x29\xf5\x75\xe0\x2c\x67\x7e",
		.len	= 128,
		.plain	= "\x00\x06\x44\x41\x54\x41\x0d\x0a",
		.plain_len = 8,
		.expect	= "\x00\x80\xc0\x56\x04\x32\x82\x77\x7d\x9c\x18\x6e\xe5\x60\xd9\x98"
			  "\x6a\x6f\x3a\x42\xb5\x56\x73\x78\xa3\xb7\x0c\xa3\x8f\x75\xe1\x3c"
			  "\x54\xf0\xde\x65\x7e\x2e\x3d\x4d\xf5\xa4\x73\xed\xca\xa0\x7f\x9b"
			  "\x50\x6a\x1d\x60\xa6\xaa\x5b\x17\x16\x72\xfd\x19\xe3\x03\xc0\xdf"
			  "\x82\x04\x38\xc3\x6c\xda\x42\xbb\xf8\x0d\x59\xf2\xa3\x59\x9e\x54"
			  "\xf0\x0b\x74\x0f\x7a\x27\xf4\x2f\xba\xf7\x99\x87\xac\x1c\x30\x32"
			  "\x2d\xd1\x9a\xfc\x95\xc8\x95\xb5\xf2\x04\x6a\xf4\x7f\xcb\x32\xde"
			  "\xa2\xbb\xaf\x3e\xdb\x27\x3e\x7a\x29\xb9\xc9\x53\x41\xd5\xf2\x98"
			  "\x61\xc2\x13\xa2\x3c\x1e\x8f\xee\xe6\x2f\xe0\x07\x14\xf5\x0d\x3c"
			  "\xd0\x60",
	}, {
		.key	= "\xa6\x91\x76\x38\x66\x6d\x3b\x7b\xfa\x42\x0f\x4f\xd3\x49\xde\x31"
			  "\xef\x66\xc9\x8e\xf5\x95\x21\x1f\x8d\x28\xe3\x2a\x78\xb9\x0a\xf9",
		.iv	= "\x13\xe4\x96\x54\x85\x29\xf5\x75\xe0\x2d\x67\x7e",
		.len	= 2,
		.plain	= "\xff\xff",
		.plain_len = 2,
		.expect	= "\x00\x02\xfe\x51\xef\x81\x33\xd2\x9c\xa5\x0b\xbb\xba\xe7\x6d\x70"
			  "\xc5\xd8\x48\xa4",
	},
};

static int chachapoly_selftest(void)
{
	return xcrypt_kat_record(&xcrypt_chachapoly, chachapoly_kats,
				 ARRAY_SIZE(chachapoly_kats));
}

const struct xcrypt_cipher xcrypt_chachapoly = {
	.name		= "chachapoly",
	.key_size	= CHACHA_KEY_SIZE,
	.iv_size	= XCRYPT_NONCE,
	.state_size	= sizeof(struct chachapoly),
	.setkey		= chachapoly_setkey,
	.seal		= chachapoly_seal,
	.open		= chachapoly_open,
	.selftest	= chachapoly_selftest,
};
