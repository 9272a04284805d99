/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the process and its sessions have. A session is a connection to the peer, which XCRYPT may
 * encrypt, and one to the MTA. The gateway reads along until it is settled whether the session is
 * encrypted; then it only moves octets.
 */
#ifndef XCRYPT_GATEWAY_STATE_H
#define XCRYPT_GATEWAY_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "common/loop.h"
#include "conf.h"
#include "flow.h"
#include "service/control.h"
#include "sites.h"
#include "smtp.h"
#include "unencrypted.h"

/* Why a session was not encrypted. */
enum gw_plain {
	GW_PLAIN_NOT_OFFERED,	/* the server listed no XCRYPT, or the client did not ask for it */
	GW_PLAIN_POLICY,	/* off for this peer */
	GW_PLAIN_TLS,		/* STARTTLS was used */
	GW_PLAIN_FAILED,	/* the exchange ended without keys */
	GW_PLAIN_BROKEN,	/* the exchange broke off, the mail went by a new connection */
	GW_PLAIN_ABSENT,	/* the module or xcryptd is missing */
	GW_PLAIN_SPOKE,		/* no EHLO: HELO, or no SMTP at all */
	GW_PLAINS,
};

/* Of one direction: inbound, outbound. */
struct gw_counts {
	uint64_t sessions;
	uint64_t encrypted;
	uint64_t plain[GW_PLAINS];
	uint64_t refused;	/* policy requires encryption */
	uint64_t unreachable;	/* the server, or the MTA behind us */
	uint64_t octets;	/* to the peer and from it */
};

struct session;
struct listener;

struct gateway {
	struct xc_loop loop;
	const struct gw_conf *conf;
	struct listener *listeners;
	struct session *sessions;	/* a list */
	unsigned int count;		/* of sessions */
	unsigned int last_id;
	bool draining;			/* no new ones; end with the last */
	struct gw_counts counts[2];	/* by enum gw_direction */
	unsigned int turned_away;	/* too many sessions */
	struct sites sites;		/* of inbound sessions */
	struct unencrypted unencrypted;
	struct xc_control control;
	uint64_t started;
};

#define SESSION_PENDING	32	/* commands whose replies are awaited */

enum phase {
	PHASE_CONNECT,		/* to the one that has not connected to us */
	PHASE_DIALOGUE,		/* reading along */
	PHASE_EXCHANGE,		/* xcryptd has the peer's socket */
	PHASE_SETTLED,
	PHASE_FAREWELL,		/* a last line is on its way to who is refused */
};

/* The other end of a leg. */
enum side { PEER, MTA };

struct leg {
	struct xc_source source;
	struct session *session;
	struct buffer in;	/* read, not dealt with */
	struct buffer out;	/* to be written */
	struct flow flow;	/* from here to the other one, once settled */
	bool eof;		/* nothing more comes, found while reading along */
};

/**
 * struct session - see above
 * @leg:	by enum side
 * @ready:	of the legs' sources
 * @peer:	address and port of the mail host at the other end of the encrypted leg
 * @local:	the address that it sees
 * @site:	inbound: of the peer, among the others
 * @pending:	verbs whose replies are awaited, the oldest first; the greeting counts as NOOP
 * @hello:	outbound: the MTA's EHLO line, to be said again; inbound: the client's second one, until it
 *		is answered
 * @reply:	outbound: the reply to it, held back until the exchange has ended
 * @clear:	outbound: what the MTA was told of it in the clear, where version 3 comes after that
 * @words:	what the server listed, or what we list
 * @policy:	for this peer
 * @listed:	inbound: XCRYPT stands in the reply to EHLO
 * @helo:	inbound: the client has said HELO since, which leaves it without extensions
 * @tried:	an exchange has begun: there is no second one
 * @asked:	flags of what xcryptd was only told, XCRYPT_H_*
 * @told:	outbound: xcryptd knows that TLS is used
 * @renews:	version 3 begins with another EHLO
 * @own_fault:	XCRYPT failed or is missing for a reason of our own
 * @armed:	outbound: the exchange waits for the MTA's next command, which may be STARTTLS
 * @secured:	by XCRYPT or TLS
 * @anew:	outbound: the second connection, without XCRYPT; inbound: the second one to the MTA
 * @delivered:	outbound: the MTA has a reply to its EHLO
 * @encrypted:	by XCRYPT
 * @attached:	the peer's socket has the ULP
 * @spoke:	the server's greeting has come
 * @closing:	it is over, to be freed
 */
struct session {
	struct gateway *gw;
	struct session *next;
	struct session *prev;
	const struct gw_listen *listen;
	unsigned int id;
	enum phase phase;
	struct leg leg[2];
	void (*ready)(struct xc_source *source, uint32_t events);
	struct endpoint peer;
	struct endpoint local;
	struct site site;
	struct xc_timer timer;
	uint64_t began;
	uint64_t active;
	enum smtp_verb pending[SESSION_PENDING];
	unsigned int pendings;
	struct buffer hello;
	struct buffer reply;
	struct buffer clear;
	char words[XCRYPT_SUITES_MAX + 1];
	enum xc_policy_mode policy;
	struct xcrypt_outcome outcome;
	enum gw_plain plain;
	bool listed;
	bool helo;
	bool tried;
	int asked;
	bool told;
	bool renews;
	bool own_fault;
	bool armed;
	bool secured;
	bool anew;
	bool delivered;
	bool encrypted;
	bool attached;
	bool spoke;
	bool closing;
	const char *end;	/* how it ended, for the log */
};

#endif
