// SPDX-License-Identifier: GPL-2.0
/*
 * Cache images, as they are and with their hash put right, which mutation would never find.
 * What is read and written again is read again to the same.
 */
#include "fuzz.h"

#include <string.h>

#include <openssl/sha.h>

#include "keys/cacheimage.h"

#define PLACES	8

static const struct xc_time now = { 1010, 510, { 1 } };

static void again(const struct xc_kex *kex, const struct xc_keypair *pair,
		  const struct xc_cache *cache)
{
	uint8_t *image = malloc(xc_cacheimage_max(kex, PLACES));
	struct xc_cache *copy = xc_cache_new(kex, PLACES, PLACES);
	size_t len = xc_cacheimage_write(image, pair, cache, &now);
	struct xc_keypair *other;

	must(len <= xc_cacheimage_max(kex, PLACES) && !xc_cacheimage_seal(image, len));
	must(!xc_cacheimage_read(image, len, kex, &now, 7200, &other, copy));
	must(xc_cache_count(copy) == xc_cache_count(cache));
	must(!memcmp(other->stored, pair->stored, kex->private_len));
	xc_keypair_put(other);
	xc_cache_free(copy);
	free(image);
}

static void read_image(const uint8_t *data, size_t size, const struct xc_kex *kex)
{
	struct xc_cache *cache = xc_cache_new(kex, PLACES, PLACES);
	struct xc_keypair *pair;

	if (!xc_cacheimage_read(data, size, kex, &now, 7200, &pair, cache)) {
		must(!xc_keypair_expired(pair, &now));
		again(kex, pair, cache);
	} else {
		must(!pair && !xc_cache_count(cache));
	}
	xc_keypair_put(pair);
	xc_cache_free(cache);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	read_image(data, size, &xc_kex_x25519);
	read_image(data, size, &xc_kex_dh768);
	if (size < 32)
		return 0;
	copy = malloc(size);
	memcpy(copy, data, size);
	SHA256(copy, size - 32, copy + size - 32);
	read_image(copy, size, &xc_kex_x25519);
	free(copy);
	return 0;
}
