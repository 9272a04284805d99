// SPDX-License-Identifier: GPL-2.0
#include "cacheimage.h"

#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

#define MAGIC		"XCRYPTK1"
#define MAGIC_LEN	8
#define VERSION_LEN	8
#define HEAD_LEN	(MAGIC_LEN + VERSION_LEN + 8 + 8 + 8)
#define HASH_LEN	32
#define USE_MAX		(UINT64_MAX / 2)

static size_t pair_len(const struct xc_kex *kex)
{
	return kex->private_len + kex->public_a_len;
}

static size_t entry_len(const struct xc_kex *kex)
{
	return 16 + 8 + 8 + xc_cache_peer_max(kex) + xc_cache_answer_len(kex) + kex->shared_len;
}

size_t xc_cacheimage_max(const struct xc_kex *kex, unsigned int places)
{
	return HEAD_LEN + pair_len(kex) + places * entry_len(kex) + HASH_LEN;
}

static uint8_t *put(uint8_t *at, const void *src, size_t len)
{
	memcpy(at, src, len);
	return at + len;
}

static uint8_t *put_number(uint8_t *at, uint64_t n)
{
	int i;

	for (i = 0; i < 8; i++)
		at[i] = n >> (56 - 8 * i);
	return at + 8;
}

static uint64_t get_number(const uint8_t *at)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < 8; i++)
		n = n << 8 | at[i];
	return n;
}

static void version_of(char dst[VERSION_LEN], const struct xc_kex *kex)
{
	memset(dst, 0, VERSION_LEN);
	memcpy(dst, kex->version, strlen(kex->version));
}

static uint8_t *put_head(uint8_t *at, const struct xc_keypair *pair, unsigned int count)
{
	char version[VERSION_LEN];

	version_of(version, pair->kex);
	at = put(at, MAGIC, MAGIC_LEN);
	at = put(at, version, VERSION_LEN);
	at = put_number(at, pair->born);
	at = put_number(at, pair->expires);
	at = put_number(at, count);
	at = put(at, pair->stored, pair->kex->private_len);
	return put(at, pair->public_a, pair->kex->public_a_len);
}

static uint8_t *put_entry(uint8_t *at, const struct xc_kex *kex, const struct xc_cache_entry *e)
{
	size_t answer_len = xc_cache_answer_len(kex);

	at = put(at, &e->site, 16);
	at = put_number(at, e->used);
	at = put_number(at, e->peer_len);
	at = put(at, e->peer, xc_cache_peer_max(kex));
	if (answer_len)
		at = put(at, e->answer, answer_len);
	return put(at, e->shared, kex->shared_len);
}

long xc_cacheimage_write(uint8_t *dst, const struct xc_keypair *pair,
			 const struct xc_cache *cache)
{
	uint8_t *at = put_head(dst, pair, xc_cache_count(cache));
	struct xc_cache_entry entry;
	unsigned int i;

	for (i = 0; i < xc_cache_places(cache); i++) {
		if (xc_cache_at(cache, i, &entry))
			at = put_entry(at, pair->kex, &entry);
	}
	if (!EVP_Digest(dst, at - dst, at, NULL, EVP_sha256(), NULL))
		return -ENOMEM;
	return at + HASH_LEN - dst;
}

/* The length, the hash and the head are those of an image of this key agreement. */
static bool is_image(const uint8_t *src, size_t len, const struct xc_kex *kex)
{
	size_t least = xc_cacheimage_max(kex, 0);
	uint8_t hash[HASH_LEN];
	char version[VERSION_LEN];
	uint64_t count;

	if (len < least || memcmp(src, MAGIC, MAGIC_LEN))
		return false;
	version_of(version, kex);
	count = get_number(src + HEAD_LEN - 8);
	if (memcmp(src + MAGIC_LEN, version, VERSION_LEN) ||
	    (len - least) / entry_len(kex) != count || (len - least) % entry_len(kex))
		return false;
	return EVP_Digest(src, len - HASH_LEN, hash, NULL, EVP_sha256(), NULL) &&
	       memcmp(hash, src + len - HASH_LEN, HASH_LEN) == 0;
}

static int read_pair(const uint8_t *src, const struct xc_kex *kex, time_t now,
		     unsigned int lifetime, struct xc_keypair **pair)
{
	uint64_t born = get_number(src + MAGIC_LEN + VERSION_LEN);
	uint64_t expires = get_number(src + MAGIC_LEN + VERSION_LEN + 8);
	const uint8_t *stored = src + HEAD_LEN;
	struct xc_keypair *p;

	if (born > (uint64_t)INT64_MAX - lifetime || expires > INT64_MAX)
		return -EBADMSG;
	if (expires > born + lifetime)
		expires = born + lifetime;
	if (now < (time_t)born || now >= (time_t)expires)
		return -ESTALE;
	p = xc_keypair_restore(kex, stored, born, expires);
	if (!p)
		return -ENOMEM;
	if (memcmp(p->public_a, stored + kex->private_len, kex->public_a_len)) {
		xc_keypair_put(p);
		return -EBADMSG;
	}
	*pair = p;
	return 0;
}

static int read_entry(const uint8_t *at, const struct xc_kex *kex, struct xc_cache *cache)
{
	struct xc_cache_entry entry = { .used = get_number(at + 16) };
	uint64_t peer_len = get_number(at + 24);
	size_t answer_len = xc_cache_answer_len(kex);

	if ((peer_len != kex->public_a_len && peer_len != kex->public_b_len) || !entry.used)
		return -EBADMSG;
	/* The cache counts on from the greatest, and must never come round. */
	if (entry.used > USE_MAX)
		entry.used = USE_MAX;
	memcpy(&entry.site, at, 16);
	entry.peer_len = peer_len;
	entry.peer = at + 32;
	entry.answer = answer_len ? entry.peer + xc_cache_peer_max(kex) : NULL;
	entry.shared = at + entry_len(kex) - kex->shared_len;
	xc_cache_add(cache, &entry);
	return 0;
}

int xc_cacheimage_read(const uint8_t *src, size_t len, const struct xc_kex *kex, time_t now,
		       unsigned int lifetime, struct xc_keypair **pair, struct xc_cache *cache)
{
	const uint8_t *at = src + HEAD_LEN + pair_len(kex);
	int err;

	*pair = NULL;
	if (!is_image(src, len, kex))
		return -EBADMSG;
	err = read_pair(src, kex, now, lifetime, pair);
	for (; !err && at < src + len - HASH_LEN; at += entry_len(kex))
		err = read_entry(at, kex, cache);
	if (err) {
		xc_cache_clear(cache);
		xc_keypair_put(*pair);
		*pair = NULL;
	}
	return err;
}
