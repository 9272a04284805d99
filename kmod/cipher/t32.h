/* SPDX-License-Identifier: GPL-2.0 */
/* SOBER-t32, after the description in docs/ciphers.md. Compiles in user space too. */
#ifndef _XCRYPT_T32_H
#define _XCRYPT_T32_H

#include <linux/types.h>

#define T32_WORDS	17

/**
 * struct t32 - a generator; plain data, a copy of it is a generator at the same octet
 * @r:		shift register, oldest word first
 * @scw:	what is left of the stutter control word, next dibit lowest
 * @word:	what is left of the last output word, next octet highest
 * @dibits:	dibits left in @scw
 * @octets:	octets left in @word
 * @konst:	key-dependent, does not change as the generator runs
 */
struct t32 {
	u32 r[T32_WORDS];
	u32 scw;
	u32 word;
	u8 dibits;
	u8 octets;
	u32 konst;
};

/* Ready to run without a nonce, or for one t32_nonce(). Any length. */
void t32_key(struct t32 *t, const u8 *key, unsigned int len);

/* Right after t32_key(). Any length; an empty nonce is not the same as none. */
void t32_nonce(struct t32 *t, const u8 *nonce, unsigned int len);

/* XOR the next @len octets of keystream on @src into @dst, equal or disjoint. */
void t32_crypt(struct t32 *t, u8 *dst, const u8 *src, unsigned int len);

#endif /* _XCRYPT_T32_H */
