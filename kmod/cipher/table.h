/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_CIPHER_TABLE_H
#define _XCRYPT_CIPHER_TABLE_H

#include "cipher.h"

#define XCRYPT_CIPHERS 6

int xcrypt_ciphers_init(void);
void xcrypt_ciphers_exit(void);
const struct xcrypt_cipher *xcrypt_cipher_find(const char *name);
const char *xcrypt_cipher_names(void);
const struct xcrypt_cipher *xcrypt_cipher_at(unsigned int index);
unsigned int xcrypt_cipher_index(const struct xcrypt_cipher *cipher);

void *xcrypt_state_alloc(const struct xcrypt_cipher *cipher);
void xcrypt_state_free(void *state);

#endif /* _XCRYPT_CIPHER_TABLE_H */
