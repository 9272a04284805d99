/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_CRYPTO_ALGAPI_H
#define _SHIM_CRYPTO_ALGAPI_H

#include <linux/kernel.h>

static inline void crypto_xor_cpy(u8 *dst, const u8 *a, const u8 *b, unsigned int len)
{
	while (len--)
		*dst++ = *a++ ^ *b++;
}

#endif /* _SHIM_CRYPTO_ALGAPI_H */
