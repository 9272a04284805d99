// SPDX-License-Identifier: GPL-2.0
/* Key pairs, the cache and its image. */
#include <errno.h>
#include <stdlib.h>
#include <arpa/inet.h>
#include <openssl/sha.h>

#include "addr.h"
#include "cache.h"
#include "cacheimage.h"
#include "keypair.h"
#include "secret.h"
#include "tap.h"

static const struct xc_kex *kex = &xc_kex_x25519;

/* A version like 2.1, whose K_b is longer than K_a and made for it, for the cache alone. */
static const struct xc_kex long_kex = {
	.version = "9.9", .private_len = 10, .public_a_len = 60, .public_b_len = 50,
	.shared_len = 40, .encapsulates = true,
};

static struct in6_addr site(int n)
{
	struct in6_addr addr = { 0 };

	addr.s6_addr[0] = 0x20;
	addr.s6_addr[6] = n >> 8;
	addr.s6_addr[7] = n;
	return addr;
}

/* Peer n's public value and secret, so that one tells the other. */
static void add(struct xc_cache *cache, int n, int at_site)
{
	uint8_t peer[32] = { 0 }, shared[32] = { 0 };
	struct xc_cache_entry entry = { .peer = peer, .peer_len = 32, .shared = shared };

	memcpy(peer, &n, sizeof(n));
	memcpy(shared + 28, &n, sizeof(n));
	entry.site = site(at_site);
	xc_cache_add(cache, &entry);
}

static bool has(struct xc_cache *cache, int n)
{
	uint8_t peer[32] = { 0 }, shared[32] = { 0 };
	struct xc_cache_entry entry = { .peer = peer, .peer_len = 32 };

	memcpy(peer, &n, sizeof(n));
	memcpy(shared + 28, &n, sizeof(n));
	return !xc_cache_find(cache, &entry) && !memcmp(entry.shared, shared, 32);
}

/* How many of peers from..to are there; looks at places, so that nothing counts as used. */
static int count(const struct xc_cache *cache, int from, int to)
{
	struct xc_cache_entry entry;
	unsigned int i;
	int n, found = 0;

	for (i = 0; i < xc_cache_places(cache); i++) {
		if (!xc_cache_at(cache, i, &entry))
			continue;
		memcpy(&n, entry.peer, sizeof(n));
		found += n >= from && n <= to;
	}
	return found;
}

static void test_lru(void)
{
	struct xc_cache *cache = xc_cache_new(kex, 4, 4);
	int i;

	is(!has(cache, 0), "an empty cache has nothing, not even peer 0");
	for (i = 1; i <= 4; i++)
		add(cache, i, i);
	is(has(cache, 1) && xc_cache_count(cache) == 4, "four places hold four");
	add(cache, 5, 5);
	is(!has(cache, 2) && has(cache, 1) && has(cache, 3) && has(cache, 4) && has(cache, 5),
	   "the least recently used goes first");
	add(cache, 5, 5);
	is(xc_cache_count(cache) == 4, "what is there is not added again");
	xc_cache_clear(cache);
	is(xc_cache_count(cache) == 0 && !has(cache, 5), "cleared");
	xc_cache_free(cache);
}

static void test_share(void)
{
	struct xc_cache *cache = xc_cache_new(kex, 100, 10);
	int i;

	for (i = 0; i < 50; i++)
		add(cache, i, i);
	for (i = 1000; i < 101000; i++)
		add(cache, i, 77);
	is(count(cache, 0, 49) == 50, "endless fresh keys of one site push nobody out");
	is(count(cache, 1000, 200000) == 10 && count(cache, 100990, 100999) == 10,
	   "the site keeps the latest of its share");
	for (i = 0; i < 1000; i++)
		add(cache, 300000 + i, 1000 + i);
	is(xc_cache_count(cache) == 100, "endless fresh keys of all sites stay within bounds");
	xc_cache_free(cache);
}

/* Peers of equal tags, and of one length of public value or the other. */
static void test_keys(void)
{
	struct xc_cache *cache = xc_cache_new(&long_kex, 8, 8);
	uint8_t peer[60] = { 1, 2, 3 }, answer[50] = { 4 }, shared[40] = { 5 };
	struct xc_cache_entry as_b = { .peer = peer, .peer_len = 60, .answer = answer,
				       .shared = shared };
	struct xc_cache_entry as_a = { .peer = peer, .peer_len = 50, .shared = shared };
	struct xc_cache_entry find = { .peer = peer, .peer_len = 60 };

	xc_cache_add(cache, &as_b);
	shared[0] = 6;
	xc_cache_add(cache, &as_a);
	is(xc_cache_count(cache) == 2, "values of different lengths are different");
	is(!xc_cache_find(cache, &find) && !memcmp(find.answer, answer, 50) && find.shared[0] == 5,
	   "K_b comes back with S");
	find = (struct xc_cache_entry){ .peer = peer, .peer_len = 50 };
	is(!xc_cache_find(cache, &find) && find.shared[0] == 6, "and the other's S");
	peer[49] = 1;
	find = (struct xc_cache_entry){ .peer = peer, .peer_len = 50 };
	is(xc_cache_find(cache, &find) == -ENOENT, "the last octet counts");
	xc_cache_free(cache);
}

static void test_keypair(void)
{
	struct xc_keypair *pair = xc_keypair_new(kex, 1000, 100), *other, *same;

	is(!xc_keypair_expired(pair, 1000) && !xc_keypair_expired(pair, 1099), "in its time");
	is(xc_keypair_expired(pair, 1100), "expired");
	is(xc_keypair_expired(pair, 999), "a clock set back expires it too");
	other = xc_keypair_new(kex, 1000, 100);
	is(memcmp(pair->public_a, other->public_a, 32) && memcmp(pair->stored, other->stored, 32),
	   "two pairs are two");
	same = xc_keypair_restore(kex, pair->stored, 1000, 1100);
	is_octets(same->public_a, pair->public_a, 32, "a stored pair is the same again");
	xc_keypair_put(same);
	xc_keypair_put(other);
	same = xc_keypair_get(pair);
	xc_keypair_put(pair);
	is(same->refs == 1 && same->kex == kex, "a pair lives while it is held");
	xc_keypair_put(same);
	xc_keypair_put(NULL);
}

/* --- the image --- */

struct image {
	uint8_t *data;
	size_t len;
};

static struct image image_of(struct xc_keypair *pair, struct xc_cache *cache)
{
	struct image image = { malloc(xc_cacheimage_max(pair->kex, xc_cache_count(cache))), 0 };

	image.len = xc_cacheimage_write(image.data, pair, cache);
	return image;
}

static int read_image(const struct image *image, size_t len, time_t now, unsigned int lifetime)
{
	struct xc_cache *cache = xc_cache_new(kex, 16, 16);
	struct xc_keypair *pair;
	uint8_t *copy = malloc(len ? len : 1);
	int err;

	memcpy(copy, image->data, len);
	err = xc_cacheimage_read(copy, len, kex, now, lifetime, &pair, cache);
	if (err && (pair || xc_cache_count(cache)))
		err = 1;
	xc_keypair_put(pair);
	xc_cache_free(cache);
	free(copy);
	return err;
}

/* Put the hash right again behind a change. */
static void rehash(struct image *image)
{
	SHA256(image->data, image->len - 32, image->data + image->len - 32);
}

static void test_round_trip(struct image *image, struct xc_keypair *pair)
{
	struct xc_cache *cache = xc_cache_new(kex, 16, 16);
	struct xc_keypair *again;

	is(!xc_cacheimage_read(image->data, image->len, kex, 1010, 100, &again, cache),
	   "an image is read");
	is(!memcmp(again->stored, pair->stored, 32) && again->born == 1000 &&
	   again->expires == 1100,
	   "its key pair is the same");
	is(xc_cache_count(cache) == 3 && has(cache, 1) && has(cache, 2) && has(cache, 3),
	   "and its entries");
	xc_keypair_put(again);
	xc_cache_free(cache);
	cache = xc_cache_new(kex, 2, 2);
	is(!xc_cacheimage_read(image->data, image->len, kex, 1010, 100, &again, cache) &&
	   count(cache, 1, 1) == 1 && count(cache, 3, 3) == 1,
	   "a smaller cache takes those used last");
	xc_keypair_put(again);
	xc_cache_free(cache);
}

static void test_damage(struct image *image)
{
	size_t i, bad = 0;
	int bit;

	for (i = 0; i < image->len; i++) {
		for (bit = 0; bit < 8; bit++) {
			image->data[i] ^= 1 << bit;
			bad += read_image(image, image->len, 1010, 100) != -EBADMSG;
			image->data[i] ^= 1 << bit;
		}
	}
	is(!bad, "each of %zu bits damaged is found out", 8 * image->len);
	for (i = 0; i < image->len; i++)
		bad += read_image(image, i, 1010, 100) != -EBADMSG;
	is(!bad, "each of %zu shorter lengths is found out", image->len);
	is(!read_image(image, image->len, 1010, 100), "and undamaged it is in order");
}

/* What the hash cannot tell. */
static void test_forged(struct image *image)
{
	uint8_t *copy = malloc(image->len);
	struct image forged = { copy, image->len };
	static const struct { const char *what; size_t at; uint8_t value; } cases[] = {
		{ "another magic", 0, 'Y' },
		{ "another version", 8, '3' },
		{ "a longer version", 12, 'x' },
		{ "a time of making before all time", 16, 0xff },
		{ "an expiry after all time", 24, 0xff },
		{ "a count of 2^56", 32, 1 },
		{ "a count of one more", 39, 4 },
		{ "another private value", 41, 0x55 },
		{ "another public value", 72, 0x55 },
		{ "a use of never", 120, 0 },
		{ "a peer's value of 31 octets", 135, 31 },
		{ "a peer's value of 65568 octets", 133, 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(copy, image->data, image->len);
		copy[cases[i].at] = cases[i].value;
		if (!strcmp(cases[i].what, "a use of never"))
			memset(copy + 120, 0, 8);
		rehash(&forged);
		is(read_image(&forged, forged.len, 1010, 100) == -EBADMSG, "refused: %s",
		   cases[i].what);
	}
	free(copy);
}

/* The counter goes on from it; what is written then must be read again (found by fuzzing). */
static void test_use_of_forever(struct image *image)
{
	struct xc_cache *cache = xc_cache_new(kex, 16, 16);
	struct xc_keypair *pair = NULL;
	struct image again;

	memset(image->data + 120, 0xff, 8);
	rehash(image);
	is(!xc_cacheimage_read(image->data, image->len, kex, 1010, 100, &pair, cache),
	   "a use of forever is read");
	is(has(cache, 2), "the others are used after it");
	again = image_of(pair, cache);
	is(!read_image(&again, again.len, 1010, 100), "and what is written is read again");
	free(again.data);
	xc_keypair_put(pair);
	xc_cache_free(cache);
}

static void test_expiry(struct image *image)
{
	is(!read_image(image, image->len, 1099, 100), "an image in its last second");
	is(read_image(image, image->len, 1100, 100) == -ESTALE, "an expired image");
	is(read_image(image, image->len, 999, 100) == -ESTALE, "an image of the future");
	is(read_image(image, image->len, 1049, 50) == 0, "under a shorter life time");
	is(read_image(image, image->len, 1050, 50) == -ESTALE, "which counts from the making");
	is(!read_image(image, image->len, 1099, 1000) &&
	   read_image(image, image->len, 1100, 1000) == -ESTALE, "a longer one prolongs nothing");
}

static void test_image(void)
{
	struct xc_keypair *pair = xc_keypair_new(kex, 1000, 100);
	struct xc_cache *cache = xc_cache_new(kex, 16, 16);
	struct image image;
	int i;

	for (i = 1; i <= 3; i++)
		add(cache, i, i);
	has(cache, 1);
	image = image_of(pair, cache);
	is(image.len == 40 + 64 + 3 * (32 + 64) + 32, "an image of three entries: %zu octets",
	   image.len);
	test_round_trip(&image, pair);
	test_damage(&image);
	test_forged(&image);
	test_expiry(&image);
	test_use_of_forever(&image);
	free(image.data);
	xc_cache_free(cache);
	xc_keypair_put(pair);
}

static void test_sites(void)
{
	struct in6_addr addr, at;

	inet_pton(AF_INET6, "2001:db8:1:2:3:4:5:6", &addr);
	xc_addr_site(&at, &addr);
	inet_pton(AF_INET6, "2001:db8:1:2::", &addr);
	is_octets(&at, &addr, 16, "an IPv6 site is its /64");
	inet_pton(AF_INET6, "::ffff:192.0.2.7", &addr);
	xc_addr_site(&at, &addr);
	is_octets(&at, &addr, 16, "an IPv4 site is its address");
}

int main(void)
{
	test_lru();
	test_share();
	test_keys();
	test_keypair();
	test_image();
	test_sites();
	return tap_done();
}
