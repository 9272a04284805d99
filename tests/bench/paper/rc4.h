/* SPDX-License-Identifier: GPL-2.0 */
/* RC4 in plain C (docs/ciphers.md, section 4): what a compiler makes of it. */
#ifndef _BENCH_RC4_H
#define _BENCH_RC4_H

#include <stddef.h>
#include <stdint.h>

struct rc4 {
	uint8_t x;
	uint8_t y;
	uint32_t s[256];	/* words: reading octets of them costs more */
};

void rc4_key(struct rc4 *rc4, const uint8_t *key, size_t len);
void rc4_crypt(struct rc4 *rc4, uint8_t *dst, const uint8_t *src, size_t len);

#endif /* _BENCH_RC4_H */
