/* SPDX-License-Identifier: GPL-2.0 */
/* The other AES-256-CTR and -GCM: a kernel has one of the two, the tests have both. */
#ifndef _TESTS_SKCIPHER_H
#define _TESTS_SKCIPHER_H

#include "cipher/cipher.h"

extern const struct xcrypt_cipher xcrypt_aes256ctr_skcipher;
extern const struct xcrypt_cipher xcrypt_aes256gcm_aead;

#endif /* _TESTS_SKCIPHER_H */
