// SPDX-License-Identifier: GPL-2.0
#include "keyring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "cachefile.h"
#include "cacheimage.h"
#include "secret.h"

struct slot {
	const struct xc_kex *kex;
	struct xc_keypair *pair;
	struct xc_cache *cache;		/* NULL: off */
	struct xc_cachefile file;	/* fd -1: memory */
	bool dirty;			/* the file is behind */
};

struct xc_keyring {
	unsigned int lifetime;
	const struct xc_log *log;
	struct xc_keyring_stats stats;
	int n;
	struct slot slot[XC_SUITES_MAX];
};

/* --- disk --- */

static const char *advice(int err)
{
	if (err == -EBUSY)
		return "another xcryptd has it; end that one or give each its own directory";
	if (err == -EPERM)
		return "it must be a regular file, owned by the daemon's user, mode 0600";
	if (err == -ENOENT || err == -ENOTDIR)
		return "make the directory, mode 0700, owned by the daemon's user";
	if (err == -ENOSPC)
		return "make room on the disk";
	return "check the directory's owner, mode and file system";
}

static void log_fault(const struct xc_keyring *ring, const struct slot *s, const char *what,
		      int err)
{
	xc_log(ring->log, LOG_ERR, "cache-file kex=%s event=%s error=\"%s\" hint=\"%s\"",
	       s->kex->version, what, strerror(-err), advice(err));
}

/* Write the slot as it is: an empty file if it has no pair. */
static int save(struct xc_keyring *ring, struct slot *s)
{
	size_t size = xc_cacheimage_max(s->kex, xc_cache_count(s->cache));
	uint8_t *image = xc_secret_alloc(size);
	long len = 0;
	int err;

	if (!image)
		return -ENOMEM;
	if (s->pair)
		len = xc_cacheimage_write(image, s->pair, s->cache);
	err = len < 0 ? len : xc_cachefile_replace(&s->file, image, len);
	xc_secret_free(image, size);
	if (err)
		log_fault(ring, s, "write-failed", err);
	else
		s->dirty = false;
	return err;
}

/* The image of a file of len octets, or why not. */
static int load(struct xc_keyring *ring, struct slot *s, size_t len, time_t now)
{
	uint8_t *image;
	int err;

	if (len > xc_cacheimage_max(s->kex, UINT16_MAX + 1))
		return -EBADMSG;
	image = xc_secret_alloc(len);
	if (!image)
		return -ENOMEM;
	err = xc_cachefile_read(&s->file, image, len);
	if (!err)
		err = xc_cacheimage_read(image, len, s->kex, now, ring->lifetime, &s->pair,
					 s->cache);
	xc_secret_free(image, len);
	return err;
}

/* Take what the file holds; what cannot be used is overwritten at once. */
static void load_file(struct xc_keyring *ring, struct slot *s, time_t now)
{
	long len = xc_cachefile_length(&s->file);
	int err = 0;

	if (len)
		err = len < 0 ? len : load(ring, s, len, now);
	if (!err)
		return;
	if (err == -EBADMSG)
		xc_log(ring->log, LOG_WARNING,
		       "cache-file kex=%s event=damaged hint=\"started anew, nothing to do\"",
		       s->kex->version);
	else if (err != -ESTALE)
		log_fault(ring, s, "read-failed", err);
	save(ring, s);
}

static void open_file(struct xc_keyring *ring, struct slot *s, const char *dir, time_t now)
{
	int err = xc_cachefile_open(&s->file, dir, s->kex->version);

	if (err)
		log_fault(ring, s, "not-used", err);
	else
		load_file(ring, s, now);
}

/* --- making a ring --- */

static int add_slot(struct xc_keyring *ring, const struct xc_keyring_options *options,
		    const struct xc_kex *kex, time_t now)
{
	struct slot *s;
	int i;

	for (i = 0; i < ring->n; i++) {
		if (ring->slot[i].kex == kex)
			return 0;
	}
	s = &ring->slot[ring->n++];
	s->kex = kex;
	s->file.fd = -1;
	s->file.dir = -1;
	if (options->mode == XC_CACHE_OFF)
		return 0;
	s->cache = xc_cache_new(kex, options->size, options->share);
	if (!s->cache)
		return -ENOMEM;
	if (options->mode == XC_CACHE_DISK)
		open_file(ring, s, options->dir, now);
	return 0;
}

struct xc_keyring *xc_keyring_new(const struct xc_keyring_options *options,
				  const struct xc_suite_list *suites,
				  const struct xc_log *log, time_t now)
{
	struct xc_keyring *ring = calloc(1, sizeof(*ring));
	int i;

	if (!ring)
		return NULL;
	ring->lifetime = options->lifetime;
	ring->log = log;
	for (i = 0; i < suites->n; i++) {
		if (add_slot(ring, options, suites->suite[i]->kex, now)) {
			xc_keyring_free(ring);
			return NULL;
		}
	}
	return ring;
}

void xc_keyring_free(struct xc_keyring *ring)
{
	int i;

	if (!ring)
		return;
	for (i = 0; i < ring->n; i++) {
		xc_keypair_put(ring->slot[i].pair);
		xc_cache_free(ring->slot[i].cache);
		xc_cachefile_close(&ring->slot[i].file);
	}
	free(ring);
}

/* --- key pairs --- */

static struct slot *slot_of(struct xc_keyring *ring, const struct xc_kex *kex)
{
	int i;

	for (i = 0; i < ring->n; i++) {
		if (ring->slot[i].kex == kex)
			return &ring->slot[i];
	}
	return NULL;
}

static void flush(struct slot *s)
{
	if (!s->cache)
		return;
	xc_cache_clear(s->cache);
	s->dirty = true;
}

static int drop_pair(struct xc_keyring *ring, struct slot *s)
{
	if (!s->pair)
		return 0;
	flush(s);
	xc_keypair_put(s->pair);
	s->pair = NULL;
	return s->file.fd >= 0 ? save(ring, s) : 0;
}

struct xc_keypair *xc_keyring_pair(struct xc_keyring *ring, const struct xc_kex *kex, time_t now)
{
	struct slot *s = slot_of(ring, kex);

	if (!s)
		return NULL;
	if (s->pair && xc_keypair_expired(s->pair, now))
		drop_pair(ring, s);
	if (!s->pair) {
		s->pair = xc_keypair_new(kex, now, ring->lifetime);
		if (!s->pair)
			return NULL;
		ring->stats.generated++;
		s->dirty = true;
	}
	return xc_keypair_get(s->pair);
}

void xc_keyring_expire(struct xc_keyring *ring, time_t now)
{
	int i;

	for (i = 0; i < ring->n; i++) {
		struct slot *s = &ring->slot[i];

		if (s->pair && xc_keypair_expired(s->pair, now))
			drop_pair(ring, s);
	}
}

static bool agreed_by(const struct xc_suite_list *suites, const struct xc_kex *kex)
{
	int i;

	for (i = 0; i < suites->n; i++) {
		if (suites->suite[i]->kex == kex)
			return true;
	}
	return false;
}

int xc_keyring_drop(struct xc_keyring *ring, const struct xc_suite_list *but)
{
	int first = 0, i;

	for (i = 0; i < ring->n; i++) {
		struct slot *s = &ring->slot[i];
		int err = but && agreed_by(but, s->kex) ? 0 : drop_pair(ring, s);

		if (!first)
			first = err;
	}
	return first;
}

int xc_keyring_rotate(struct xc_keyring *ring)
{
	return xc_keyring_drop(ring, NULL);
}

/* --- secrets --- */

static int find(struct xc_keyring *ring, const struct xc_keypair *pair,
		struct xc_cache_entry *entry)
{
	struct slot *s = slot_of(ring, pair->kex);
	int err = -ENOENT;

	if (s && s->pair == pair && s->cache)
		err = xc_cache_find(s->cache, entry);
	if (err)
		ring->stats.misses++;
	else
		ring->stats.hits++;
	return err;
}

static void count(struct xc_keyring *ring, int err)
{
	ring->stats.agreed++;
	if (err == -EKEYREJECTED)
		ring->stats.rejected++;
}

int xc_keyring_accept(struct xc_keyring *ring, const struct xc_keypair *pair,
		      const uint8_t *public_b, uint8_t *shared, bool *hit)
{
	struct xc_cache_entry entry = { .peer = public_b, .peer_len = pair->kex->public_b_len };
	int err;

	*hit = find(ring, pair, &entry) == 0;
	if (*hit) {
		memcpy(shared, entry.shared, pair->kex->shared_len);
		return 0;
	}
	err = pair->kex->accept(pair->own, public_b, shared);
	count(ring, err);
	return err;
}

int xc_keyring_answer(struct xc_keyring *ring, const struct xc_keypair *pair,
		      const uint8_t *public_a, uint8_t *public_b, uint8_t *shared, bool *hit)
{
	struct xc_cache_entry entry = { .peer = public_a, .peer_len = pair->kex->public_a_len };
	int err;

	*hit = find(ring, pair, &entry) == 0;
	if (*hit) {
		memcpy(public_b, entry.answer ? entry.answer : pair->public_a,
		       pair->kex->public_b_len);
		memcpy(shared, entry.shared, pair->kex->shared_len);
		return 0;
	}
	err = pair->kex->answer(pair->own, public_a, public_b, shared);
	count(ring, err);
	return err;
}

void xc_keyring_learn(struct xc_keyring *ring, const struct xc_keypair *pair,
		      const struct in6_addr *addr, const uint8_t *peer, const uint8_t *answer,
		      const uint8_t *shared)
{
	struct slot *s = slot_of(ring, pair->kex);
	struct xc_cache_entry entry = { .peer = peer, .answer = answer, .shared = shared };

	if (!s || s->pair != pair || !s->cache)
		return;
	xc_addr_site(&entry.site, addr);
	entry.peer_len = answer ? pair->kex->public_a_len : pair->kex->public_b_len;
	xc_cache_add(s->cache, &entry);
	s->dirty = true;
}

int xc_keyring_flush(struct xc_keyring *ring)
{
	int i;

	for (i = 0; i < ring->n; i++)
		flush(&ring->slot[i]);
	return xc_keyring_sync(ring);
}

int xc_keyring_sync(struct xc_keyring *ring)
{
	int first = 0, i;

	for (i = 0; i < ring->n; i++) {
		struct slot *s = &ring->slot[i];
		int err = s->dirty && s->file.fd >= 0 ? save(ring, s) : 0;

		if (!first)
			first = err;
	}
	return first;
}

/* --- for listings --- */

const struct xc_keyring_stats *xc_keyring_stats(const struct xc_keyring *ring)
{
	return &ring->stats;
}

bool xc_keyring_at(const struct xc_keyring *ring, int i, const struct xc_kex **kex,
		   const struct xc_keypair **pair, const struct xc_cache **cache)
{
	if (i < 0 || i >= ring->n)
		return false;
	*kex = ring->slot[i].kex;
	*pair = ring->slot[i].pair;
	*cache = ring->slot[i].cache;
	return true;
}
