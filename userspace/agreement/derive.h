/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The key schedules (protocol, sections 4 and 5).
 */
#ifndef XCRYPTD_DERIVE_H
#define XCRYPTD_DERIVE_H

#include <stdint.h>

#include "kex.h"
#include "offer.h"
#include "suite.h"

/* What both sides said. Public values only; lengths as the suite's key agreement has them. */
struct xc_transcript {
	const struct xc_suite *suite;
	struct xc_offer offer;		/* does not enter version 1.0 */
	uint8_t public_a[XC_PUBLIC_MAX];
	uint8_t nonce_a[XC_NONCE_MAX];
	uint8_t public_b[XC_PUBLIC_MAX];
	uint8_t nonce_b[XC_NONCE_MAX];
	struct xc_proof proof;		/* version 3 */
};

/* What comes of it. Secret, but for the session identifier. */
struct xc_keys {
	uint8_t key_c2s[XC_KEY_MAX];
	uint8_t iv_c2s[XC_IV_MAX];
	uint8_t key_s2c[XC_KEY_MAX];
	uint8_t iv_s2c[XC_IV_MAX];
	uint8_t confirm_a[XC_CONFIRM_MAX];
	uint8_t confirm_b[XC_CONFIRM_MAX];
	uint8_t early[XC_CONFIRM_MAX];		/* V_b: version 3 */
	uint8_t session[XC_SESSION_LEN];
};

#define XC_SIGNED_LEN	48

/* The octets that S_b signs: of the version, K_a and K_b. 0 or -ENOMEM (libcrypto failed). */
int xc_derive_signed(const struct xc_transcript *t, uint8_t message[XC_SIGNED_LEN]);

/* The schedule of 1.0. 0 or -ENOMEM (libcrypto failed). */
int xc_derive_sha1(const struct xc_transcript *t, const uint8_t *shared, struct xc_keys *keys);

/* The schedule of 2.x and, with identities, of 3.x. 0 or -ENOMEM (libcrypto failed). */
int xc_derive_hkdf(const struct xc_transcript *t, const uint8_t *shared, struct xc_keys *keys);

#endif
