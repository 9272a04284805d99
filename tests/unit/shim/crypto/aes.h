/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_CRYPTO_AES_H
#define _SHIM_CRYPTO_AES_H

#define AES_KEYSIZE_256	32
#define AES_BLOCK_SIZE	16

#endif /* _SHIM_CRYPTO_AES_H */
