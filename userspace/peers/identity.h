/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host's identity (protocol 3, section 2): an Ed25519 key (RFC 8032), by which those who met it
 * know it again.
 */
#ifndef XCRYPTD_PEERS_IDENTITY_H
#define XCRYPTD_PEERS_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agreement/kex.h"

#define XC_IDENTITY_SEED	32	/* octets of the private value */
#define XC_IDENTITY_MESSAGE	48	/* of what S_b signs */

/*
 * The form that goes to disk: what "openssl genpkey -algorithm ed25519" writes (RFC 8410), octets
 * without a NUL.
 */
#define XC_IDENTITY_TEXT	119

struct xc_identity;

/* A fresh one; that of a private value. NULL: no memory or no randomness. */
struct xc_identity *xc_identity_new(void);
struct xc_identity *xc_identity_restore(const uint8_t seed[XC_IDENTITY_SEED]);

/* Zeroes it. */
void xc_identity_free(struct xc_identity *identity);

/* I_b */
const uint8_t *xc_identity_public(const struct xc_identity *identity);

/* S_b of a message. 0 or -ENOMEM. */
int xc_identity_sign(const struct xc_identity *identity, uint8_t signature[XC_SIGNATURE_LEN],
		     const uint8_t message[XC_IDENTITY_MESSAGE]);

/*
 * Whether an I_b may be used: y is below p, and the point is none of the eight of small order,
 * under which one signature fits many messages. libcrypto takes some of those.
 */
bool xc_identity_usable(const uint8_t public[XC_IDENTITY_LEN]);

/* 0: I_b is usable and S_b is its signature; -EKEYREJECTED: not; -ENOMEM: it cannot be known. */
int xc_identity_check(const uint8_t public[XC_IDENTITY_LEN],
		      const uint8_t signature[XC_SIGNATURE_LEN],
		      const uint8_t message[XC_IDENTITY_MESSAGE]);

/* To and from the form that goes to disk; dst has room for a NUL too. -EBADMSG: it is none. */
void xc_identity_write(const struct xc_identity *identity, char dst[XC_IDENTITY_TEXT + 1]);
int xc_identity_read(struct xc_identity **identity, const char *text, size_t len);

#endif
