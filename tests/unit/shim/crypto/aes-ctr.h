/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's library of AES in counter mode on libcrypto. */
#ifndef _SHIM_CRYPTO_AES_CTR_H
#define _SHIM_CRYPTO_AES_CTR_H

#include <crypto/aes.h>
#include <linux/kernel.h>

struct aes_enckey {
	u8 octets[AES_KEYSIZE_256];
};

int aes_prepareenckey(struct aes_enckey *key, const u8 *octets, size_t len);
void aes_ctr(u8 *dst, const u8 *src, size_t len, u8 *counter, const struct aes_enckey *key);

#endif /* _SHIM_CRYPTO_AES_CTR_H */
