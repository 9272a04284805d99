/* SPDX-License-Identifier: GPL-2.0 */
/* Attach the ULP, make and install keys. */
#ifndef _SELFTESTS_KEY_H
#define _SELFTESTS_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/xcrypt.h>

/* As the harness' setsockopt: 0, or -1 and errno. */
int xc_attach(int fd);
int xc_set(int fd, int direction, const struct xcrypt_key *key);
int xc_get(int fd, int direction, struct xcrypt_info *info);

/* A random key for a cipher of the table. */
void key_random(struct xcrypt_key *key, const char *cipher);

/* Does the cipher (NULL: none) seal records? Octets on the wire of one write of up to 16384. */
bool xc_sealed(const char *cipher);
size_t xc_wire(const char *cipher, size_t octets);

/* Octets encrypted or decrypted so far; the fault that ended a direction. */
unsigned long long xc_octets(int fd, int direction);
int xc_error(int fd, int direction);

/* Both ends attached, both directions keyed. */
int pair_encrypt(const int fd[2], const char *cipher);

/* One direction: @tx's octets are decrypted by @rx, both attached already. */
int pair_key(int tx, int rx, const struct xcrypt_key *key);

/* Whether the module is a debug build, which takes xcrypt_key.start. */
bool xc_debug_build(void);

#endif /* _SELFTESTS_KEY_H */
