/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's interface to ChaCha on libcrypto's ChaCha20. */
#ifndef _SHIM_CRYPTO_CHACHA_H
#define _SHIM_CRYPTO_CHACHA_H

#include <linux/kernel.h>

#define CHACHA_KEY_SIZE		32
#define CHACHA_IV_SIZE		16
#define CHACHA_BLOCK_SIZE	64
#define CHACHA_STATE_WORDS	16

struct chacha_state {
	u32 x[CHACHA_STATE_WORDS];
};

void chacha_init(struct chacha_state *state, const u32 *key, const u8 *iv);
void chacha_crypt(struct chacha_state *state, u8 *dst, const u8 *src, unsigned int len,
		  int rounds);

#endif /* _SHIM_CRYPTO_CHACHA_H */
