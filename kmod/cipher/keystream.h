/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Single octets out of a keystream that comes in numbered blocks, for ciphers in
 * counter mode. The position is one number, so that to save it is to copy it.
 */
#ifndef _XCRYPT_KEYSTREAM_H
#define _XCRYPT_KEYSTREAM_H

#include <crypto/algapi.h>
#include <linux/build_bug.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>

#include "cipher.h"

#define KEYSTREAM_BLOCK	64	/* octets */

/**
 * struct keystream - leads the state of a cipher that uses keystream_crypt()
 * @pos:	the next octet, and the cipher's whole position
 * @tag:	1 + the number of the block in @block, 0 for none. It stays true when @pos
 *		alone is put back
 * @block:	keystream, kept for the calls that end within a block
 */
struct keystream {
	u64 pos;
	u64 tag;
	u8 block[KEYSTREAM_BLOCK];
};

/* XORs blocks @number and on over @len octets, a multiple of KEYSTREAM_BLOCK. */
typedef int keystream_blocks_fn(struct keystream *ks, u64 number, u8 *dst,
				const u8 *src, unsigned int len);

static __always_inline int keystream_fill(struct keystream *ks, u64 number,
					  keystream_blocks_fn *blocks)
{
	int err;

	if (ks->tag == number + 1)
		return 0;
	ks->tag = 0;
	memset(ks->block, 0, KEYSTREAM_BLOCK);
	err = blocks(ks, number, ks->block, ks->block, KEYSTREAM_BLOCK);
	if (!err)
		ks->tag = number + 1;
	return err;
}

/* Always inlined, so that @blocks is a direct call. */
static __always_inline int keystream_crypt(struct keystream *ks, u8 *dst, const u8 *src,
					   unsigned int len, keystream_blocks_fn *blocks)
{
	u64 pos = ks->pos;

	BUILD_BUG_ON(XCRYPT_STACK_MAX >= KEYSTREAM_BLOCK);
	while (len) {
		u64 number = pos / KEYSTREAM_BLOCK;
		unsigned int at = pos % KEYSTREAM_BLOCK, n;
		int err;

		if (at || len < KEYSTREAM_BLOCK) {
			n = min(len, KEYSTREAM_BLOCK - at);
			err = keystream_fill(ks, number, blocks);
			if (!err)
				crypto_xor_cpy(dst, src, ks->block + at, n);
		} else {
			n = round_down(len, KEYSTREAM_BLOCK);
			err = blocks(ks, number, dst, src, n);
		}
		if (err)
			return err;
		pos += n;
		dst += n;
		src += n;
		len -= n;
	}
	ks->pos = pos;
	return 0;
}

#endif /* _XCRYPT_KEYSTREAM_H */
