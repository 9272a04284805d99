// SPDX-License-Identifier: GPL-2.0
#include <crypto/chacha.h>
#include <openssl/evp.h>
#include <stdlib.h>

void chacha_init(struct chacha_state *state, const u32 *key, const u8 *iv)
{
	unsigned int i;

	memset(state, 0, sizeof(*state));
	memcpy(state->x + 4, key, CHACHA_KEY_SIZE);
	for (i = 0; i < 4; i++)
		state->x[12 + i] = get_unaligned_le32(iv + 4 * i);
}

void chacha_crypt(struct chacha_state *state, u8 *dst, const u8 *src, unsigned int len,
		  int rounds)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	u8 raw[48];
	unsigned int i;
	int out;

	for (i = 0; i < 12; i++)
		put_unaligned_le32(state->x[4 + i], raw + 4 * i);
	if (rounds != 20 || !ctx ||
	    !EVP_EncryptInit_ex(ctx, EVP_chacha20(), NULL, raw, raw + CHACHA_KEY_SIZE) ||
	    !EVP_EncryptUpdate(ctx, dst, &out, src, len))
		abort();
	EVP_CIPHER_CTX_free(ctx);
	state->x[12] += (len + CHACHA_BLOCK_SIZE - 1) / CHACHA_BLOCK_SIZE;
}
