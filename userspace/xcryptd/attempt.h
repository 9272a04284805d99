/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the daemon makes of an attempt at a server, by policy and by what is known: whether the
 * message goes, what is learned, whom it tells.
 */
#ifndef XCRYPTD_ATTEMPT_H
#define XCRYPTD_ATTEMPT_H

#include "known.h"

#define XC_ATTEMPT_TEXT	256	/* octets for the MTA with its NUL */

/**
 * struct xc_attempt - one at a server, as a
 * @policy:	of the destination
 * @name:	in the store
 * @domain:	of the recipient, "" if it is not known
 * @identity:	shown and proven, if @version is not 0
 * @version:	of that exchange
 * @learn:	keep the identity if the exchange becomes complete
 * @stranger:	asked for by one whose word of whom he talks to is worth nothing: nothing of it is kept
 * @judged:	what is to be said of it has been
 * @go:		the message may be sent this way
 * @end:	of the latest judgement
 * @warn:	and of what the log is to tell, bits of enum xc_warning
 * @news:	the log is to tell of it: xc_attempt_log()
 * @text:	if it may not be sent, why, for the MTA
 */
struct xc_attempt {
	enum xc_policy_mode policy;
	char name[XC_PEER_NAME];
	char domain[XC_PEER_NAME];
	uint8_t identity[XC_IDENTITY_LEN];
	uint16_t version;
	bool learn;
	bool stranger;
	bool judged;
	bool go;
	enum xc_protection end;
	unsigned int warn;
	bool news;
	char text[XC_ATTEMPT_TEXT];
};

/* host and domain as the MTA told them, "" for none. */
void xc_attempt_begin(struct xc_attempt *attempt, enum xc_policy_mode policy, const char *host,
		      const char *domain, const struct in6_addr *addr);

/*
 * Whether a user is a person's account and none of the system (Debian policy, section 9.2.2):
 * he may ask for an exchange with a server of his own under any host's name. Users that systemd
 * makes for a service while it runs (DynamicUser=, as xcrypt-gateway's) are of the system.
 */
bool xc_attempt_is_stranger(uint32_t uid);

/*
 * Before XCRYPT OK: this identity was shown and proven in an exchange of this version ("3.1").
 * Whether to go on.
 */
bool xc_attempt_identity(struct xc_known *known, struct xc_attempt *attempt,
			 const uint8_t identity[XC_IDENTITY_LEN], const char *version);

/*
 * The attempt has ended, or it is clear that it can come to no more than this. Whether the
 * message may be sent this way. What was told of once is not told of again.
 */
bool xc_attempt_end(struct xc_known *known, struct xc_attempt *attempt, enum xc_protection end);

/* Tell the log, where it has room for more lines. */
void xc_attempt_log(struct xc_known *known, struct xc_attempt *attempt);

#endif
