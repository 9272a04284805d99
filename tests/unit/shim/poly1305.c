// SPDX-License-Identifier: GPL-2.0
#include <crypto/poly1305.h>
#include <openssl/evp.h>
#include <stdlib.h>

void poly1305_init(struct poly1305_desc_ctx *desc, const u8 *key)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "POLY1305", NULL);

	desc->mac = EVP_MAC_CTX_new(mac);
	if (!desc->mac || !EVP_MAC_init(desc->mac, key, POLY1305_KEY_SIZE, NULL))
		abort();
	EVP_MAC_free(mac);
}

void poly1305_update(struct poly1305_desc_ctx *desc, const u8 *src, unsigned int len)
{
	if (!EVP_MAC_update(desc->mac, src, len))
		abort();
}

void poly1305_final(struct poly1305_desc_ctx *desc, u8 *digest)
{
	size_t len;

	if (!EVP_MAC_final(desc->mac, digest, &len, POLY1305_DIGEST_SIZE))
		abort();
	EVP_MAC_CTX_free(desc->mac);
	desc->mac = NULL;
}
