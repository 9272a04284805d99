/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A key pair and its cache as octets of a file (paper, section 6: header, body). The format
 * is in docs/cache-file.md.
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
