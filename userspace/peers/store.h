/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Servers that were met as a, by their names, with their identities (protocol 3, section 5).
 *
 * Bounded: of a full store the unpinned name goes that was met longest ago. What is not pinned
 * and was not met for a time is forgotten. Each call takes the same time at any size, but those
 * that say so.
 */
#ifndef XCRYPTD_PEERS_STORE_H
#define XCRYPTD_PEERS_STORE_H

#include "agreement/kex.h"
#include "domains.h"
#include "judge.h"
#include "name.h"

#define XC_PEERS_SIZE_MAX	(1u << 20)	/* names */

/**
 * struct xc_met - an identity of a name
 * @state:	how it is known
 * @since:	day since when it is known: that of the first meeting, or of a pin before it
 * @last:	day of the latest meeting, 0: there was none
 */
struct xc_met {
	uint8_t identity[XC_IDENTITY_LEN];
	uint8_t state;
	uint16_t since;
	uint16_t last;
};

/* A name as seen from outside. It is valid until the store is changed. */
struct xc_peer {
	const char *name;
	uint16_t version;	/* the highest met */
	unsigned int count;
	const struct xc_met *met;
};

/**
 * struct xc_peers_stats - what the store holds, and what became of what it held
 * @identities:	now, by enum xc_peer_state
 * @learned:	identities
 * @forgotten:	identities that were not met for too long
 * @displaced:	names that had to go for others
 * @not_learned: identities for which there was no room
 */
struct xc_peers_stats {
	unsigned int identities[XC_PEER_PINNED + 1];
	uint64_t learned;
	uint64_t forgotten;
	uint64_t displaced;
	uint64_t not_learned;
};

/**
 * struct xc_peers - the store; others look, and change nothing but what is said here
 * @names:	by name
 * @domains:	the domains, whose names are those of @names or once were
 * @days:	until what was not met is forgotten; may be set
 * @swept:	day of the last look at everything
 * @dirty:	something of @names has changed since somebody cleared it
 */
struct xc_peers {
	struct xc_table names;
	struct xc_domains domains;
	unsigned int days;
	uint16_t swept;
	bool dirty;
	struct xc_peers_stats stats;
};

/* Room for size names and as many domains. NULL: no memory. */
struct xc_peers *xc_peers_new(unsigned int size, unsigned int days);
void xc_peers_free(struct xc_peers *peers);

/* What is not pinned and was last met before this day is forgotten. */
uint16_t xc_peers_since(const struct xc_peers *peers, uint16_t today);

/*
 * Fill in what is known: kept, highest, new_name and, of an identity (or NULL), met. domain may
 * be "".
 */
void xc_peers_look(struct xc_peers *peers, const char *name, const char *domain,
		   const uint8_t *identity, uint16_t today, struct xc_meeting *meeting);

/*
 * An exchange is complete. learn: an identity that is not known is to be. What it becomes is
 * decided here, as others may have met the name since the judgement.
 */
void xc_peers_met(struct xc_peers *peers, const char *name, const uint8_t *identity,
		  uint16_t version, bool learn, uint16_t today);

/*
 * Pin an identity of a name, met or not. Where there is no room for it, the unpinned one met
 * longest ago goes. 0; -EDQUOT: as many as may be are pinned there; -ENOSPC: every name in the
 * store has a pin; -ENOMEM.
 */
int xc_peers_pin(struct xc_peers *peers, const char *name, const uint8_t *identity,
		 uint16_t today);

/*
 * Forget an identity of a name, pinned or not; NULL: the name, of domains too, which takes longer
 * the more there are. 0 or -ENOENT.
 */
int xc_peers_forget(struct xc_peers *peers, const char *name, const uint8_t *identity);

/* Forget all that was not met for too long. It looks at everything, once a day. */
void xc_peers_expire(struct xc_peers *peers, uint16_t today);

/* What is kept of a name. False: nothing. */
bool xc_peers_find(struct xc_peers *peers, const char *name, uint16_t today,
		   struct xc_peer *peer);

/* The name of a number, false if it has none. */
bool xc_peers_at(const struct xc_peers *peers, uint32_t number, struct xc_peer *peer);

/*
 * Put back what was read, as the one met last. 0, it being left out if it has no pin and all the
 * others have; -EEXIST; -ENOSPC: all have; -ENOMEM.
 */
int xc_peers_put(struct xc_peers *peers, const struct xc_peer *peer);

#endif
