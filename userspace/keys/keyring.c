// SPDX-License-Identifier: GPL-2.0
#include "keyring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "cachefile.h"
#include "cacheimage.h"
#include "common/secret.h"

#define IDENTITY_LIFETIME	(2 * 3600)	/* seconds: protocol 3, section 1 */

/*
 * dirty: the file is behind. over: it holds a pair whose time is over, which has to go
 * whatever it takes. writing: somebody has a struct xc_keyring_write of it.
 */
struct slot {
	const struct xc_kex *kex;
	struct xc_keypair *pair;
	struct xc_cache *cache;		/* NULL: off */
	struct xc_cachefile file;	/* fd -1: memory */
	bool dirty;
	bool over;
	bool writing;
	int error;			/* of the last write */
};

struct xc_keyring {
	struct xc_keyring_options options;
	const struct xc_log *log;
	struct xc_keyring_stats stats;
	int n;
	struct slot slot[XC_SUITES_MAX];
};

struct xc_keyring_write {
	struct slot *slot;
	uint8_t *image;
	size_t size;		/* of image */
	size_t len;
	bool over;		/* as the slot's when it began */
	int err;
};

static struct xc_time now(const struct xc_keyring *ring)
{
	struct xc_time time;

	ring->options.clock(&time);
	return time;
}

/* --- disk --- */

static const char *advice(int err)
{
	if (err == -EBUSY)
		return "another xcryptd has it; end that one or give each its own directory";
	if (err == -ENOENT || err == -ENOTDIR)
		return "make the directory, mode 0700, owned by the daemon's user";
	if (err == -ENOSPC)
		return "make room on the disk";
	return "check the directory's owner, mode and file system";
}

static void keyring_log_fault(const struct xc_keyring *ring, const struct xc_kex *kex,
			      const char *what, int err, const char *hint)
{
	xc_log(ring->log, LOG_ERR, "cache-file kex=%s event=%s error=\"%s\" hint=\"%s\"",
	       kex->version, what, strerror(-err), hint ? hint : advice(err));
}

static bool take_picture(const struct xc_keyring *ring, struct xc_keyring_write *write)
{
	const struct slot *s = write->slot;
	struct xc_time time = now(ring);

	write->size = xc_cacheimage_max(s->kex, xc_cache_count(s->cache));
	write->image = xc_secret_alloc(write->size);
	if (!write->image)
		return false;
	/* An empty file if there is no pair. */
	if (s->pair)
		write->len = xc_cacheimage_write(write->image, s->pair, s->cache, &time);
	return true;
}

static struct xc_keyring_write *begin(const struct xc_keyring *ring, struct slot *s)
{
	struct xc_keyring_write *write = calloc(1, sizeof(*write));

	if (!write)
		return NULL;
	write->slot = s;
	write->over = s->over;
	if (!take_picture(ring, write)) {
		free(write);
		return NULL;
	}
	s->writing = true;
	s->dirty = false;
	s->over = false;
	return write;
}

struct xc_keyring_write *xc_keyring_write_begin(struct xc_keyring *ring)
{
	int i;

	for (i = 0; i < ring->n; i++) {
		struct slot *s = &ring->slot[i];

		if (s->dirty && !s->writing && s->file.fd >= 0)
			return begin(ring, s);
	}
	return NULL;
}

void xc_keyring_write_run(struct xc_keyring_write *write)
{
	struct xc_cachefile *file = &write->slot->file;

	if (write->len)
		write->err = xc_cacheimage_seal(write->image, write->len);
	if (!write->err)
		write->err = xc_cachefile_replace(file, write->image, write->len);
	if (!write->err || !write->over || xc_cachefile_wipe(file))
		return;
	/* The new one could not be written, but what had to go is gone. */
	write->over = false;
	if (!write->len)
		write->err = 0;
}

/* Of a fault that lasts the first write is told, and the one that went well again. */
static void log_write(const struct xc_keyring *ring, const struct slot *s, int err)
{
	if (err && err != s->error)
		keyring_log_fault(ring, s->kex, "write-failed", err, NULL);
	else if (!err && s->error)
		xc_log(ring->log, LOG_NOTICE, "cache-file kex=%s event=written-again",
		       s->kex->version);
}

int xc_keyring_write_end(struct xc_keyring *ring, struct xc_keyring_write *write)
{
	struct slot *s = write->slot;
	int err = write->err;

	log_write(ring, s, err);
	s->error = err;
	s->writing = false;
	if (err) {
		s->dirty = true;
		s->over |= write->over;
	}
	xc_secret_free(write->image, write->size);
	free(write);
	return err;
}

/* Write the slot as it is, and wait for it. */
static int save(struct xc_keyring *ring, struct slot *s)
{
	struct xc_keyring_write *write = begin(ring, s);

	if (!write)
		return -ENOMEM;
	xc_keyring_write_run(write);
	return xc_keyring_write_end(ring, write);
}

/* The image of a file of len octets, or why not. */
static int load(const struct xc_keyring *ring, struct slot *s, size_t len)
{
	struct xc_time time = now(ring);
	uint8_t *image;
	int err;

	if (len > xc_cacheimage_max(s->kex, XC_CACHE_SIZE_MAX))
		return -EBADMSG;
	image = xc_secret_alloc(len);
	if (!image)
		return -ENOMEM;
	err = xc_cachefile_read(&s->file, image, len);
	if (!err)
		err = xc_cacheimage_read(image, len, s->kex, &time, ring->options.lifetime,
					 &s->pair, s->cache);
	xc_secret_free(image, len);
	return err;
}

/* Take what the file holds; what cannot be used is overwritten at once. */
static void load_file(struct xc_keyring *ring, struct slot *s)
{
	const char *what = NULL;
	long len = xc_cachefile_length(&s->file);
	int err = 0;

	if (len)
		err = len < 0 ? len : load(ring, s, len);
	if (!err) {
		/* The pair's age goes on: so it does on disk, however often we start. */
		s->dirty = len;
		return;
	}
	if (err == -EBADMSG)
		what = "damaged";
	else if (err == -EPROTONOSUPPORT)
		what = "older-release";
	else if (err != -ESTALE)
		keyring_log_fault(ring, s->kex, "read-failed", err, NULL);
	if (what)
		xc_log(ring->log, LOG_WARNING,
		       "cache-file kex=%s event=%s hint=\"started anew, nothing to do\"",
		       s->kex->version, what);
	s->over = true;
	save(ring, s);
}

static void open_file(struct xc_keyring *ring, struct slot *s)
{
	const char *hint;
	int err = xc_cachefile_open(&s->file, ring->options.dir, s->kex->version, &hint);

	if (err)
		keyring_log_fault(ring, s->kex, "not-used", err, hint);
	else
		load_file(ring, s);
}

/* Where an earlier configuration kept a pair that this one keeps in memory, or has no use for. */
static void remove_file(const struct xc_keyring *ring, const struct xc_kex *kex)
{
	const char *hint;
	int err = xc_cachefile_remove(ring->options.dir, kex->version, &hint);

	if (!err)
		xc_log(ring->log, LOG_NOTICE, "cache-file kex=%s event=removed", kex->version);
	else if (err != -ENOENT && err != -ENOTDIR && err != -EBUSY)
		keyring_log_fault(ring, kex, "not-removed", err, hint);
}

/* --- making a ring --- */

static struct slot *slot_of(struct xc_keyring *ring, const struct xc_kex *kex)
{
	int i;

	for (i = 0; i < ring->n; i++) {
		if (ring->slot[i].kex == kex)
			return &ring->slot[i];
	}
	return NULL;
}

static bool goes_to_disk(const struct xc_keyring *ring, const struct xc_kex *kex)
{
	return ring->options.mode == XC_CACHE_DISK && !kex->identity;
}

static int add_slot(struct xc_keyring *ring, const struct xc_kex *kex)
{
	const struct xc_keyring_options *options = &ring->options;
	struct slot *s;

	if (slot_of(ring, kex))
		return 0;
	s = &ring->slot[ring->n++];
	s->kex = kex;
	s->file.fd = -1;
	s->file.dir = -1;
	if (options->mode == XC_CACHE_OFF)
		return 0;
	s->cache = xc_cache_new(kex, options->size, options->share);
	if (!s->cache)
		return -ENOMEM;
	if (goes_to_disk(ring, kex))
		open_file(ring, s);
	return 0;
}

static void remove_leftovers(struct xc_keyring *ring)
{
	const struct xc_suite *suite;
	int i;

	for (i = 0; (suite = xc_suite_row(i)); i++) {
		if (i && xc_suite_row(i - 1)->kex == suite->kex)
			continue;
		if (!goes_to_disk(ring, suite->kex) || !slot_of(ring, suite->kex))
			remove_file(ring, suite->kex);
	}
}

struct xc_keyring *xc_keyring_new(const struct xc_keyring_options *options,
				  const struct xc_suite_list *suites,
				  const struct xc_log *log)
{
	struct xc_keyring *ring = calloc(1, sizeof(*ring));
	int i;

	if (!ring)
		return NULL;
	ring->options = *options;
	if (!options->clock)
		ring->options.clock = xc_clock;
	ring->log = log;
	for (i = 0; i < suites->n; i++) {
		if (add_slot(ring, suites->suite[i]->kex)) {
			xc_keyring_free(ring);
			return NULL;
		}
	}
	if (options->dir)
		remove_leftovers(ring);
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

static void flush(struct slot *s)
{
	if (!s->cache)
		return;
	xc_cache_clear(s->cache);
	s->dirty = true;
}

static void drop_pair(struct slot *s)
{
	if (!s->pair)
		return;
	flush(s);
	s->over = true;
	xc_keypair_put(s->pair);
	s->pair = NULL;
}

static void drop_expired(struct slot *s, const struct xc_time *time)
{
	if (s->pair && xc_keypair_expired(s->pair, time))
		drop_pair(s);
}

static unsigned int lifetime_of(const struct xc_keyring *ring, const struct xc_kex *kex)
{
	unsigned int lifetime = ring->options.lifetime;

	return kex->identity && lifetime > IDENTITY_LIFETIME ? IDENTITY_LIFETIME : lifetime;
}

struct xc_keypair *xc_keyring_pair(struct xc_keyring *ring, const struct xc_kex *kex)
{
	struct slot *s = slot_of(ring, kex);
	struct xc_time time = now(ring);

	if (!s)
		return NULL;
	drop_expired(s, &time);
	if (!s->pair) {
		s->pair = xc_keypair_new(kex, &time, lifetime_of(ring, kex));
		if (!s->pair)
			return NULL;
		ring->stats.generated++;
		s->dirty = true;
	}
	return xc_keypair_get(s->pair);
}

void xc_keyring_expire(struct xc_keyring *ring)
{
	struct xc_time time = now(ring);
	int i;

	for (i = 0; i < ring->n; i++)
		drop_expired(&ring->slot[i], &time);
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
	int i;

	for (i = 0; i < ring->n; i++) {
		if (!but || !agreed_by(but, ring->slot[i].kex))
			drop_pair(&ring->slot[i]);
	}
	return xc_keyring_sync(ring);
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

/* Whether it is in the cache, and what if so. */
static bool recall(struct xc_keyring *ring, const struct xc_keypair *pair,
		   struct xc_cache_entry *entry, struct xc_agreed *agreed)
{
	memset(agreed, 0, sizeof(*agreed));
	agreed->hit = find(ring, pair, entry) == 0;
	if (!agreed->hit)
		return false;
	memcpy(agreed->shared, entry->shared, pair->kex->shared_len);
	agreed->proven = entry->proof;
	if (entry->proof)
		agreed->proof = *entry->proof;
	return true;
}

int xc_keyring_accept(struct xc_keyring *ring, const struct xc_keypair *pair,
		      const uint8_t *public_b, struct xc_agreed *agreed)
{
	struct xc_cache_entry entry = { .peer = public_b, .peer_len = pair->kex->public_b_len };
	int err;

	if (recall(ring, pair, &entry, agreed))
		return 0;
	err = pair->kex->accept(pair->own, public_b, agreed->shared);
	count(ring, err);
	return err;
}

int xc_keyring_answer(struct xc_keyring *ring, const struct xc_keypair *pair,
		      const struct in6_addr *addr, const uint8_t *public_a, uint8_t *public_b,
		      struct xc_agreed *agreed)
{
	struct xc_cache_entry entry = { .peer = public_a, .peer_len = pair->kex->public_a_len };
	uint8_t random[XC_RANDOM_MAX];
	int err;

	xc_addr_site(&entry.site, addr);
	entry.bound = xc_cache_binds(pair->kex);
	if (recall(ring, pair, &entry, agreed)) {
		memcpy(public_b, entry.answer ? entry.answer : pair->public_a,
		       pair->kex->public_b_len);
		return 0;
	}
	err = xc_secret_random(random, pair->kex->random_len);
	if (!err)
		err = pair->kex->answer(pair->own, random, public_a, public_b,
					agreed->shared);
	xc_secret_wipe(random, sizeof(random));
	count(ring, err);
	return err;
}

void xc_keyring_learn(struct xc_keyring *ring, const struct xc_keypair *pair,
		      const struct xc_lesson *lesson)
{
	const struct xc_kex *kex = pair->kex;
	struct slot *s = slot_of(ring, kex);
	struct xc_cache_entry entry = {
		.peer = lesson->peer, .answer = lesson->answer, .proof = lesson->proof,
		.shared = lesson->shared,
		.bound = lesson->answer && xc_cache_binds(kex),
		.peer_len = lesson->answer ? kex->public_a_len : kex->public_b_len,
	};

	if (!s || s->pair != pair || !s->cache)
		return;
	xc_addr_site(&entry.site, &lesson->addr);
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

void xc_keyring_forget_identity(struct xc_keyring *ring)
{
	int i;

	for (i = 0; i < ring->n; i++) {
		if (ring->slot[i].kex->identity)
			flush(&ring->slot[i]);
	}
}

int xc_keyring_sync(struct xc_keyring *ring)
{
	int first = 0, i;

	for (i = 0; i < ring->n; i++) {
		struct slot *s = &ring->slot[i];
		int err = s->dirty && !s->writing && s->file.fd >= 0 ? save(ring, s) : 0;

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

static enum xc_cache_mode mode_of(const struct slot *s)
{
	if (!s->cache)
		return XC_CACHE_OFF;
	return s->file.fd >= 0 ? XC_CACHE_DISK : XC_CACHE_MEMORY;
}

bool xc_keyring_state(const struct xc_keyring *ring, int i, struct xc_keyring_state *state)
{
	struct xc_time time = now(ring);
	const struct slot *s;

	if (i < 0 || i >= ring->n)
		return false;
	s = &ring->slot[i];
	*state = (struct xc_keyring_state){ .kex = s->kex, .mode = mode_of(s), .error = s->error };
	if (s->pair) {
		state->has_pair = true;
		state->age = xc_keypair_age(s->pair, &time);
		state->left = xc_keypair_left(s->pair, &time);
	}
	if (s->cache) {
		state->entries = xc_cache_count(s->cache);
		state->size = ring->options.size;
		state->share = ring->options.share;
		state->memory = xc_cache_memory(s->kex, state->size);
	}
	return true;
}

const char *xc_cache_mode_name(enum xc_cache_mode mode)
{
	static const char * const name[] = {
		[XC_CACHE_MEMORY] = "memory", [XC_CACHE_DISK] = "disk", [XC_CACHE_OFF] = "off",
	};

	return name[mode];
}
