/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_CRYPTO_ALGAPI_H
#define _SHIM_CRYPTO_ALGAPI_H

#include <linux/kernel.h>

static inline void crypto_xor_cpy(u8 *dst, const u8 *a, const u8 *b, unsigned int len)
{
	while (len--)
		*dst++ = *a++ ^ *b++;
}

static inline int crypto_memneq(const void *a, const void *b, size_t len)
{
	return memcmp(a, b, len) != 0;
}

#endif /* _SHIM_CRYPTO_ALGAPI_H */
