// SPDX-License-Identifier: GPL-2.0
#include "peeranswer.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/base64.h"
#include "peers/form.h"
#include "state.h"

#define PART		256	/* lines of one part */
#define LOOKS		8192	/* places that may be empty, looked at for one part */
#define WORDS		4	/* of a line, at most */
#define KEY_TEXT	(XC_BASE64_LEN(XC_IDENTITY_LEN) + 1)

/* A line's words; those that are not there are NULL. */
struct words {
	char text[XC_REQUEST_MAX];
	int n;
	const char *word[WORDS + 1];
};

static void split(struct words *w, const char *line)
{
	char *save, *word;

	*w = (struct words){ 0 };
	snprintf(w->text, sizeof(w->text), "%s", line);
	for (word = strtok_r(w->text, " ", &save); word && w->n <= WORDS;
	     word = strtok_r(NULL, " ", &save))
		w->word[w->n++] = word;
}

/* --- our identity --- */

static void print_key(FILE *to, const uint8_t *key)
{
	char text[KEY_TEXT];

	xc_base64_encode(text, key, XC_IDENTITY_LEN);
	fputs(text, to);
}

static bool tell_identity(FILE *to, struct xc_daemon *d, struct xc_answer *at)
{
	(void)at;
	fputs("identity ", to);
	print_key(to, xc_identity_public(d->known.identity));
	fprintf(to, "\nfile %s\n", d->known.kept ? d->known.options.identity : "-");
	return false;
}

/* What others were told, and what was signed for them, is of the old one. */
static void replace_identity(FILE *to, struct xc_daemon *d)
{
	int err = xc_known_replace(&d->known);

	if (err) {
		fprintf(to, "error disk nothing was changed: %s\n", strerror(-err));
		return;
	}
	d->env.identity = d->known.identity;
	xc_keyring_forget_identity(d->env.ring);
	fputs("ok\n", to);
}

/* --- listing --- */

static void print_peer(FILE *to, const struct xc_peer *peer)
{
	char version[XC_VERSION_TEXT], met[XC_MET_TEXT];
	unsigned int i;

	xc_peer_version_format(version, peer->version);
	fprintf(to, "peer %s %s", peer->name, version);
	for (i = 0; i < peer->count; i++) {
		xc_met_format(met, &peer->met[i]);
		fprintf(to, " %s", met);
	}
	fputc('\n', to);
}

static void print_domain(FILE *to, const struct xc_domain *domain)
{
	char since[XC_DAY_TEXT], last[XC_DAY_TEXT];
	unsigned int i;

	fprintf(to, "domain %s", domain->name);
	for (i = 0; i < domain->count; i++) {
		xc_day_format(since, domain->server[i].since);
		xc_day_format(last, domain->server[i].last);
		fprintf(to, " %s:%s:%s", since, last, domain->server[i].name);
	}
	fputc('\n', to);
}

/* Names, then domains; at->entry is the place of both. */
static bool tell_peers(FILE *to, struct xc_daemon *d, struct xc_answer *at)
{
	const struct xc_peers *peers = d->known.peers;
	unsigned int lines = 0, looks, size = peers->names.size;
	struct xc_domain domain;
	struct xc_peer peer;

	for (looks = 0; looks < LOOKS && lines < PART && at->entry < 2 * size; looks++, at->entry++) {
		if (at->entry < size && xc_peers_at(peers, at->entry, &peer)) {
			print_peer(to, &peer);
			lines++;
		} else if (at->entry >= size &&
			   xc_domains_at(&peers->domains, at->entry - size, &domain)) {
			print_domain(to, &domain);
			lines++;
		}
	}
	return at->entry < 2 * size;
}

/* --- one name --- */

static void print_warnings(FILE *to, unsigned int warn)
{
	const char *comma = "";
	int bit;

	for (bit = 0; bit < XC_WARNINGS; bit++) {
		if (!(warn & 1u << bit))
			continue;
		fprintf(to, "%s%s", comma, xc_warning_name(bit));
		comma = ",";
	}
	fputs(warn ? "" : "none", to);
}

static void print_incident(FILE *to, const struct xc_incident *one)
{
	char version[XC_VERSION_TEXT];

	xc_peer_version_format(version, one->version);
	fprintf(to, "incident %lld ", (long long)one->when);
	print_warnings(to, one->warn);
	fprintf(to, " %s %s %s %s ", one->go ? "sent" : "queued", xc_policy_mode_name(one->policy),
		xc_protection_name(one->end), version);
	if (one->version)
		print_key(to, one->identity);
	else
		fputs("-", to);
	fprintf(to, " %s\n", one->domain[0] ? one->domain : "-");
}

/* By the name alone, unless it is an address. */
static enum xc_policy_mode policy_of(const struct xc_daemon *d, const char *name)
{
	struct xc_net net;
	const struct xc_destination to = { &net.addr, name, "" };

	if (xc_addr_parse(&net, name))
		memset(&net, 0, sizeof(net));
	return xc_policy_find(&d->config->policy, &to, XC_POLICY_OFF);
}

static void explain(FILE *to, struct xc_daemon *d, const char *name)
{
	const struct xc_incident *incident = xc_known_incident(&d->known, name);
	struct xc_peer peer;

	fprintf(to, "ok\npolicy %s\n", xc_policy_mode_name(policy_of(d, name)));
	if (xc_peers_find(d->known.peers, name, xc_known_today(), &peer))
		print_peer(to, &peer);
	if (incident)
		print_incident(to, incident);
}

/* --- what changes something --- */

/* It is done; now on disk, too. */
static void save(FILE *to, struct xc_daemon *d)
{
	int err;

	xc_saver_wait(&d->saver);
	err = xc_peers_file_sync(&d->known.file, d->known.peers);
	if (err)
		fprintf(to, "error disk done in memory but not on disk: %s\n", strerror(-err));
	else
		fputs("ok\n", to);
}

static void pin(FILE *to, struct xc_daemon *d, const char *name, const uint8_t *key)
{
	int err = xc_peers_pin(d->known.peers, name, key, xc_known_today());

	if (err == -EDQUOT)
		fprintf(to, "error full %d identities of %s are pinned; forget one first\n",
			XC_PEER_IDENTITIES, name);
	else if (err == -ENOSPC)
		fprintf(to, "error full all %u names have pins; raise peers-size, or forget one first\n",
			d->known.peers->names.size);
	else if (err)
		fprintf(to, "error memory %s\n", strerror(-err));
	else
		save(to, d);
}

/* The only unconfirmed identity of a name. NULL: there is none, or *several. */
static const struct xc_met *only_unconfirmed(const struct xc_peer *peer, bool *several)
{
	const struct xc_met *only = NULL;
	unsigned int i;

	for (i = 0; i < peer->count; i++) {
		if (peer->met[i].state != XC_PEER_UNCONFIRMED)
			continue;
		*several = only;
		only = &peer->met[i];
	}
	return *several ? NULL : only;
}

static const struct xc_met *met_of(const struct xc_peer *peer, const uint8_t *key)
{
	unsigned int i;

	for (i = 0; i < peer->count; i++) {
		if (!memcmp(peer->met[i].identity, key, XC_IDENTITY_LEN))
			return &peer->met[i];
	}
	return NULL;
}

static void confirm(FILE *to, struct xc_daemon *d, const char *name, const uint8_t *key)
{
	const struct xc_met *met = NULL;
	uint8_t identity[XC_IDENTITY_LEN];
	bool several = false;
	struct xc_peer peer;

	if (xc_peers_find(d->known.peers, name, xc_known_today(), &peer))
		met = key ? met_of(&peer, key) : only_unconfirmed(&peer, &several);
	if (several) {
		fprintf(to, "error several %s has more than one unconfirmed identity; name the one that is right\n",
			name);
	} else if (!met) {
		fprintf(to, "error none %s has no such identity that is to be confirmed\n", name);
	} else {
		memcpy(identity, met->identity, sizeof(identity));
		pin(to, d, name, identity);
	}
}

static void forget(FILE *to, struct xc_daemon *d, const char *name, const uint8_t *key)
{
	if (xc_peers_forget(d->known.peers, name, key))
		fprintf(to, "error none nothing like that is known of %s\n", name);
	else
		save(to, d);
}

static void forget_domain(FILE *to, struct xc_daemon *d, const char *domain)
{
	if (xc_domains_forget(&d->known.peers->domains, domain))
		fprintf(to, "error none the domain %s is not known\n", domain);
	else
		save(to, d);
}

/* --- lines --- */

typedef void (*named_command)(FILE *to, struct xc_daemon *d, const char *name, const uint8_t *key);

static void explain_named(FILE *to, struct xc_daemon *d, const char *name, const uint8_t *key)
{
	(void)key;
	explain(to, d, name);
}

/* Those with a name: whether a key may stand behind it, and has to. */
static const struct {
	const char *verb;
	named_command run;
	bool may_key, must_key, changes;
} named[] = {
	{ "explain", explain_named, false, false, false },
	{ "pin", pin, true, true, true },
	{ "confirm", confirm, true, false, true },
	{ "forget", forget, true, false, true },
};

static void log_command(const struct xc_daemon *d, const char *line, uid_t uid)
{
	char plain[XC_LOG_PEER_MAX + 1];

	xc_log_escape(plain, line, strlen(line));
	xc_log(&d->log, LOG_NOTICE, "control command=\"%s\" uid=%u", plain, uid);
}

static void run_named(FILE *to, struct xc_daemon *d, const struct words *w, int which)
{
	const char *typed = w->word[2], *key_typed = w->word[3];
	uint8_t key[XC_IDENTITY_LEN];
	char name[XC_PEER_NAME];
	bool domain = named[which].run == forget && typed[0] == '@';

	if (!xc_peer_name_of(name, typed + domain))
		fputs("error argument that is neither a host name nor an address\n", to);
	else if (key_typed && !xc_peer_identity_of(key, key_typed))
		fputs("error argument that is no identity, which has 44 characters of base64: see xcryptctl identity on that host\n",
		      to);
	else if (domain)
		forget_domain(to, d, name);
	else
		named[which].run(to, d, name, key_typed ? key : NULL);
}

static int which_named(const struct words *w)
{
	int n = sizeof(named) / sizeof(named[0]), i;

	for (i = 0; i < n; i++) {
		if (!strcmp(w->word[1], named[i].verb) && w->n >= 3 + named[i].must_key &&
		    w->n <= 3 + named[i].may_key)
			return i;
	}
	return -1;
}

static bool begin_peers(FILE *to, struct xc_daemon *d, struct xc_answer *at, const char *line,
			const struct words *w, uid_t uid)
{
	int which;

	if (w->n == 2 && !strcmp(w->word[1], "list")) {
		fputs("ok\n", to);
		at->part = tell_peers;
		return true;
	}
	which = w->n >= 2 ? which_named(w) : -1;
	if (which < 0)
		return false;
	if (named[which].changes)
		log_command(d, line, uid);
	run_named(to, d, w, which);
	return true;
}

bool xc_peeranswer_begin(FILE *to, struct xc_daemon *d, struct xc_answer *at, const char *line,
			 uid_t uid)
{
	struct words w;

	split(&w, line);
	if (w.n && !strcmp(w.word[0], "peers"))
		return begin_peers(to, d, at, line, &w, uid);
	if (!strcmp(line, "identity")) {
		fputs("ok\n", to);
		at->part = tell_identity;
	} else if (!strcmp(line, "identity replace")) {
		log_command(d, line, uid);
		replace_identity(to, d);
	} else {
		return false;
	}
	return true;
}

/* --- counters --- */

static void line_of(FILE *to, const char *name, uint64_t value)
{
	fprintf(to, "%s %" PRIu64 "\n", name, value);
}

void xc_peeranswer_stats(FILE *to, const struct xc_daemon *d)
{
	const struct xc_known *known = &d->known;
	const struct xc_peers_stats *s = &known->peers->stats;
	int i;

	for (i = 0; i < XC_WARNINGS; i++)
		fprintf(to, "peers_warnings_total{kind=\"%s\"} %" PRIu64 "\n", xc_warning_name(i),
			known->warned[i]);
	line_of(to, "peers_refused_total", known->refused);
	line_of(to, "peers_learned_total", s->learned);
	line_of(to, "peers_forgotten_total", s->forgotten);
	line_of(to, "peers_displaced_total", s->displaced);
	line_of(to, "peers_not_learned_total", s->not_learned + known->peers->domains.not_learned);
	line_of(to, "peers_names", known->peers->names.count);
	line_of(to, "peers_domains", known->peers->domains.table.count);
	line_of(to, "peers_room", known->peers->names.size);
	for (i = XC_PEER_UNCONFIRMED; i <= XC_PEER_PINNED; i++)
		fprintf(to, "peers_identities{state=\"%s\"} %u\n", xc_peer_state_name(i),
			s->identities[i]);
	line_of(to, "peers_in_file", known->file.file.fd >= 0);
	line_of(to, "peers_write_failed", known->file.error != 0);
	line_of(to, "identity_in_file", known->kept);
}
