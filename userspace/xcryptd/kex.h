/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Key agreements. To add one: write kex_<name>.c with one struct xc_kex, declare it here,
 * give it a line in Makefile and its suites lines in suite.c's table.
 */
#ifndef XCRYPTD_KEX_H
#define XCRYPTD_KEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest of any key agreement, octets. */
#define XC_PUBLIC_MAX	96	/* K_a, K_b */
#define XC_PRIVATE_MAX	96
#define XC_SHARED_MAX	96	/* S */
#define XC_NONCE_MAX	16
#define XC_CONFIRM_MAX	16
#define XC_SESSION_LEN	16

struct xc_transcript;
struct xc_keys;

/* A host's own private value as a key agreement wants it for use; opaque to others. */
struct xc_private;

/**
 * struct xc_kex - one key agreement, the version part of a suite
 * @version:	"1.0", "2.0"
 * @private_len: octets of a private value in its stored form
 * @public_a_len: octets of K_a
 * @public_b_len: octets of K_b
 * @shared_len:	octets of S
 * @nonce_len:	octets of N_a and N_b
 * @confirm_len: octets of C_a and C_b, 0 where there are none
 * @bare_lf:	a line may end in LF alone
 * @encapsulates: K_b is made for one K_a; else it is b's own public value, of one form with
 *		K_a, and who was a may be b the next time
 * @load:	make @private_len octets of randomness, or those stored earlier, a private
 *		value and give the public value that a sends. NULL if there is no memory
 * @unload:	free and zero
 * @accept:	a's part: S from K_b
 * @answer:	b's part: K_b and S from K_a
 * @derive:	everything that the exchange needs, from S and the transcript
 *
 * accept and answer: 0; -EKEYREJECTED if the peer's public value is to be refused;
 * -ENOMEM for any other fault. derive: 0 or -ENOMEM.
 */
struct xc_kex {
	const char *version;
	uint16_t private_len;
	uint16_t public_a_len;
	uint16_t public_b_len;
	uint16_t shared_len;
	uint16_t nonce_len;
	uint16_t confirm_len;
	bool bare_lf;
	bool encapsulates;
	struct xc_private *(*load)(const uint8_t *stored, uint8_t *public_a);
	void (*unload)(struct xc_private *own);
	int (*accept)(const struct xc_private *own, const uint8_t *public_b, uint8_t *shared);
	int (*answer)(const struct xc_private *own, const uint8_t *public_a, uint8_t *public_b,
		      uint8_t *shared);
	int (*derive)(const struct xc_transcript *t, const uint8_t *shared, struct xc_keys *keys);
};

extern const struct xc_kex xc_kex_dh768;
extern const struct xc_kex xc_kex_x25519;

#endif
