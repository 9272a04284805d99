/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TESTS_REF_T32_H
#define _TESTS_REF_T32_H

#include <linux/types.h>

/* The product of two elements of SOBER-t32's field. */
u32 ref_t32_mul(u32 a, u32 b);

/* @len octets of keystream. No nonce is loaded if @nonce is null. */
void ref_t32(const u8 *key, unsigned int key_len, const u8 *nonce, unsigned int nonce_len,
	     u8 *out, unsigned int len);

#endif /* _TESTS_REF_T32_H */
