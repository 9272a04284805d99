// SPDX-License-Identifier: GPL-2.0
#include "cacheimage.h"

#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

#define MAGIC		"XCRYPTK2"
#define MAGIC_LEN	8
#define FAMILY_LEN	7	/* of it, in all releases */
#define VERSION_LEN	8
#define HEAD_LEN	(MAGIC_LEN + VERSION_LEN + 5 * 8 + XC_BOOT_LEN + 8)
#define ENTRY_HEAD	(16 + 8)
#define HASH_LEN	32
#define TIME_MAX	(INT64_MAX / 4)	/* sums of times cannot overflow */

static size_t pair_len(const struct xc_kex *kex)
{
	return kex->private_len + kex->public_a_len;
}

static size_t entry_len(const struct xc_kex *kex)
{
	return ENTRY_HEAD + xc_cache_peer_max(kex) + xc_cache_answer_len(kex) + kex->shared_len;
}

size_t xc_cacheimage_max(const struct xc_kex *kex, unsigned int places)
{
	return HEAD_LEN + pair_len(kex) + places * entry_len(kex) + HASH_LEN;
}

/* --- writing --- */

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

static void version_of(char dst[VERSION_LEN], const struct xc_kex *kex)
{
	memset(dst, 0, VERSION_LEN);
	memcpy(dst, kex->version, strlen(kex->version));
}

static uint8_t *put_head(uint8_t *at, const struct xc_keypair *pair, unsigned int count,
			 const struct xc_time *now)
{
	char version[VERSION_LEN];

	version_of(version, pair->kex);
	at = put(at, MAGIC, MAGIC_LEN);
	at = put(at, version, VERSION_LEN);
	at = put_number(at, pair->born);
	at = put_number(at, pair->expires);
	at = put_number(at, now->wall);
	at = put_number(at, xc_keypair_age(pair, now));
	at = put_number(at, now->boot);
	at = put(at, now->boot_id, XC_BOOT_LEN);
	at = put_number(at, count);
	at = put(at, pair->stored, pair->kex->private_len);
	return put(at, pair->public_a, pair->kex->public_a_len);
}

static uint8_t *put_entry(uint8_t *at, const struct xc_kex *kex, const struct xc_cache_entry *e)
{
	size_t answer_len = xc_cache_answer_len(kex);

	at = put(at, &e->site, 16);
	at = put_number(at, e->peer_len);
	at = put(at, e->peer, xc_cache_peer_max(kex));
	if (answer_len)
		at = put(at, e->answer, answer_len);
	return put(at, e->shared, kex->shared_len);
}

size_t xc_cacheimage_write(uint8_t *dst, const struct xc_keypair *pair,
			   const struct xc_cache *cache, const struct xc_time *now)
{
	uint8_t *at = put_head(dst, pair, xc_cache_count(cache), now);
	struct xc_cache_entry entry;
	uint32_t place = XC_CACHE_BEGIN;

	while (xc_cache_later(cache, &place, &entry))
		at = put_entry(at, pair->kex, &entry);
	return at + HASH_LEN - dst;
}

int xc_cacheimage_seal(uint8_t *image, size_t len)
{
	len -= HASH_LEN;
	return EVP_Digest(image, len, image + len, NULL, EVP_sha256(), NULL) ? 0 : -ENOMEM;
}

/* --- reading --- */

static const uint8_t *get_number(const uint8_t *at, uint64_t *n)
{
	int i;

	*n = 0;
	for (i = 0; i < 8; i++)
		*n = *n << 8 | at[i];
	return at + 8;
}

/* The head behind the version. */
struct head {
	uint64_t born, expires, written, age, boot;
	const uint8_t *boot_id;
	uint64_t count;
};

static void get_head(const uint8_t *src, struct head *head)
{
	const uint8_t *at = src + MAGIC_LEN + VERSION_LEN;

	at = get_number(at, &head->born);
	at = get_number(at, &head->expires);
	at = get_number(at, &head->written);
	at = get_number(at, &head->age);
	at = get_number(at, &head->boot);
	head->boot_id = at;
	get_number(at + XC_BOOT_LEN, &head->count);
}

/* The length, the hash and the head are those of an image of this key agreement. 0 or -errno. */
static int check_image(const uint8_t *src, size_t len, const struct xc_kex *kex,
		       const struct head *head)
{
	size_t entries = len - xc_cacheimage_max(kex, 0);
	uint8_t hash[HASH_LEN];
	char version[VERSION_LEN];

	version_of(version, kex);
	if (memcmp(src, MAGIC, MAGIC_LEN) || memcmp(src + MAGIC_LEN, version, VERSION_LEN) ||
	    entries / entry_len(kex) != head->count || entries % entry_len(kex))
		return -EBADMSG;
	if (!EVP_Digest(src, len - HASH_LEN, hash, NULL, EVP_sha256(), NULL) ||
	    memcmp(hash, src + len - HASH_LEN, HASH_LEN))
		return -EBADMSG;
	return head->born <= TIME_MAX && head->expires <= TIME_MAX && head->written <= TIME_MAX &&
	       head->age <= TIME_MAX && head->boot <= TIME_MAX && head->born <= head->expires ?
	       0 : -EBADMSG;
}

/* Zeros are no boot. */
static bool same_boot(const struct head *head, const struct xc_time *now)
{
	static const uint8_t unknown[XC_BOOT_LEN];

	return !memcmp(head->boot_id, now->boot_id, XC_BOOT_LEN) &&
	       memcmp(head->boot_id, unknown, XC_BOOT_LEN) && now->boot >= (time_t)head->boot;
}

/* How old the pair is now, seconds; -ESTALE if it cannot be known. */
static time_t age_of(const struct head *head, const struct xc_time *now)
{
	time_t age = head->age;

	if (same_boot(head, now))
		return age + now->boot - (time_t)head->boot;
	if (now->wall < (time_t)head->written)
		return -ESTALE;
	return now->wall - (time_t)head->born > age ? now->wall - (time_t)head->born : age;
}

static int read_pair(const uint8_t *stored, const struct head *head, const struct xc_kex *kex,
		     const struct xc_time *now, unsigned int lifetime, struct xc_keypair **pair)
{
	time_t born = head->born, expires = head->expires, age = age_of(head, now);
	struct xc_keypair *p;

	if (expires > born + lifetime)
		expires = born + lifetime;
	if (age < 0 || age >= expires - born || now->wall >= expires)
		return -ESTALE;
	p = xc_keypair_restore(kex, stored, born, expires, now->boot + expires - born - age);
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
	size_t answer_len = xc_cache_answer_len(kex);
	struct xc_cache_entry entry = { .peer = at + ENTRY_HEAD };
	uint64_t peer_len;

	get_number(at + 16, &peer_len);
	if (peer_len != kex->public_a_len && peer_len != kex->public_b_len)
		return -EBADMSG;
	memcpy(&entry.site, at, 16);
	entry.peer_len = peer_len;
	entry.bound = xc_cache_binds(kex) && peer_len == kex->public_a_len;
	entry.answer = answer_len ? entry.peer + xc_cache_peer_max(kex) : NULL;
	entry.shared = at + entry_len(kex) - kex->shared_len;
	xc_cache_add(cache, &entry);
	return 0;
}

/* Whether it is what an earlier release wrote, whole or not. */
static bool is_older(const uint8_t *src, size_t len)
{
	return len >= MAGIC_LEN && !memcmp(src, MAGIC, FAMILY_LEN) &&
	       src[FAMILY_LEN] >= '1' && src[FAMILY_LEN] < MAGIC[FAMILY_LEN];
}

int xc_cacheimage_read(const uint8_t *src, size_t len, const struct xc_kex *kex,
		       const struct xc_time *now, unsigned int lifetime,
		       struct xc_keypair **pair, struct xc_cache *cache)
{
	const uint8_t *at = src + HEAD_LEN;
	struct head head;
	int err;

	*pair = NULL;
	if (is_older(src, len))
		return -EPROTONOSUPPORT;
	if (len < xc_cacheimage_max(kex, 0))
		return -EBADMSG;
	get_head(src, &head);
	err = check_image(src, len, kex, &head);
	if (!err)
		err = read_pair(at, &head, kex, now, lifetime, pair);
	at += pair_len(kex);
	for (; !err && at < src + len - HASH_LEN; at += entry_len(kex))
		err = read_entry(at, kex, cache);
	if (err) {
		xc_cache_clear(cache);
		xc_keypair_put(*pair);
		*pair = NULL;
	}
	return err;
}
