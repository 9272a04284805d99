// SPDX-License-Identifier: GPL-2.0
/*
 * "chacha20": RFC 8439, counter from 0, by the kernel's library. The counter has 32
 * bits, so a key ends after 2^38 octets.
 */
#include <crypto/chacha.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "cipher.h"
#include "kat.h"
#include "keystream.h"

#define CHACHA20_IV	12			/* octets */
#define CHACHA20_MAX	((u64)1 << 38)		/* octets */

struct chacha20 {
	struct keystream ks;
	u32 key[CHACHA_KEY_SIZE / sizeof(u32)];
	u8 nonce[CHACHA20_IV];
};

static int chacha20_setkey(void *state, const u8 *key, const u8 *iv)
{
	struct chacha20 *c = state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(c->key); i++)
		c->key[i] = get_unaligned_le32(key + i * sizeof(u32));
	memcpy(c->nonce, iv, sizeof(c->nonce));
	return 0;
}

static int chacha20_blocks(struct keystream *ks, u64 number, u8 *dst, const u8 *src,
			   unsigned int len)
{
	const struct chacha20 *c = container_of(ks, struct chacha20, ks);
	struct chacha_state x;
	u8 iv[CHACHA_IV_SIZE];

	BUILD_BUG_ON(KEYSTREAM_BLOCK != CHACHA_BLOCK_SIZE);
	put_unaligned_le32(number, iv);
	memcpy(iv + sizeof(u32), c->nonce, sizeof(c->nonce));
	chacha_init(&x, c->key, iv);
	chacha_crypt(&x, dst, src, len, 20);
	memzero_explicit(&x, sizeof(x));
	return 0;
}

static int chacha20_crypt_octets(void *state, u8 *dst, const u8 *src, unsigned int len)
{
	struct chacha20 *c = state;

	if (c->ks.pos > CHACHA20_MAX || len > CHACHA20_MAX - c->ks.pos)
		return -EKEYEXPIRED;
	return keystream_crypt(&c->ks, dst, src, len, chacha20_blocks);
}

static void chacha20_seek(void *state, u64 octet)
{
	struct chacha20 *c = state;

	c->ks.pos = octet;
}

/* RFC 8439: 2.3.2, appendix A.1 test vectors 1 and 2, whose key and nonce are zero */
static const struct xcrypt_kat chacha20_kats[] = {
	{
		.key	= "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
			  "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f",
		.iv	= "\x00\x00\x00\x09\x00\x00\x00\x4a\x00\x00\x00\x00",
		.octet	= 64,
		.len	= 64,
		.expect	= "\x10\xf1\xe7\xe4\xd1\x3b\x59\x15\x50\x0f\xdd\x1f\xa3\x20\x71\xc4"
			  "\xc7\xd1\xf4\xc7\x33\xc0\x68\x03\x04\x22\xaa\x9a\xc3\xd4\x6c\x4e"
			  "\xd2\x82\x64\x46\x07\x9f\xaa\x09\x14\xc2\xd7\x05\xd9\x8b\x02\xa2"
			  "\xb5\x12\x9c\xd1\xde\x16\x4e\xb9\xcb\xd0\x83\xe8\xa2\x50\x3c\x4e",
	}, {
		.key	= "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
			  "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		.iv	= "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		.len	= 128,
		.expect	= "\x76\xb8\xe0\xad\xa0\xf1\x3d\x90\x40\x5d\x6a\xe5\x53\x86\xbd\x28"
			  "\xbd\xd2\x19\xb8\xa0\x8d\xed\x1a\xa8\x36\xef\xcc\x8b\x77\x0d\xc7"
			  "\xda\x41\x59\x7c\x51\x57\x48\x8d\x77\x24\xe0\x3f\xb8\xd8\x4a\x37"
			  "\x6a\x43\xb8\xf4\x15\x18\xa1\x1c\xc3\x87\xb6\x69\xb2\xee\x65\x86"
			  "\x9f\x07\xe7\xbe\x55\x51\x38\x7a\x98\xba\x97\x7c\x73\x2d\x08\x0d"
			  "\xcb\x0f\x29\xa0\x48\xe3\x65\x69\x12\xc6\x53\x3e\x32\xee\x7a\xed"
			  "\x29\xb7\x21\x76\x9c\xe6\x4e\x43\xd5\x71\x33\xb0\x74\xd8\x39\xd5"
			  "\x31\xed\x1f\x28\x51\x0a\xfb\x45\xac\xe1\x0a\x1f\x4b\x79\x4d\x6f",
	},
};

static int chacha20_selftest(void)
{
	return xcrypt_kat(&xcrypt_chacha20, chacha20_kats, ARRAY_SIZE(chacha20_kats));
}

const struct xcrypt_cipher xcrypt_chacha20 = {
	.name		= "chacha20",
	.key_size	= CHACHA_KEY_SIZE,
	.iv_size	= CHACHA20_IV,
	.state_size	= sizeof(struct chacha20),
	.pos_size	= sizeof(u64),
	.max_octets	= CHACHA20_MAX,
	.setkey		= chacha20_setkey,
	.crypt		= chacha20_crypt_octets,
	.seek		= chacha20_seek,
	.selftest	= chacha20_selftest,
};
