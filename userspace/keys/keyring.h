/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a host keeps between exchanges: for each key agreement its key pair, which is
 * replaced when its time is over, and the cache that belongs to the pair.
 */
#ifndef XCRYPTD_KEYRING_H
#define XCRYPTD_KEYRING_H

#include "cache.h"
#include "clock.h"
#include "keypair.h"
#include "common/log.h"
#include "agreement/suite.h"

enum xc_cache_mode {
	XC_CACHE_MEMORY,
	XC_CACHE_DISK,
	XC_CACHE_OFF,		/* a public-key operation for every exchange */
};

/**
 * struct xc_keyring_options - from the configuration
 * @lifetime:	seconds that a key pair is used; in version 3 no more than two hours
 * @mode:	where secrets are cached
 * @size:	entries for each key agreement
 * @share:	of them for one IPv4 address or IPv6 /64
 * @dir:	XC_CACHE_DISK: directory of the files, which are named after the version; else
 *		where an earlier configuration may have left some, which are overwritten and
 *		removed, or NULL
 * @clock:	xc_clock(), which NULL means, or a test's
 */
struct xc_keyring_options {
	unsigned int lifetime;
	enum xc_cache_mode mode;
	unsigned int size;
	unsigned int share;
	const char *dir;
	void (*clock)(struct xc_time *now);
};

/**
 * struct xc_keyring_stats - since the ring was made
 * @hits:	secrets found in the cache
 * @misses:	secrets not found there
 * @agreed:	public-key operations for a secret (each costs one exponentiation)
 * @generated:	key pairs made
 * @rejected:	public values of peers refused
 */
struct xc_keyring_stats {
	uint64_t hits;
	uint64_t misses;
	uint64_t agreed;
	uint64_t generated;
	uint64_t rejected;
};

struct xc_keyring;

/*
 * A ring for the key agreements of some suites. A cache file that cannot be used is logged and
 * its key agreement goes on in memory. What expired while nobody looked, and files that this
 * configuration has no use for, are overwritten before this returns. NULL: no memory. log
 * outlives the ring.
 */
struct xc_keyring *xc_keyring_new(const struct xc_keyring_options *options,
				  const struct xc_suite_list *suites,
				  const struct xc_log *log);

/* Zeroes everything in memory; files keep what the last xc_keyring_sync wrote. */
void xc_keyring_free(struct xc_keyring *ring);

/*
 * The pair to use now, made if there is none; the caller puts it. NULL: no memory, or the key
 * agreement is not one of the ring's. Never waits for the disk, as nothing does but what says so.
 */
struct xc_keypair *xc_keyring_pair(struct xc_keyring *ring, const struct xc_kex *kex);

/**
 * struct xc_agreed - what comes of an agreement
 * @shared:	S
 * @hit:	from the cache
 * @proven:	version 3: the cache has @proof, too; b need not sign it, and a not check one
 *		that is the same octets
 * @proof:	if so
 */
struct xc_agreed {
	uint8_t shared[XC_SHARED_MAX];
	bool hit;
	bool proven;
	struct xc_proof proof;
};

/*
 * Agree by the cache, or by computing. For a from K_b; for b from K_a, with K_b, for the peer at
 * addr. As kex->accept and kex->answer: 0, -EKEYREJECTED or -ENOMEM.
 */
int xc_keyring_accept(struct xc_keyring *ring, const struct xc_keypair *pair,
		      const uint8_t *public_b, struct xc_agreed *agreed);
int xc_keyring_answer(struct xc_keyring *ring, const struct xc_keypair *pair,
		      const struct in6_addr *addr, const uint8_t *public_a, uint8_t *public_b,
		      struct xc_agreed *agreed);

/**
 * struct xc_lesson - what was agreed with a peer, once it has proven that it holds the secret
 * @addr:	the peer's address
 * @peer:	its public value
 * @answer:	K_b if we are b, else NULL
 * @proof:	I_b and S_b in version 3, else NULL
 * @shared:	S
 */
struct xc_lesson {
	struct in6_addr addr;
	const uint8_t *peer;
	const uint8_t *answer;
	const struct xc_proof *proof;
	const uint8_t *shared;
};

/* Cache it. No effect if the pair has been replaced. */
void xc_keyring_learn(struct xc_keyring *ring, const struct xc_keypair *pair,
		      const struct xc_lesson *lesson);

/* Our identity is another: drop what it signed, and all else of version 3. */
void xc_keyring_forget_identity(struct xc_keyring *ring);

/*
 * Drop the pairs whose time is over, with their entries, from memory; the next write drops
 * them from disk.
 */
void xc_keyring_expire(struct xc_keyring *ring);

/*
 * Drop all pairs (with their entries); drop all entries. From disk too, for which it waits: 0,
 * or the first -errno of what could not be written, which has been logged.
 */
int xc_keyring_rotate(struct xc_keyring *ring);
int xc_keyring_flush(struct xc_keyring *ring);

/* As xc_keyring_rotate, but keep the pairs of these suites' key agreements. */
int xc_keyring_drop(struct xc_keyring *ring, const struct xc_suite_list *but);

/*
 * Write to disk what has changed, waiting for as long as the disk takes. 0, or the first -errno,
 * which has been logged.
 */
int xc_keyring_sync(struct xc_keyring *ring);

/*
 * The same in parts, for a thread that may wait:
 *
 *	begin	take a picture of one file's contents; NULL if nothing has changed that is not
 *		being written already
 *	run	write it. In any thread; touches neither ring nor log
 *	end	back where the ring lives, before the ring is freed: 0, or -errno, logged
 *
 * A pair that is over is overwritten where it lies if the file cannot be replaced.
 */
struct xc_keyring_write *xc_keyring_write_begin(struct xc_keyring *ring);
void xc_keyring_write_run(struct xc_keyring_write *write);
int xc_keyring_write_end(struct xc_keyring *ring, struct xc_keyring_write *write);

const struct xc_keyring_stats *xc_keyring_stats(const struct xc_keyring *ring);

/* The pair (NULL if none) and the cache (NULL if off) of the i-th key agreement, for listings. */
bool xc_keyring_at(const struct xc_keyring *ring, int i, const struct xc_kex **kex,
		   const struct xc_keypair **pair, const struct xc_cache **cache);

/**
 * struct xc_keyring_state - one key agreement, for who asks how it stands
 * @kex:	which
 * @mode:	where secrets are cached; XC_CACHE_MEMORY where the configured file cannot be used
 * @has_pair:	there is a pair; it is made when it is first needed
 * @age:	seconds since the pair was made
 * @left:	seconds until it is replaced
 * @entries:	in the cache
 * @size:	entries that the cache has room for, 0 if it is off
 * @share:	of them for one IPv4 address or IPv6 /64
 * @memory:	octets that the cache takes
 * @error:	-errno of the last write to disk, 0 if it went well
 */
struct xc_keyring_state {
	const struct xc_kex *kex;
	enum xc_cache_mode mode;
	bool has_pair;
	time_t age;
	time_t left;
	unsigned int entries;
	unsigned int size;
	unsigned int share;
	size_t memory;
	int error;
};

/* The state of the i-th key agreement, from 0. False behind the last. */
bool xc_keyring_state(const struct xc_keyring *ring, int i, struct xc_keyring_state *state);

/* "memory", "disk", "off" */
const char *xc_cache_mode_name(enum xc_cache_mode mode);

#endif
