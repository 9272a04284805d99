// SPDX-License-Identifier: GPL-2.0
#include <crypto/aes-ctr.h>
#include <openssl/evp.h>
#include <stdlib.h>

int aes_prepareenckey(struct aes_enckey *key, const u8 *octets, size_t len)
{
	if (len != sizeof(key->octets))
		return -EINVAL;
	memcpy(key->octets, octets, len);
	return 0;
}

void aes_ctr(u8 *dst, const u8 *src, size_t len, u8 *counter, const struct aes_enckey *key)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned int blocks, i;
	int out;

	if (!ctx || !EVP_EncryptInit_ex(ctx, EVP_aes_256_ctr(), NULL, key->octets, counter) ||
	    !EVP_EncryptUpdate(ctx, dst, &out, src, len))
		abort();
	EVP_CIPHER_CTX_free(ctx);
	for (blocks = DIV_ROUND_UP(len, AES_BLOCK_SIZE); blocks; blocks--)
		for (i = AES_BLOCK_SIZE; i-- && !++counter[i];)
			;
}
