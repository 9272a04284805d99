/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a host keeps between exchanges: for each key agreement its key pair, which is
 * replaced when its time is over, and the cache that belongs to the pair.
 */
#ifndef XCRYPTD_KEYRING_H
#define XCRYPTD_KEYRING_H

#include "cache.h"
#include "keypair.h"
#include "log.h"
#include "suite.h"

enum xc_cache_mode {
	XC_CACHE_MEMORY,
	XC_CACHE_DISK,
	XC_CACHE_OFF,		/* a public-key operation for every exchange */
};

/**
 * struct xc_keyring_options - from the configuration
 * @lifetime:	seconds that a key pair is used
 * @mode:	where secrets are cached
 * @size:	entries for each key agreement
 * @share:	of them for one IPv4 address or IPv6 /64
 * @dir:	XC_CACHE_DISK: directory of the files, which are named after the version
 */
struct xc_keyring_options {
	unsigned int lifetime;
	enum xc_cache_mode mode;
	unsigned int size;
	unsigned int share;
	const char *dir;
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
 * its key agreement goes on in memory. NULL: no memory. log outlives the ring.
 */
struct xc_keyring *xc_keyring_new(const struct xc_keyring_options *options,
				  const struct xc_suite_list *suites,
				  const struct xc_log *log, time_t now);

/* Zeroes everything in memory; files keep what the last xc_keyring_sync wrote. */
void xc_keyring_free(struct xc_keyring *ring);

/*
 * The pair to use at this time, made if there is none; the caller puts it. NULL: no memory,
 * or the key agreement is not one of the ring's.
 */
struct xc_keypair *xc_keyring_pair(struct xc_keyring *ring, const struct xc_kex *kex,
				   time_t now);

/*
 * The shared secret, from the cache or computed; *hit tells which. For a from K_b; for b from
 * K_a, with K_b. As kex->accept and kex->answer: 0, -EKEYREJECTED or -ENOMEM.
 */
int xc_keyring_accept(struct xc_keyring *ring, const struct xc_keypair *pair,
		      const uint8_t *public_b, uint8_t *shared, bool *hit);
int xc_keyring_answer(struct xc_keyring *ring, const struct xc_keypair *pair,
		      const uint8_t *public_a, uint8_t *public_b, uint8_t *shared, bool *hit);

/*
 * Cache what was agreed with the peer at addr, once it has proven that it holds the secret.
 * answer is K_b if we are b, else NULL. No effect if the pair has been replaced.
 */
void xc_keyring_learn(struct xc_keyring *ring, const struct xc_keypair *pair,
		      const struct in6_addr *addr, const uint8_t *peer, const uint8_t *answer,
		      const uint8_t *shared);

/* Drop the pairs whose time is over, with their entries, from memory and disk. */
void xc_keyring_expire(struct xc_keyring *ring, time_t now);

/*
 * Drop all pairs (with their entries); drop all entries. From disk too: 0, or the first -errno
 * of what could not be written, which has been logged.
 */
int xc_keyring_rotate(struct xc_keyring *ring);
int xc_keyring_flush(struct xc_keyring *ring);

/* As xc_keyring_rotate, but keep the pairs of these suites' key agreements. */
int xc_keyring_drop(struct xc_keyring *ring, const struct xc_suite_list *but);

/*
 * Write to disk what has changed. It may block for as long as the disk takes: to be called
 * from a timer, not for every exchange. 0, or the first -errno, which has been logged.
 */
int xc_keyring_sync(struct xc_keyring *ring);

const struct xc_keyring_stats *xc_keyring_stats(const struct xc_keyring *ring);

/* The pair (NULL if none) and the cache (NULL if off) of the i-th key agreement, for listings. */
bool xc_keyring_at(const struct xc_keyring *ring, int i, const struct xc_kex **kex,
		   const struct xc_keypair **pair, const struct xc_cache **cache);

#endif
