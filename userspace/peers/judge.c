// SPDX-License-Identifier: GPL-2.0
#include "judge.h"

const char *xc_peer_state_name(enum xc_peer_state state)
{
	static const char * const name[] = {
		[XC_PEER_UNKNOWN] = "unknown", [XC_PEER_UNCONFIRMED] = "unconfirmed",
		[XC_PEER_FIRST] = "first", [XC_PEER_PINNED] = "pinned",
	};

	return name[state];
}

const char *xc_warning_name(int bit)
{
	static const char * const name[XC_WARNINGS] = {
		"identity", "version", "stripped", "domain",
	};

	return name[bit];
}

const char *xc_protection_name(enum xc_protection protection)
{
	static const char * const name[] = {
		[XC_PROTECTED_NOT] = "clear", [XC_PROTECTED_TLS] = "tls",
		[XC_PROTECTED_2] = "2.x", [XC_PROTECTED_3] = "3.x",
	};

	return name[protection];
}

/* The columns "nothing known", "pinned or first identity" and "another identity". */
static struct xc_judgement judge_identity(const struct xc_meeting *m)
{
	struct xc_judgement j = { .go = true };

	if (m->policy == XC_POLICY_VERIFY)
		j.go = m->met == XC_PEER_PINNED;
	if (m->kept && m->met <= XC_PEER_UNCONFIRMED)
		j.warn |= XC_WARN_IDENTITY;
	if (m->version < m->highest)
		j.warn |= XC_WARN_VERSION;
	if (j.go && m->met == XC_PEER_UNKNOWN && m->kept < XC_PEER_IDENTITIES)
		j.learn = m->kept ? XC_PEER_UNCONFIRMED : XC_PEER_FIRST;
	return j;
}

/* The last column, and what the policy says of a server of which nothing is known. */
static struct xc_judgement judge_other(const struct xc_meeting *m)
{
	struct xc_judgement j = { .go = m->policy <= XC_POLICY_OPPORTUNISTIC };

	if (m->kept)
		j.warn |= XC_WARN_STRIPPED;
	else if (m->policy == XC_POLICY_REQUIRE)
		j.go = m->end != XC_PROTECTED_NOT;
	return j;
}

struct xc_judgement xc_judge(const struct xc_meeting *m)
{
	bool proven = m->end == XC_PROTECTED_3;
	struct xc_judgement j = proven ? judge_identity(m) : judge_other(m);

	if (m->policy == XC_POLICY_OFF)
		return (struct xc_judgement){ .go = true };
	/* A pin says of a server that it is meant, whatever the DNS made of the domain. */
	if (m->new_name && !(proven && m->met == XC_PEER_PINNED))
		j.warn |= XC_WARN_DOMAIN;
	return j;
}
