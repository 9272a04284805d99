// SPDX-License-Identifier: GPL-2.0
#include "attempt.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base64.h"

#define KEY_TEXT	(XC_BASE64_LEN(XC_IDENTITY_LEN) + 1)

/*
 * Below it are the accounts of the system: FIRST_UID of adduser.conf, and SYS_UID_MAX + 1 of
 * login.defs.
 */
#define ACCOUNT_FIRST	1000
/*
 * What systemd takes the users of DynamicUser= from (dynamic_uid_min and _max of systemd.pc, which
 * systemd.exec(5) names): services of the system, though their numbers lie above those of accounts.
 */
#define DYNAMIC_USER_FIRST	61184
#define DYNAMIC_USER_LAST	65519

/* --- what an administrator is told --- */

static void remember(struct xc_known *known, const struct xc_attempt *a, enum xc_protection end,
		     unsigned int warn)
{
	struct xc_incident *one = xc_known_incident_new(known);

	*one = (struct xc_incident){
		.when = time(NULL), .warn = warn, .go = a->go, .end = end, .policy = a->policy,
		.version = a->version,
	};
	memcpy(one->identity, a->identity, XC_IDENTITY_LEN);
	strcpy(one->name, a->name);
	strcpy(one->domain, a->domain);
}

/* The identity that the administrator, or the first meeting, has put there; NULL: none. */
static const struct xc_met *best_of(const struct xc_peer *peer)
{
	const struct xc_met *best = NULL;
	unsigned int i;

	for (i = 0; i < peer->count; i++) {
		if (!best || peer->met[i].state > best->state)
			best = &peer->met[i];
	}
	return best;
}

/* "pinned IDENTITY since 2026-11-26", or "nothing". */
#define BEST_TEXT	96
static void format_best(char dst[BEST_TEXT], struct xc_known *known, const char *name)
{
	char key[KEY_TEXT], day[XC_DAY_TEXT];
	const struct xc_met *best = NULL;
	struct xc_peer peer;

	if (xc_peers_find(known->peers, name, xc_known_today(), &peer))
		best = best_of(&peer);
	if (!best) {
		strcpy(dst, "nothing");
		return;
	}
	xc_base64_encode(key, best->identity, XC_IDENTITY_LEN);
	xc_day_format(day, best->since);
	snprintf(dst, BEST_TEXT, "%s %s since %s", xc_peer_state_name(best->state), key, day);
}

static void format_warnings(char dst[64], unsigned int warn)
{
	int bit;

	strcpy(dst, warn ? "" : "none");
	for (bit = 0; bit < XC_WARNINGS; bit++) {
		if (!(warn & 1u << bit))
			continue;
		if (dst[0])
			strcat(dst, ",");
		strcat(dst, xc_warning_name(bit));
	}
}

void xc_attempt_log(struct xc_known *known, struct xc_attempt *a)
{
	char key[KEY_TEXT] = "-", version[XC_VERSION_TEXT], best[BEST_TEXT], warnings[64];

	a->news = false;
	format_best(best, known, a->name);
	format_warnings(warnings, a->warn);
	xc_peer_version_format(version, a->version);
	if (a->version)
		xc_base64_encode(key, a->identity, XC_IDENTITY_LEN);
	xc_log(known->log, LOG_WARNING,
	       "peer name=%s domain=%s warning=%s policy=%s end=%s version=%s identity=%s known=\"%s\" message=%s hint=\"xcryptctl peers explain %s\"",
	       a->name, a->domain[0] ? a->domain : "-", warnings, xc_policy_mode_name(a->policy),
	       xc_protection_name(a->end), version, key, best, a->go ? "goes-on" : "stays-queued",
	       a->name);
}

/* In words for the queue and for the MTA's log; of a long name the end is cut. */
static void __attribute__((format(printf, 2, 3)))
say(struct xc_attempt *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(a->text, sizeof(a->text), fmt, ap);
	va_end(ap);
}

static void explain(struct xc_known *known, struct xc_attempt *a, enum xc_protection end,
		    unsigned int kept)
{
	char best[BEST_TEXT];
	const char *what;

	if (end == XC_PROTECTED_3)
		what = "showed an identity that is not pinned";
	else
		what = kept ? "did not speak XCRYPT 3, for which it is known" :
			      "did not prove an identity, which has to be pinned";
	format_best(best, known, a->name);
	say(a, "%s %s; known: %s; see xcryptctl peers explain %s", a->name, what, best, a->name);
}

/* --- an attempt --- */

void xc_attempt_begin(struct xc_attempt *attempt, enum xc_policy_mode policy, const char *host,
		      const char *domain, const struct in6_addr *addr)
{
	*attempt = (struct xc_attempt){ .policy = policy, .go = true };
	xc_peer_name(attempt->name, host, addr);
	if (!xc_peer_name_of(attempt->domain, domain))
		attempt->domain[0] = '\0';
}

/* That policy wants it encrypted and it is not is no matter of what is known. */
static bool is_of_peer(const struct xc_meeting *m)
{
	return m->policy == XC_POLICY_VERIFY || m->kept;
}

static void apply(struct xc_known *known, struct xc_attempt *a, const struct xc_meeting *m,
		  const struct xc_judgement *j)
{
	int bit;

	a->go = j->go;
	a->learn = j->learn != XC_PEER_UNKNOWN;
	for (bit = 0; bit < XC_WARNINGS; bit++)
		known->warned[bit] += j->warn >> bit & 1;
	if (!j->go && is_of_peer(m)) {
		known->refused++;
		explain(known, a, m->end, m->kept);
	} else if (!j->warn) {
		return;
	}
	a->end = m->end;
	a->warn = j->warn;
	a->news = true;
	remember(known, a, m->end, j->warn);
}

bool xc_attempt_identity(struct xc_known *known, struct xc_attempt *attempt,
			 const uint8_t identity[XC_IDENTITY_LEN], const char *version)
{
	struct xc_meeting m = { .policy = attempt->policy, .end = XC_PROTECTED_3 };
	struct xc_judgement j;

	memcpy(attempt->identity, identity, XC_IDENTITY_LEN);
	if (!xc_peer_version_parse(&attempt->version, version))
		return false;
	m.version = attempt->version;
	xc_peers_look(known->peers, attempt->name, attempt->domain, identity, xc_known_today(), &m);
	j = xc_judge(&m);
	apply(known, attempt, &m, &j);
	/* A broken end after this is another matter, unless it is we who break it off. */
	attempt->judged = !attempt->go;
	return attempt->go;
}

bool xc_attempt_is_stranger(uint32_t uid)
{
	bool is_dynamic = uid >= DYNAMIC_USER_FIRST && uid <= DYNAMIC_USER_LAST;

	return uid >= ACCOUNT_FIRST && !is_dynamic;
}

static void met(struct xc_known *known, const struct xc_attempt *a)
{
	uint16_t day = xc_known_today();

	if (a->stranger)
		return;
	xc_peers_met(known->peers, a->name, a->identity, a->version, a->learn, day);
	xc_domains_served(&known->peers->domains, a->domain, a->name, true, day);
}

/* Of one that was told of already only whether it may be sent can still change: to no. */
static void judge_end(struct xc_known *known, struct xc_attempt *a, enum xc_protection end)
{
	struct xc_meeting m = { .policy = a->policy, .end = end };
	struct xc_judgement j;

	xc_peers_look(known->peers, a->name, a->domain, NULL, xc_known_today(), &m);
	j = xc_judge(&m);
	if (a->judged) {
		a->go = a->go && j.go;
		return;
	}
	a->judged = true;
	a->version = 0;
	apply(known, a, &m, &j);
}

bool xc_attempt_end(struct xc_known *known, struct xc_attempt *attempt, enum xc_protection end)
{
	if (end == XC_PROTECTED_3) {
		met(known, attempt);
		return attempt->go;
	}
	judge_end(known, attempt, end);
	if (attempt->go && attempt->policy != XC_POLICY_OFF && !attempt->stranger)
		xc_domains_served(&known->peers->domains, attempt->domain, attempt->name, false,
				  xc_known_today());
	return attempt->go;
}
