// SPDX-License-Identifier: GPL-2.0
/* RC4 as in ciphers.md, section 4. libcrypto keeps its own in a provider rarely installed. */
#include <crypto/arc4.h>

static void swap_entries(u32 *s, u32 i, u32 j)
{
	u32 t = s[i];

	s[i] = s[j];
	s[j] = t;
}

int arc4_setkey(struct arc4_ctx *ctx, const u8 *key, unsigned int len)
{
	u32 i, j = 0;

	for (i = 0; i < 256; i++)
		ctx->S[i] = i;
	for (i = 0; i < 256; i++) {
		j = (j + ctx->S[i] + key[i % len]) % 256;
		swap_entries(ctx->S, i, j);
	}
	ctx->x = 0;
	ctx->y = 0;
	return 0;
}

void arc4_crypt(struct arc4_ctx *ctx, u8 *dst, const u8 *src, unsigned int len)
{
	u32 *s = ctx->S;

	while (len--) {
		ctx->x = (ctx->x + 1) % 256;
		ctx->y = (ctx->y + s[ctx->x]) % 256;
		swap_entries(s, ctx->x, ctx->y);
		*dst++ = *src++ ^ s[(s[ctx->x] + s[ctx->y]) % 256];
	}
}
