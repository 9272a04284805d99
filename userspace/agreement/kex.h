/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Key agreements. To add one: write a file with its struct xc_kex, declare it here, and give
 * its suites lines in suite.c's table.
 */
#ifndef XCRYPTD_KEX_H
#define XCRYPTD_KEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest of any key agreement, octets. */
#define XC_PUBLIC_MAX	1216	/* K_a, K_b */
#define XC_PRIVATE_MAX	96
#define XC_SHARED_MAX	96	/* S */
#define XC_RANDOM_MAX	32
#define XC_NONCE_MAX	16
#define XC_CONFIRM_MAX	16
#define XC_SESSION_LEN	16
#define XC_IDENTITY_LEN	32	/* I_b */
#define XC_SIGNATURE_LEN 64	/* S_b */

/* How b says who it is: version 3. */
struct xc_proof {
	uint8_t identity[XC_IDENTITY_LEN];
	uint8_t signature[XC_SIGNATURE_LEN];
};

struct xc_transcript;
struct xc_keys;

/* A host's own private value as a key agreement wants it for use; opaque to others. */
struct xc_private;

/**
 * struct xc_kex - one key agreement, the version part of a suite
 * @version:	as in "2.0"
 * @private_len: octets of a private value in its stored form
 * @public_a_len: octets of K_a
 * @public_b_len: octets of K_b
 * @shared_len:	octets of S
 * @random_len:	octets of randomness that @answer takes
 * @nonce_len:	octets of N_a and N_b
 * @confirm_len: octets of C_a and C_b, 0 where there are none
 * @bare_lf:	a line may end in LF alone
 * @encapsulates: K_b is made for one K_a; else it is b's own public value, of one form with
 *		K_a, and who was a may be b the next time
 * @identity:	version 3: b proves an identity, which enters the derivation; no secret of it goes
 *		to disk
 * @available:	whether libcrypto has what it takes; NULL: always
 * @load:	make @private_len octets of randomness, or those stored earlier, a private
 *		value and give the public value that a sends. NULL if there is no memory
 * @unload:	free and zero
 * @accept:	a's part: S from K_b
 * @answer:	b's part: K_b and S from K_a, and from fresh randomness where it takes any
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
	uint16_t random_len;
	uint16_t nonce_len;
	uint16_t confirm_len;
	bool bare_lf;
	bool encapsulates;
	bool identity;
	bool (*available)(void);
	struct xc_private *(*load)(const uint8_t *stored, uint8_t *public_a);
	void (*unload)(struct xc_private *own);
	int (*accept)(const struct xc_private *own, const uint8_t *public_b, uint8_t *shared);
	int (*answer)(const struct xc_private *own, const uint8_t *random,
		      const uint8_t *public_a, uint8_t *public_b, uint8_t *shared);
	int (*derive)(const struct xc_transcript *t, const uint8_t *shared, struct xc_keys *keys);
};

extern const struct xc_kex xc_kex_dh768;
extern const struct xc_kex xc_kex_x25519;
extern const struct xc_kex xc_kex_x25519_identity;
extern const struct xc_kex xc_kex_x25519mlkem768;
extern const struct xc_kex xc_kex_x25519mlkem768_identity;

/*
 * Whether a line of the exchange is longer than the 512 octets of RFC 5321 that any path carries.
 */
bool xc_kex_has_long_lines(const struct xc_kex *kex);

/* Whether libcrypto has ML-KEM-768: 3.5 and later. */
bool xc_kex_has_mlkem(void);

#endif
