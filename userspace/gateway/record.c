// SPDX-License-Identifier: GPL-2.0
#include "record.h"

#include <inttypes.h>

#include "common/addr.h"
#include "common/log.h"

const char *gw_plain_name(enum gw_plain plain)
{
	static const char * const names[GW_PLAINS] = {
		[GW_PLAIN_NOT_OFFERED]	= "not-offered",
		[GW_PLAIN_POLICY]	= "policy",
		[GW_PLAIN_TLS]		= "tls",
		[GW_PLAIN_FAILED]	= "failed",
		[GW_PLAIN_BROKEN]	= "broken",
		[GW_PLAIN_ABSENT]	= "absent",
		[GW_PLAIN_SPOKE]	= "no-ehlo",
	};

	return names[plain];
}

static void count(struct session *s)
{
	struct gw_counts *counts = &s->gw->counts[s->listen->direction];
	bool in = s->listen->direction == GW_IN;

	if (s->encrypted) {
		counts->encrypted++;
		unencrypted_remove(&s->gw->unencrypted, &s->peer.addr, in);
	} else {
		counts->plain[s->plain]++;
		/* TLS is no lack, and who was not reached has not stayed plain. */
		if (s->plain != GW_PLAIN_TLS && s->spoke)
			unencrypted_add(&s->gw->unencrypted, &s->peer.addr, in, s->plain,
					s->active);
	}
	counts->octets += s->leg[PEER].flow.octets + s->leg[MTA].flow.octets;
}

/* Octets of the dialogue are not counted: there are few, and they are no mail. */
void record_session(struct session *s)
{
	char peer[XC_ADDR_TEXT], local[XC_ADDR_TEXT];
	bool in = s->listen->direction == GW_IN;

	count(s);
	xc_addr_format(peer, &s->peer.addr, s->peer.port);
	xc_addr_format(local, &s->local.addr, s->local.port);
	xc_log(&s->gw->conf->log, LOG_INFO,
	       "session id=%u dir=%s peer=%s local=%s suite=%s%s%s cache=%s in=%" PRIu64
	       " out=%" PRIu64 " time=%" PRIu64 "ms end=\"%s\"",
	       s->id, in ? "in" : "out", peer, local, s->encrypted ? s->outcome.suite : "-",
	       s->encrypted ? "" : " plain=", s->encrypted ? "" : gw_plain_name(s->plain),
	       !s->encrypted ? "-" : s->outcome.cache_hit ? "hit" : "miss",
	       s->leg[PEER].flow.octets, s->leg[MTA].flow.octets, xc_loop_now() - s->began,
	       s->end ? s->end : "-");
}
