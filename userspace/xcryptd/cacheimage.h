/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A key pair and its cache as octets of a file (paper, section 6: header, body). Numbers are
 * big-endian, of 8 octets; lengths of values are those of the key agreement (2.0: 32 each).
 *
 *	8	"XCRYPTK1"
 *	8	version of the key agreement, padded with NUL
 *	8	when the pair was made, seconds since 1970
 *	8	when it expires
 *	8	number of entries
 *		private value, public value
 *	entry:
 *	16	site that first brought it: IPv6 /64, or IPv4-mapped address
 *	8	use: the greater, the later; not 0
 *	8	length of the peer's public value
 *		peer's public value, padded with NUL to the longer of K_a and K_b
 *		K_b, only where the key agreement encapsulates
 *		S
 *	32	SHA-256 of all that
 */
#ifndef XCRYPTD_CACHEIMAGE_H
#define XCRYPTD_CACHEIMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "cache.h"
#include "keypair.h"

/* The largest image of a cache with so many places, octets. */
size_t xc_cacheimage_max(const struct xc_kex *kex, unsigned int places);

/* Write the image to dst of xc_cacheimage_max() octets. Its length, or -ENOMEM. */
long xc_cacheimage_write(uint8_t *dst, const struct xc_keypair *pair,
			 const struct xc_cache *cache);

/*
 * Read an image: the pair to *pair, its entries to the empty cache. The pair expires no later
 * than lifetime seconds after its making, even if the image was written under a longer one.
 *
 * 0; -EBADMSG: damaged, or of another key agreement; -ESTALE: in order, but expired;
 * -ENOMEM. On error *pair is NULL and the cache empty.
 */
int xc_cacheimage_read(const uint8_t *src, size_t len, const struct xc_kex *kex, time_t now,
		       unsigned int lifetime, struct xc_keypair **pair, struct xc_cache *cache);

#endif
