// SPDX-License-Identifier: GPL-2.0
/* Key pairs, the cache and its image. */
#include <errno.h>
#include <stdlib.h>
#include <arpa/inet.h>
#include <openssl/sha.h>

#include "common/addr.h"
#include "keys/cache.h"
#include "keys/cacheimage.h"
#include "keys/keypair.h"
#include "common/secret.h"
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
	struct xc_cache_entry as_b = { .bound = true, .peer = peer, .peer_len = 60,
				       .answer = answer, .shared = shared };
	struct xc_cache_entry as_a = { .peer = peer, .peer_len = 50, .shared = shared };
	struct xc_cache_entry find = { .bound = true, .peer = peer, .peer_len = 60 };

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

/* An answer that was made for one K_a would tell others who was here. */
static void test_bound(void)
{
	struct xc_cache *cache = xc_cache_new(&long_kex, 8, 8);
	uint8_t peer[60] = { 1, 2, 3 }, answer[50] = { 4 }, shared[40] = { 5 };
	struct xc_cache_entry here = { .site = site(1), .bound = true, .peer = peer,
				       .peer_len = 60, .answer = answer, .shared = shared };
	struct xc_cache_entry there = here, find = here;

	there.site = site(2);
	xc_cache_add(cache, &here);
	is(!xc_cache_find(cache, &find), "b's entry is found for its site");
	find = there;
	is(xc_cache_find(cache, &find) == -ENOENT, "and for no other");
	shared[0] = 6;
	xc_cache_add(cache, &there);
	find = there;
	is(xc_cache_count(cache) == 2 && !xc_cache_find(cache, &find) && find.shared[0] == 6,
	   "which gets one of its own");
	here.bound = false;
	here.answer = NULL;
	here.peer_len = 50;
	find = (struct xc_cache_entry){ .site = site(2), .peer = peer, .peer_len = 50 };
	xc_cache_add(cache, &here);
	is(!xc_cache_find(cache, &find), "a's entry is found wherever b is");
	xc_cache_free(cache);
}

static const struct xc_kex identity_kex = {
	.version = "3.9", .public_a_len = 32, .public_b_len = 32, .shared_len = 32, .identity = true,
};

/* Of one length of public value: who was a is not b's, and what proved b goes along. */
static void test_proof(void)
{
	struct xc_cache *cache = xc_cache_new(&identity_kex, 8, 8);
	struct xc_proof proof = { { 7 }, { 8 } }, other = { { 9 }, { 10 } };
	uint8_t peer[32] = { 1, 2, 3 }, shared[32] = { 5 };
	struct xc_cache_entry as_a = { .site = site(1), .peer = peer, .peer_len = 32,
				       .proof = &proof, .shared = shared };
	struct xc_cache_entry as_b = as_a, find = as_a;

	xc_cache_add(cache, &as_a);
	as_b.bound = true;
	as_b.proof = &other;
	is(!xc_cache_find(cache, &find) && !memcmp(find.proof, &proof, sizeof(proof)) &&
	   !memcmp(find.shared, shared, 32), "the proof comes back with S");
	find = as_b;
	is(xc_cache_find(cache, &find) == -ENOENT, "a's entry is not b's");
	xc_cache_add(cache, &as_b);
	find = as_a;
	is(xc_cache_count(cache) == 2 && !xc_cache_find(cache, &find) &&
	   !memcmp(find.proof, &proof, sizeof(proof)), "nor b's a's");
	find = as_b;
	find.site = site(2);
	is(xc_cache_find(cache, &find) == -ENOENT, "and b's is for its site");
	as_a.proof = &other;
	xc_cache_add(cache, &as_a);
	find = as_a;
	is(xc_cache_count(cache) == 2 && !xc_cache_find(cache, &find) &&
	   !memcmp(find.proof, &other, sizeof(other)), "another proof takes the place of the old one");
	xc_cache_free(cache);
}

/* Against a plain list that is searched, through thousands of random steps. */
#define MODEL	64

static void model_use(int *list, int *n, int i)
{
	int peer = list[i];

	memmove(list + i, list + i + 1, (*n - i - 1) * sizeof(*list));
	list[*n - 1] = peer;
}

/* Peer p is of site p % 7. */
static void model_add(int *list, int *n, int peer, int size, int share)
{
	int i, own = -1, of_site = 0;

	for (i = *n - 1; i >= 0; i--) {
		if (list[i] % 7 == peer % 7) {
			own = i;
			of_site++;
		}
	}
	i = of_site >= share ? own : *n == size ? 0 : -1;
	if (i >= 0) {
		memmove(list + i, list + i + 1, (*n - i - 1) * sizeof(*list));
		--*n;
	}
	list[(*n)++] = peer;
}

static bool same_order(const struct xc_cache *cache, const int *list, int n)
{
	struct xc_cache_entry entry;
	uint32_t place = XC_CACHE_BEGIN;
	int i, peer;

	for (i = 0; xc_cache_later(cache, &place, &entry); i++) {
		memcpy(&peer, entry.peer, sizeof(peer));
		if (i >= n || peer != list[i])
			return false;
	}
	return i == n;
}

static void test_model(int size, int share)
{
	struct xc_cache *cache = xc_cache_new(kex, size, share);
	int list[MODEL] = { 0 }, n = 0, step, i, peer, bad = 0;
	unsigned int seed = 4711 + size;

	for (step = 0; step < 20000; step++) {
		peer = rand_r(&seed) % (3 * size);
		for (i = 0; i < n && list[i] != peer; i++)
			;
		bad += has(cache, peer) != (i < n);
		if (i < n)
			model_use(list, &n, i);
		else
			model_add(list, &n, peer, size, share);
		add(cache, peer, peer % 7);
		bad += !same_order(cache, list, n);
		if (step % 5000 == 4999) {
			xc_cache_clear(cache);
			n = 0;
		}
	}
	is(!bad, "size %d, share %d: 20000 steps as a list that is searched", size, share);
	xc_cache_free(cache);
}

/* By both clocks at once. */
static struct xc_time at(time_t now)
{
	return (struct xc_time){ .wall = now, .boot = now - 900, .boot_id = { 7 } };
}

static bool expired(const struct xc_keypair *pair, time_t wall, time_t boot)
{
	struct xc_time now = { .wall = wall, .boot = boot };

	return xc_keypair_expired(pair, &now);
}

static struct xc_keypair *pair_at(time_t now)
{
	struct xc_time time = at(now);

	return xc_keypair_new(kex, &time, 100);
}

static void test_keypair(void)
{
	struct xc_keypair *pair = pair_at(1000), *other, *same;
	struct xc_time now = at(1030);

	is(!expired(pair, 1000, 100) && !expired(pair, 1099, 199), "in its time");
	is(expired(pair, 1100, 200), "expired");
	is(!expired(pair, 997, 103), "a clock set back does not expire it");
	is(expired(pair, 997, 200), "nor prolong it: the time since the boot counts, too");
	is(expired(pair, 1100, 103), "and the wall clock, where the machine stood still");
	is(xc_keypair_age(pair, &now) == 30 && xc_keypair_left(pair, &now) == 70, "30 s old");
	now.wall -= 3600;
	is(xc_keypair_age(pair, &now) == 30 && xc_keypair_left(pair, &now) == 70,
	   "with the clock set back by an hour, too");
	other = pair_at(1000);
	is(memcmp(pair->public_a, other->public_a, 32) && memcmp(pair->stored, other->stored, 32),
	   "two pairs are two");
	same = xc_keypair_restore(kex, pair->stored, 1000, 1100, 200);
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

/* Where things are in it. */
#define AT_BORN		16
#define AT_EXPIRES	24
#define AT_WRITTEN	32
#define AT_AGE		40
#define AT_BOOT		48
#define AT_BOOT_ID	56
#define AT_COUNT	72
#define AT_PRIVATE	80
#define AT_PUBLIC	112
#define AT_PEER_LEN	160

struct image {
	uint8_t *data;
	size_t len;
};

static struct image image_of(struct xc_keypair *pair, struct xc_cache *cache, struct xc_time now)
{
	struct image image = { malloc(xc_cacheimage_max(pair->kex, xc_cache_count(cache))), 0 };

	image.len = xc_cacheimage_write(image.data, pair, cache, &now);
	if (xc_cacheimage_seal(image.data, image.len))
		abort();
	return image;
}

/* What reading gives; the seconds that are left to the pair in *left. */
static int read_at(const struct image *image, size_t len, struct xc_time now,
		   unsigned int lifetime, time_t *left)
{
	struct xc_cache *cache = xc_cache_new(kex, 16, 16);
	struct xc_keypair *pair;
	uint8_t *copy = malloc(len ? len : 1);
	int err;

	memcpy(copy, image->data, len);
	err = xc_cacheimage_read(copy, len, kex, &now, lifetime, &pair, cache);
	if (err && (pair || xc_cache_count(cache)))
		err = 1;
	if (!err)
		*left = xc_keypair_left(pair, &now);
	xc_keypair_put(pair);
	xc_cache_free(cache);
	free(copy);
	return err;
}

static int read_image(const struct image *image, size_t len, time_t now, unsigned int lifetime)
{
	time_t left;

	return read_at(image, len, at(now), lifetime, &left);
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
	struct xc_time now = at(1010);

	is(!xc_cacheimage_read(image->data, image->len, kex, &now, 100, &again, cache),
	   "an image is read");
	is(!memcmp(again->stored, pair->stored, 32) && again->born == 1000 &&
	   again->expires == 1100 && again->boot_end == 200,
	   "its key pair is the same");
	is(xc_cache_count(cache) == 3 && has(cache, 1) && has(cache, 2) && has(cache, 3),
	   "and its entries");
	xc_keypair_put(again);
	xc_cache_free(cache);
	cache = xc_cache_new(kex, 2, 2);
	is(!xc_cacheimage_read(image->data, image->len, kex, &now, 100, &again, cache) &&
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
			/* The digit of an older release is one. */
			if (i == 7 && bit < 2)
				continue;
			image->data[i] ^= 1 << bit;
			bad += read_image(image, image->len, 1010, 100) != -EBADMSG;
			image->data[i] ^= 1 << bit;
		}
	}
	is(!bad, "each of %zu bits damaged is found out", 8 * image->len - 2);
	for (i = 0; i < image->len; i++)
		bad += read_image(image, i, 1010, 100) != -EBADMSG;
	is(!bad, "each of %zu shorter lengths is found out", image->len);
	is(!read_image(image, image->len, 1010, 100), "and undamaged it is in order");
	image->data[7] = '1';
	is(read_image(image, image->len, 1010, 100) == -EPROTONOSUPPORT &&
	   read_image(image, 8, 1010, 100) == -EPROTONOSUPPORT, "an older release is told apart");
	image->data[7] = '2';
}

/* What the hash cannot tell. */
static void test_forged(struct image *image)
{
	uint8_t *copy = malloc(image->len);
	struct image forged = { copy, image->len };
	static const struct { const char *what; size_t at; uint8_t value; } cases[] = {
		{ "another magic", 0, 'Y' },
		{ "a newer release", 7, '3' },
		{ "another version", 8, '3' },
		{ "a longer version", 12, 'x' },
		{ "a time of making before all time", AT_BORN, 0xff },
		{ "an expiry after all time", AT_EXPIRES, 0xff },
		{ "an expiry before the making", AT_EXPIRES + 6, 0 },
		{ "a writing after all time", AT_WRITTEN, 0x80 },
		{ "an age before all time", AT_AGE, 0xff },
		{ "a boot before all time", AT_BOOT, 0xff },
		{ "a count of 2^56", AT_COUNT, 1 },
		{ "a count of one more", AT_COUNT + 7, 4 },
		{ "another private value", AT_PRIVATE + 1, 0x55 },
		{ "another public value", AT_PUBLIC, 0x55 },
		{ "a peer's value of 31 octets", AT_PEER_LEN + 7, 31 },
		{ "a peer's value of 65568 octets", AT_PEER_LEN + 5, 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(copy, image->data, image->len);
		copy[cases[i].at] = cases[i].value;
		rehash(&forged);
		is(read_image(&forged, forged.len, 1010, 100) == -EBADMSG, "refused: %s",
		   cases[i].what);
	}
	free(copy);
}

static void test_expiry(struct image *image)
{
	is(!read_image(image, image->len, 1099, 100), "an image in its last second");
	is(read_image(image, image->len, 1100, 100) == -ESTALE, "an expired image");
	is(read_image(image, image->len, 1049, 50) == 0, "under a shorter life time");
	is(read_image(image, image->len, 1050, 50) == -ESTALE, "which counts from the making");
	is(!read_image(image, image->len, 1099, 1000) &&
	   read_image(image, image->len, 1100, 1000) == -ESTALE, "a longer one prolongs nothing");
}

/* The image is of 1010, by a clock that had been set back by 20 s since the making: 30 s old. */
static void test_clocks(struct xc_keypair *pair, struct xc_cache *cache)
{
	struct xc_time written = { .wall = 1010, .boot = 130, .boot_id = { 7 } };
	struct image image = image_of(pair, cache, written);
	struct xc_time now = written;
	time_t left = 0;

	is(!read_at(&image, image.len, now, 100, &left) && left == 70, "30 s old, 70 left");
	now.wall = 900;
	now.boot = 140;
	is(!read_at(&image, image.len, now, 100, &left) && left == 60,
	   "a clock set back by 110 s: 10 s have passed all the same");
	now.boot = 200;
	is(read_at(&image, image.len, now, 100, &left) == -ESTALE, "and at last it is over");
	now = (struct xc_time){ .wall = 1100, .boot = 131, .boot_id = { 7 } };
	is(read_at(&image, image.len, now, 100, &left) == -ESTALE, "a clock set forward");

	now = (struct xc_time){ .wall = 1010, .boot = 5, .boot_id = { 8 } };
	is(!read_at(&image, image.len, now, 100, &left) && left == 70,
	   "another boot in the same second: as old as before");
	now.wall = 1040;
	is(!read_at(&image, image.len, now, 100, &left) && left == 60,
	   "30 s later: what the wall clock says");
	now.wall = 1009;
	is(read_at(&image, image.len, now, 100, &left) == -ESTALE, "an image of the future");
	memset(image.data + AT_BOOT_ID, 0, 16);
	rehash(&image);
	now = (struct xc_time){ .wall = 1009, .boot = 135 };
	is(read_at(&image, image.len, now, 100, &left) == -ESTALE, "no boot is no boot's own");
	free(image.data);
}

static void test_image(void)
{
	struct xc_keypair *pair = pair_at(1000);
	struct xc_cache *cache = xc_cache_new(kex, 16, 16);
	struct image image;
	int i;

	for (i = 1; i <= 3; i++)
		add(cache, i, i);
	has(cache, 1);
	image = image_of(pair, cache, at(1005));
	is(image.len == 80 + 64 + 3 * (24 + 64) + 32, "an image of three entries: %zu octets",
	   image.len);
	test_round_trip(&image, pair);
	test_damage(&image);
	test_forged(&image);
	test_expiry(&image);
	test_clocks(pair, cache);
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
	test_bound();
	test_proof();
	test_model(1, 1);
	test_model(8, 3);
	test_model(MODEL, 9);
	test_model(MODEL, MODEL);
	test_keypair();
	test_image();
	test_sites();
	return tap_done();
}
