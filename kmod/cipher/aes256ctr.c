// SPDX-License-Identifier: GPL-2.0
/* "aes256ctr" by the kernel's library, which is synchronous and takes plain pointers. */
#include <crypto/aes-ctr.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "aes256ctr.h"
#include "aes256ctr_kat.h"

/**
 * struct aes256ctr - state of one direction
 * @ks:		position and kept octets
 * @iv:		the counter of octet 0
 * @key:	expanded
 */
struct aes256ctr {
	struct keystream ks;
	__be64 iv[2];
	struct aes_enckey key;
};

static int aes256ctr_setkey(void *state, const u8 *key, const u8 *iv)
{
	struct aes256ctr *c = state;

	memcpy(c->iv, iv, sizeof(c->iv));
	return aes_prepareenckey(&c->key, key, AES_KEYSIZE_256);
}

static int aes256ctr_blocks(struct keystream *ks, u64 number, u8 *dst, const u8 *src,
			    unsigned int len)
{
	struct aes256ctr *c = container_of(ks, struct aes256ctr, ks);
	__be64 counter[2];

	aes256ctr_count(counter, c->iv, number);
	aes_ctr(dst, src, len, (u8 *)counter, &c->key);
	return 0;
}

static int aes256ctr_crypt(void *state, u8 *dst, const u8 *src, unsigned int len)
{
	struct aes256ctr *c = state;

	return keystream_crypt(&c->ks, dst, src, len, aes256ctr_blocks);
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
	.seek		= aes256ctr_seek,
	.selftest	= aes256ctr_selftest,
};
