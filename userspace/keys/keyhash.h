/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SipHash-1-3 under a random key: where a table has what, so that nobody who chooses what goes
 * in can choose two that meet (Aumasson and Bernstein, 2012; one round a word is what hash tables
 * use, as no hash is ever shown). libcrypto's.
 */
#ifndef XCRYPTD_KEYHASH_H
#define XCRYPTD_KEYHASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xc_keyhash;

/* With a fresh key. NULL: no memory, no randomness, or libcrypto has no SipHash. */
struct xc_keyhash *xc_keyhash_new(void);
void xc_keyhash_free(struct xc_keyhash *keyhash);

/* The hash of two strings, the second of which may be empty. False: libcrypto has no memory. */
bool xc_keyhash(const struct xc_keyhash *keyhash, const void *a, size_t a_len, const void *b,
		size_t b_len, uint32_t *hash);

#endif
