/* SPDX-License-Identifier: GPL-2.0 */
/*
 * "aes256ctr": AES-256 with a 128-bit big-endian counter that starts at the IV. Kbuild takes
 * one of two files: aes256ctr.c where the kernel's library has the mode and nothing is faster,
 * else aes256ctr_skcipher.c, which goes by the crypto API.
 */
#ifndef _XCRYPT_AES256CTR_H
#define _XCRYPT_AES256CTR_H

#include <crypto/aes.h>
#include <linux/build_bug.h>
#include <linux/types.h>

#include "cipher.h"
#include "keystream.h"

/* The counter of block @number of the keystream, both halves most significant first. */
static inline void aes256ctr_count(__be64 counter[2], const __be64 iv[2], u64 number)
{
	u64 block = number * (KEYSTREAM_BLOCK / AES_BLOCK_SIZE);
	u64 low = be64_to_cpu(iv[1]) + block;

	BUILD_BUG_ON(KEYSTREAM_BLOCK % AES_BLOCK_SIZE);
	counter[0] = cpu_to_be64(be64_to_cpu(iv[0]) + (low < block));
	counter[1] = cpu_to_be64(low);
}

#endif /* _XCRYPT_AES256CTR_H */
