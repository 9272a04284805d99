/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is done at a meeting with a server, by policy and by what is known of it: the table of
 * protocol 3, section 5, as a function without memory of its own.
 */
#ifndef XCRYPTD_PEERS_JUDGE_H
#define XCRYPTD_PEERS_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#define XC_PEER_IDENTITIES	8	/* kept of a name, at most */

/* What is wanted of a destination, from the loosest to the strictest. */
enum xc_policy_mode {
	XC_POLICY_OFF,			/* no exchange */
	XC_POLICY_OPPORTUNISTIC,	/* encrypted if the peer can */
	XC_POLICY_REQUIRE,		/* encrypted, or not sent */
	XC_POLICY_VERIFY,		/* to a pinned identity, or not sent */
};

/* How an identity is known. */
enum xc_peer_state {
	XC_PEER_UNKNOWN,
	XC_PEER_UNCONFIRMED,	/* learned when another was known already */
	XC_PEER_FIRST,		/* learned at the first meeting */
	XC_PEER_PINNED,		/* by the administrator */
};

/* "unknown", "unconfirmed", "first", "pinned" */
const char *xc_peer_state_name(enum xc_peer_state state);

/* What protects the session that a meeting came to. */
enum xc_protection {
	XC_PROTECTED_NOT,	/* the clear, or no session at all */
	XC_PROTECTED_TLS,
	XC_PROTECTED_2,		/* XCRYPT before version 3 */
	XC_PROTECTED_3,		/* version 3: an identity was proven */
};

/* "clear", "tls", "2.x", "3.x" */
const char *xc_protection_name(enum xc_protection protection);

/**
 * struct xc_meeting - what is known, and what happened
 * @policy:	of the destination
 * @kept:	identities that are kept of the name
 * @highest:	version met there, major times 256 and minor; 0: none
 * @new_name:	the recipient's domain is known, but by other names
 * @end:	of the attempt
 * @version:	of an end in version 3, as @highest
 * @met:	how the identity of such an end is known
 */
struct xc_meeting {
	enum xc_policy_mode policy;
	unsigned int kept;
	uint16_t highest;
	bool new_name;
	enum xc_protection end;
	uint16_t version;
	enum xc_peer_state met;
};

/* What the administrator is to know of; bits. */
enum xc_warning {
	XC_WARN_IDENTITY = 1,	/* another identity than those known */
	XC_WARN_VERSION = 2,	/* an older version than the highest met */
	XC_WARN_STRIPPED = 4,	/* known for version 3, and the attempt did not end in it */
	XC_WARN_DOMAIN = 8,	/* a known domain is served by a name never met for it */
};

#define XC_WARNINGS	4

/* "identity", "version", "stripped", "domain" of bit 0, 1, 2, 3. */
const char *xc_warning_name(int bit);

/**
 * struct xc_judgement - what is done
 * @go:		the message may be sent this way; else it stays in the queue
 * @warn:	of what, bits of enum xc_warning
 * @learn:	what the identity becomes once the exchange is complete; XC_PEER_UNKNOWN: as it is
 */
struct xc_judgement {
	bool go;
	unsigned int warn;
	enum xc_peer_state learn;
};

struct xc_judgement xc_judge(const struct xc_meeting *m);

#endif
