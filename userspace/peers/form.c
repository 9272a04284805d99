// SPDX-License-Identifier: GPL-2.0
#include "form.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "identity.h"

#define KEY_TEXT	XC_BASE64_LEN(XC_IDENTITY_LEN)
#define LINE_MAX_LEN	4096	/* of eight servers of the longest names */
#define FAULTS_MAX	20	/* that are reported */
#define MESSAGE_MAX	400

static const char head[] =
	"# Known peers of xcryptd. To change them use \"xcryptctl peers\"; by hand only while xcryptd\n"
	"# does not run.\n"
	"# peer NAME HIGHEST-VERSION STATE:KNOWN-SINCE:LAST-MET:IDENTITY ...\n"
	"# domain NAME KNOWN-SINCE:LAST-MET:SERVER ...\n";

/* --- writing --- */

/* Room that grows; fails once and for all. */
struct text {
	char *at;
	size_t len;
	size_t room;
	bool failed;
};

static void add(struct text *t, const char *src, size_t len)
{
	size_t room = t->room;
	char *more;

	while (room - t->len < len)
		room *= 2;
	if (room != t->room) {
		more = realloc(t->at, room);
		t->failed = !more;
		if (t->failed)
			return;
		t->at = more;
		t->room = room;
	}
	memcpy(t->at + t->len, src, len);
	t->len += len;
}

static void put(struct text *t, const char *src)
{
	if (!t->failed)
		add(t, src, strlen(src));
}

/* A thousand names were met on the same few days. */
static void put_day(struct text *t, uint16_t day)
{
	static struct { uint16_t day; char text[XC_DAY_TEXT]; } last;

	if (last.day != day || !last.text[0]) {
		last.day = day;
		xc_day_format(last.text, day);
	}
	put(t, last.text);
}

static void put_met(struct text *t, const struct xc_met *met)
{
	char key[KEY_TEXT + 1];

	put(t, xc_peer_state_name(met->state));
	put(t, ":");
	put_day(t, met->since);
	put(t, ":");
	put_day(t, met->last);
	put(t, ":");
	xc_base64_encode(key, met->identity, XC_IDENTITY_LEN);
	put(t, key);
}

static void put_peer(struct text *t, const struct xc_peer *peer)
{
	char version[XC_VERSION_TEXT];
	unsigned int i;

	xc_peer_version_format(version, peer->version);
	put(t, "peer ");
	put(t, peer->name);
	put(t, " ");
	put(t, version);
	for (i = 0; i < peer->count; i++) {
		put(t, " ");
		put_met(t, &peer->met[i]);
	}
	put(t, "\n");
}

static void put_domain(struct text *t, const struct xc_domain *domain)
{
	unsigned int i;

	put(t, "domain ");
	put(t, domain->name);
	for (i = 0; i < domain->count; i++) {
		put(t, " ");
		put_day(t, domain->server[i].since);
		put(t, ":");
		put_day(t, domain->server[i].last);
		put(t, ":");
		put(t, domain->server[i].name);
	}
	put(t, "\n");
}

static void put_peers(struct text *t, const struct xc_peers *peers, uint32_t number)
{
	struct xc_peer peer;

	for (; xc_peers_at(peers, number, &peer); number = peers->names.link[number].next)
		put_peer(t, &peer);
}

char *xc_peers_write(const struct xc_peers *peers, size_t *len)
{
	const struct xc_table *domains = &peers->domains.table;
	struct text t = { .room = sizeof(head) + 128 * (peers->names.count + domains->count) };
	struct xc_domain domain;
	uint32_t i;

	t.at = malloc(t.room);
	t.failed = !t.at;
	put(&t, head);
	put_peers(&t, peers, peers->names.held.first);
	put_peers(&t, peers, peers->names.order.first);
	for (i = domains->order.first; xc_domains_at(&peers->domains, i, &domain);
	     i = domains->link[i].next)
		put_domain(&t, &domain);
	if (t.failed) {
		free(t.at);
		return NULL;
	}
	*len = t.len;
	return t.at;
}

void xc_met_format(char dst[XC_MET_TEXT], const struct xc_met *met)
{
	char text[2 * XC_MET_TEXT] = "";
	struct text t = { .at = text, .room = sizeof(text) };

	put_met(&t, met);
	memcpy(dst, text, t.len);
	dst[t.len] = '\0';
}

/* --- reading --- */

struct reader {
	struct xc_peers *peers;
	const char *name;
	unsigned int line;
	unsigned int faults;
	bool no_memory;
	xc_peers_report report;
	void *ctx;
};

static void __attribute__((format(printf, 2, 3)))
fault(struct reader *r, const char *fmt, ...)
{
	char message[MESSAGE_MAX];
	int n = snprintf(message, sizeof(message), "%s:%u: ", r->name, r->line);
	va_list ap;

	if (r->faults++ >= FAULTS_MAX || n < 0 || n >= (int)sizeof(message))
		return;
	va_start(ap, fmt);
	vsnprintf(message + n, sizeof(message) - n, fmt, ap);
	va_end(ap);
	r->report(r->ctx, message);
}

/* The next word of a line, which it is cut from; words are parted by single spaces. NULL: none. */
static char *next_word(char **line)
{
	char *word = *line;
	char *space = word ? strchr(word, ' ') : NULL;

	if (space)
		*space++ = '\0';
	*line = space;
	return word;
}

/* Cut what stands before the next colon. NULL: there is none. */
static char *next_part(char **word)
{
	char *part = *word;
	char *colon = strchr(part, ':');

	if (!colon)
		return NULL;
	*colon = '\0';
	*word = colon + 1;
	return part;
}

/* A name in the one form that it has here. */
static bool is_name(const char *text)
{
	char name[XC_PEER_NAME];

	return xc_peer_name_of(name, text) && !strcmp(name, text);
}

static bool read_days(char **word, uint16_t *since, uint16_t *last)
{
	char *a = next_part(word), *b = a ? next_part(word) : NULL;

	return b && xc_day_parse(since, a) && xc_day_parse(last, b) && *since &&
	       (!*last || *since <= *last);
}

static bool state_of(const char *text, uint8_t *state)
{
	for (*state = XC_PEER_UNCONFIRMED; *state <= XC_PEER_PINNED; ++*state) {
		if (!strcmp(text, xc_peer_state_name(*state)))
			return true;
	}
	return false;
}

bool xc_peer_identity_of(uint8_t identity[XC_IDENTITY_LEN], const char *text)
{
	return !xc_base64_decode(identity, XC_IDENTITY_LEN, text, strlen(text)) &&
	       xc_identity_usable(identity);
}

/* NULL, or what is wrong. */
static const char *read_met(char *word, struct xc_met *met)
{
	char *state = next_part(&word);

	if (!state || !state_of(state, &met->state))
		return "the state must be pinned, first or unconfirmed, as in pinned:2026-11-26:-:IDENTITY";
	if (!read_days(&word, &met->since, &met->last))
		return "the days must be as in 2026-11-26:2026-11-27, the first not behind the last, which may be \"-\"";
	if (!met->last && met->state != XC_PEER_PINNED)
		return "only what is pinned may never have been met";
	if (!xc_peer_identity_of(met->identity, word))
		return "the identity must be 44 characters of base64 of an Ed25519 public key";
	return NULL;
}

static bool has_twice(const struct xc_met *met, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (!memcmp(met[i].identity, met[count].identity, XC_IDENTITY_LEN))
			return true;
	}
	return false;
}

static void keep(struct reader *r, const char *name, int err)
{
	if (err == -EEXIST)
		fault(r, "\"%s\" stands on an earlier line already; remove one", name);
	else if (err == -ENOSPC)
		fault(r, "more names with pins than \"peers-size\" of the configuration; raise it");
	else if (err)
		r->no_memory = true;
}

static void read_peer(struct reader *r, char *line)
{
	struct xc_met met[XC_PEER_IDENTITIES];
	struct xc_peer peer = { .met = met };
	char *name = next_word(&line), *version = next_word(&line), *word;
	const char *wrong;

	if (!name || !is_name(name))
		fault(r, "a peer's name must be a host name in lower case, or an address");
	else if (!version || !xc_peer_version_parse(&peer.version, version))
		fault(r, "behind the name there must be a version, as in 3.1, or \"-\"");
	else if (!line)
		fault(r, "a peer without an identity; remove the line");
	else
		peer.name = name;
	while (peer.name && (word = next_word(&line))) {
		if (peer.count == XC_PEER_IDENTITIES) {
			fault(r, "more than %d identities", XC_PEER_IDENTITIES);
			return;
		}
		wrong = read_met(word, &met[peer.count]);
		if (!wrong && has_twice(met, peer.count))
			wrong = "an identity stands there twice";
		if (wrong) {
			fault(r, "%s", wrong);
			return;
		}
		peer.count++;
	}
	if (peer.count)
		keep(r, peer.name, xc_peers_put(r->peers, &peer));
}

static void read_domain(struct reader *r, char *line)
{
	struct xc_server server[XC_DOMAIN_SERVERS];
	struct xc_domain domain = { .server = server };
	char *name = next_word(&line), *word;

	if (!name || !is_name(name)) {
		fault(r, "a domain's name must be in lower case");
		return;
	}
	domain.name = name;
	while ((word = next_word(&line))) {
		struct xc_server *s = &server[domain.count];

		if (domain.count == XC_DOMAIN_SERVERS) {
			fault(r, "more than %d servers", XC_DOMAIN_SERVERS);
			return;
		}
		if (!read_days(&word, &s->since, &s->last) || !s->last || !is_name(word)) {
			fault(r, "a server must be as in 2026-11-26:2026-11-27:mx.example.org");
			return;
		}
		s->name = word;
		domain.count++;
	}
	if (domain.count)
		keep(r, domain.name, xc_domains_put(&r->peers->domains, &domain));
	else
		fault(r, "a domain without a server; remove the line");
}

/* line is text of its own, without its end. */
static void read_line(struct reader *r, char *line)
{
	char *word;

	if (!line[0] || line[0] == '#')
		return;
	word = next_word(&line);
	if (!strcmp(word, "peer"))
		read_peer(r, line);
	else if (!strcmp(word, "domain"))
		read_domain(r, line);
	else
		fault(r, "a line must begin with \"peer \", \"domain \" or \"#\"");
}

int xc_peers_read(struct xc_peers *peers, const char *name, const char *text, size_t len,
		  xc_peers_report report, void *ctx)
{
	struct reader r = { .peers = peers, .name = name, .report = report, .ctx = ctx };
	const char *end = text + len, *lf;
	char line[LINE_MAX_LEN];

	for (; text < end && !r.no_memory; text = lf + 1) {
		r.line++;
		lf = memchr(text, '\n', end - text);
		if (!lf) {
			fault(&r, "the last line has no end: the file may have been cut");
			break;
		}
		if ((size_t)(lf - text) >= sizeof(line) || memchr(text, '\0', lf - text)) {
			fault(&r, "the line is too long, or has a NUL");
			continue;
		}
		memcpy(line, text, lf - text);
		line[lf - text] = '\0';
		read_line(&r, line);
	}
	/* What was dropped for want of room has to leave the file, too. */
	if (r.no_memory)
		return -ENOMEM;
	return r.faults ? -EBADMSG : 0;
}
