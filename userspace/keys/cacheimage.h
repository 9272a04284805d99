/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A key pair and its cache as octets of a file (paper, section 6: header, body). Numbers are
 * big-endian, of 8 octets; lengths of values are those of the key agreement (2.0: 32 each).
 *
 *	8	"XCRYPTK2"
 *	8	version of the key agreement, padded with NUL
 *	8	when the pair was made, seconds since 1970
 *	8	when it expires
 *	8	when this was written
 *	8	the pair's age then, seconds that no setting of the clock changes
 *	8	CLOCK_BOOTTIME then, seconds
 *	16	the boot to which that belongs, zeros if not known
 *	8	number of entries
 *		private value, public value
 *	entry, from the least to the most recently used:
 *	16	site that first brought it: IPv6 /64, or IPv4-mapped address
 *	8	length of the peer's public value
 *		peer's public value, padded with NUL to the longer of K_a and K_b
 *		K_b, only where the key agreement encapsulates
 *		S
 *	32	SHA-256 of all that
 *
 * "XCRYPTK1" had no times but the first two, and a number for each entry's use.
 */
#ifndef XCRYPTD_CACHEIMAGE_H
#define XCRYPTD_CACHEIMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "cache.h"
#include "keypair.h"

/* The largest image of a cache with so many places, octets. */
size_t xc_cacheimage_max(const struct xc_kex *kex, unsigned int places);

/* Write the image to dst of xc_cacheimage_max() octets. Its length. */
size_t xc_cacheimage_write(uint8_t *dst, const struct xc_keypair *pair,
			   const struct xc_cache *cache, const struct xc_time *now);

/* Put the hash at the end of an image of len octets: slow, and apart from the cache. 0, -ENOMEM. */
int xc_cacheimage_seal(uint8_t *image, size_t len);

/*
 * Read an image: the pair to *pair, its entries to the empty cache. The pair expires no later
 * than lifetime seconds after its making, even if the image was written under a longer one.
 *
 * Within one boot its age is what CLOCK_BOOTTIME says; of an image from another boot what it
 * was at the writing, or what the wall clock says if that is more, and no image is from the
 * future.
 *
 * 0; -EBADMSG: damaged, or of another key agreement; -EPROTONOSUPPORT: of an older release;
 * -ESTALE: in order, but expired; -ENOMEM. On error *pair is NULL and the cache empty.
 */
int xc_cacheimage_read(const uint8_t *src, size_t len, const struct xc_kex *kex,
		       const struct xc_time *now, unsigned int lifetime,
		       struct xc_keypair **pair, struct xc_cache *cache);

#endif
