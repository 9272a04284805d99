/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who we are and whom we met: the host's identity, the store of known peers with its file, and
 * what of late did not go as it should.
 */
#ifndef XCRYPTD_KNOWN_H
#define XCRYPTD_KNOWN_H

#include "common/log.h"
#include "config/config.h"
#include "peers/file.h"
#include "peers/identity.h"
#include "peers/judge.h"
#include "peers/store.h"

#define XC_INCIDENTS	128	/* that are remembered */

/**
 * struct xc_incident - a judgement that the administrator is to know of
 * @when:	seconds since 1970
 * @warn:	bits of enum xc_warning
 * @go:		the message was sent all the same
 * @end:	what the attempt came to
 */
struct xc_incident {
	time_t when;
	unsigned int warn;
	bool go;
	enum xc_protection end;
	enum xc_policy_mode policy;
	uint16_t version;
	uint8_t identity[XC_IDENTITY_LEN];
	char name[XC_PEER_NAME];
	char domain[XC_PEER_NAME];
};

/**
 * struct xc_known - all of it
 * @options:	from the configuration
 * @identity:	ours; replaced where it lives
 * @kept:	it is in a file
 * @peers:	the store
 * @file:	and its file
 * @warned:	by bit of enum xc_warning
 * @refused:	messages that were not sent for what was known, or not known
 * @incident:	the latest, of which there were @incidents since the start
 */
struct xc_known {
	const struct xc_log *log;
	struct xc_peers_options options;
	struct xc_identity *identity;
	bool kept;
	struct xc_peers *peers;
	struct xc_peers_file file;
	uint64_t warned[XC_WARNINGS];
	uint64_t refused;
	unsigned long incidents;
	struct xc_incident incident[XC_INCIDENTS];
};

/* Load or make what there is to be. log outlives it. 0 or -errno, which has been logged. */
int xc_known_open(struct xc_known *known, const struct xc_peers_options *options,
		  const struct xc_log *log);

/* Write what has changed, and let go of everything. */
void xc_known_close(struct xc_known *known);

/*
 * The identity in the file may be another one: read it. True: it is, and what was made with the
 * old one has to go.
 */
bool xc_known_reread(struct xc_known *known);

/* A fresh identity, in the file too. 0 or -errno, the old one then being in force. */
int xc_known_replace(struct xc_known *known);

/* Another time, in seconds, after which what was not met is forgotten. */
void xc_known_forget_after(struct xc_known *known, unsigned int seconds);

/* Forget what was not met for too long. */
void xc_known_upkeep(struct xc_known *known);

/* Today, as meetings are kept. */
uint16_t xc_known_today(void);

/* A place for one more incident; the latest with a name, NULL: none of late. */
struct xc_incident *xc_known_incident_new(struct xc_known *known);
const struct xc_incident *xc_known_incident(const struct xc_known *known, const char *name);

#endif
