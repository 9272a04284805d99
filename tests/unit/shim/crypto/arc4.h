/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_CRYPTO_ARC4_H
#define _SHIM_CRYPTO_ARC4_H

#include <linux/kernel.h>

struct arc4_ctx {
	u32 S[256];
	u32 x, y;
};

int arc4_setkey(struct arc4_ctx *ctx, const u8 *key, unsigned int len);
void arc4_crypt(struct arc4_ctx *ctx, u8 *dst, const u8 *src, unsigned int len);

#endif /* _SHIM_CRYPTO_ARC4_H */
