// SPDX-License-Identifier: GPL-2.0
/* "aes256gcm" by the kernel's library, which is synchronous and takes plain pointers. */
#include <crypto/aes-gcm.h>

#include "aes256gcm.h"

static int aes256gcm_setkey(void *state, const u8 *key, const u8 *iv)
{
	return aes_gcm_preparekey(state, key, AES_KEYSIZE_256, XCRYPT_TAG);
}

static int aes256gcm_seal(void *state, const u8 *nonce, u8 *record, unsigned int len,
			  const struct xcrypt_part *part, unsigned int count)
{
	u8 *dst = record + XCRYPT_HEAD;
	struct aes_gcm_ctx gcm;
	unsigned int i;

	aes_gcm_init(&gcm, nonce, state);
	aes_gcm_auth_update(&gcm, record, XCRYPT_HEAD);
	for (i = 0; i < count; i++) {
		aes_gcm_encrypt_update(&gcm, dst, part[i].data, part[i].len);
		dst += part[i].len;
	}
	aes_gcm_encrypt_final(&gcm, dst);
	return 0;
}

static int aes256gcm_open(void *state, const u8 *nonce, u8 *record, unsigned int len)
{
	u8 *data = record + XCRYPT_HEAD;

	return aes_gcm_decrypt(data, data, len, data + len, record, XCRYPT_HEAD, nonce, state);
}

static int aes256gcm_selftest(void)
{
	return xcrypt_kat_record(&xcrypt_aes256gcm, aes256gcm_kats, ARRAY_SIZE(aes256gcm_kats));
}

const struct xcrypt_cipher xcrypt_aes256gcm = {
	.name		= "aes256gcm",
	.key_size	= AES_KEYSIZE_256,
	.iv_size	= XCRYPT_NONCE,
	.state_size	= sizeof(struct aes_gcm_key),
	.setkey		= aes256gcm_setkey,
	.seal		= aes256gcm_seal,
	.open		= aes256gcm_open,
	.selftest	= aes256gcm_selftest,
};
