// SPDX-License-Identifier: GPL-2.0
/* identity, peers: who we are, whom we met. The daemon's lines are in xcryptd/peeranswer.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "ctl.h"
#include "escape.h"

#define COMMAND_MAX	512	/* octets, as the daemon takes them */
#define PARTS		4	/* of an identity: state, since, last met, key */

/* What is to be printed once all of it is understood. */
static FILE *out;
static char *text;
static size_t text_len;

static int output_begin(void)
{
	out = open_memstream(&text, &text_len);
	return out ? EX_OK : EX_OSERR;
}

static int output_end(int status)
{
	if (fclose(out))
		status = EX_OSERR;
	if (!status)
		fputs(text, stdout);
	free(text);
	return status;
}

static int not_understood(const char *line)
{
	fprintf(stderr, "xcryptctl: xcryptd's \"%.80s\" is not understood: it is of another release\n",
		line);
	return EX_PROTOCOL;
}

/* "A:B:C:REST" into n parts. False: there are fewer. */
static int cut(char *word, char *part[], int n)
{
	int i;

	for (i = 0; i < n - 1; i++) {
		part[i] = strsep(&word, ":");
		if (!word)
			return 0;
	}
	part[i] = word;
	return 1;
}

static void print_member(const char *before, const char *name, const char *value)
{
	fprintf(out, "%s\"%s\": ", before, name);
	if (strcmp(value, "-"))
		escape_json(out, value);
	else
		fputs("null", out);
}

/* --- what is kept of a name, or of a domain --- */

/* "STATE:SINCE:LAST:KEY", or "SINCE:LAST:SERVER" of a domain. */
static int json_item(char *word, int first, int domain)
{
	char *part[PARTS];
	int n = domain ? PARTS - 1 : PARTS;

	if (!cut(word, part, n))
		return 0;
	fputs(first ? "{" : ", {", out);
	if (!domain)
		print_member("", "state", part[0]);
	print_member(domain ? "" : ", ", domain ? "name" : "identity", part[n - 1]);
	print_member(", ", "since", part[n - 3]);
	print_member(", ", "last_met", part[n - 2]);
	fputs("}", out);
	return 1;
}

static int json_items(char *line, int domain)
{
	const char *name = domain ? "servers" : "identities";
	char *word;
	int first = 1;

	fprintf(out, ", \"%s\": [", name);
	while ((word = strsep(&line, " "))) {
		if (!json_item(word, first, domain))
			return 0;
		first = 0;
	}
	fputs("]", out);
	return 1;
}

/* "NAME VERSION ITEM ...", or "NAME ITEM ..." of a domain; the object is left open. */
static int json_row(char *line, int domain)
{
	char *name = strsep(&line, " "), *version = domain ? NULL : strsep(&line, " ");

	if (!line)
		return 0;
	print_member("{", "name", name);
	if (version)
		print_member(", ", "version", version);
	return json_items(line, domain);
}

static int table_row(char *line, int domain)
{
	char *name = strsep(&line, " "), *version = domain ? "-" : strsep(&line, " ");
	char *part[PARTS], *word;
	int at = domain ? 0 : 1;

	if (!line)
		return 0;
	while ((word = strsep(&line, " "))) {
		if (!cut(word, part, at + 3))
			return 0;
		fprintf(out, "%-32s %-7s %-11s %-10s %-10s %s\n", name, version,
		       domain ? "server" : part[0], part[at], part[at + 1], part[at + 2]);
	}
	return 1;
}

/* --- list --- */

static int is_domain(char **line)
{
	if (strncmp(*line, "domain ", 7))
		return 0;
	*line += 7;
	return 1;
}

static int is_peer(char **line)
{
	if (strncmp(*line, "peer ", 5))
		return 0;
	*line += 5;
	return 1;
}

static int list_table(char *answer)
{
	int rows = 0, domain;
	char *line;

	while ((line = client_line(&answer))) {
		if (!rows++)
			fprintf(out, "%-32s %-7s %-11s %-10s %-10s %s\n", "NAME OR DOMAIN", "VERSION",
			       "STATE", "SINCE", "LAST MET", "IDENTITY OR SERVER");
		domain = is_domain(&line);
		if ((!domain && !is_peer(&line)) || !table_row(line, domain))
			return not_understood(line);
	}
	if (!rows)
		fputs("no server was met in XCRYPT 3, and none is pinned\n", out);
	return EX_OK;
}

/* Domains come behind the names. */
static int list_json(char *answer)
{
	int in_domains = 0, rows = 0;
	char *line;

	fputs("{\"peers\": [", out);
	while ((line = client_line(&answer))) {
		int domain = is_domain(&line);

		if (domain && !in_domains) {
			fputs("\n], \"domains\": [", out);
			rows = 0;
		}
		in_domains |= domain;
		fputs(rows++ ? ",\n  " : "\n  ", out);
		if ((!domain && !is_peer(&line)) || !json_row(line, domain))
			return not_understood(line);
		fputs("}", out);
	}
	fputs(in_domains ? "\n]}\n" : "\n], \"domains\": []}\n", out);
	return EX_OK;
}

int ctl_peers(const char *socket, enum ctl_format format)
{
	char *answer;
	int status = client_must(socket, "peers list", &answer);

	if (!status)
		status = output_begin();
	if (!status)
		status = output_end(format == CTL_JSON ? list_json(answer) : list_table(answer));
	free(answer);
	return status;
}

/* --- explain --- */

/* "SECONDS WARNINGS sent|queued POLICY END VERSION KEY DOMAIN" */
struct incident {
	char when[32];
	char *warnings, *message, *policy, *end, *version, *key, *domain;
};

static int read_incident(struct incident *one, char *line)
{
	char **word[] = { &one->warnings, &one->message, &one->policy, &one->end, &one->version,
			  &one->key, &one->domain };
	time_t when = strtoll(strsep(&line, " "), NULL, 10);
	struct tm tm;
	size_t i;

	for (i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		*word[i] = strsep(&line, " ");
		if (!*word[i])
			return 0;
	}
	return gmtime_r(&when, &tm) && strftime(one->when, sizeof(one->when), "%FT%TZ", &tm);
}

static int warns(const struct incident *one, const char *kind)
{
	return strstr(one->warnings, kind) != NULL;
}

/* What happened, and what to type if that is as it should be. */
static void print_incident(const char *name, const struct incident *one)
{
	fprintf(out, "At %s, policy %s", one->when, one->policy);
	if (strcmp(one->domain, "-"))
		fprintf(out, ", mail for %s", one->domain);
	fputs(":\n", out);
	if (strcmp(one->key, "-"))
		fprintf(out, "  it showed the identity %s in XCRYPT %s\n", one->key, one->version);
	else
		fprintf(out, "  it was not met in XCRYPT 3: the session was %s\n",
		       strcmp(one->end, "clear") ? one->end : "in the clear, or did not come about");
	if (warns(one, "identity"))
		fputs("  which is another than those known\n", out);
	if (warns(one, "version"))
		fputs("  which is an older version than before\n", out);
	if (warns(one, "domain"))
		fputs("  and it never served that domain before\n", out);
	fprintf(out, "  the message %s\n", strcmp(one->message, "sent") ? "stays in the queue" : "went on");
	if (strcmp(one->key, "-")) {
		fputs("Compare that identity with what \"xcryptctl identity\" says on that host. If it is right:\n",
		      out);
		fprintf(out, "  xcryptctl peers pin %s %s\n", name, one->key);
	} else {
		fputs("If that server no longer has XCRYPT 3:\n", out);
		fprintf(out, "  xcryptctl peers forget %s\n", name);
	}
}

static void print_identities(char *line)
{
	char *version, *word, *part[PARTS];

	strsep(&line, " ");
	version = strsep(&line, " ");
	fprintf(out, "Known identities, the highest version met being %s:\n", version);
	while ((word = strsep(&line, " "))) {
		if (!cut(word, part, PARTS))
			continue;
		fprintf(out, "  %-11s %s since %s, ", part[0], part[3], part[1]);
		fprintf(out, strcmp(part[2], "-") ? "last met %s\n" : "never met\n", part[2]);
	}
}

static void explain_text(const char *name, const char *policy, char *peer,
			 const struct incident *one)
{
	fprintf(out, "%s: policy %s by its name\n", name, policy);
	if (peer)
		print_identities(peer);
	else
		fputs("No identity is known.\n", out);
	if (one)
		print_incident(name, one);
	else
		fputs("Nothing went wrong of late.\n", out);
}

static void json_incident(const struct incident *one)
{
	print_member("{", "when", one->when);
	print_member(", ", "warnings", one->warnings);
	print_member(", ", "message", one->message);
	print_member(", ", "policy", one->policy);
	print_member(", ", "end", one->end);
	print_member(", ", "version", one->version);
	print_member(", ", "identity", one->key);
	print_member(", ", "domain", one->domain);
	fputs("}", out);
}

static int explain_json(const char *name, const char *policy, char *peer,
			const struct incident *one)
{
	if (peer) {
		if (!json_row(peer, 0))
			return not_understood(peer);
	} else {
		print_member("{", "name", name);
		fputs(", \"version\": null, \"identities\": []", out);
	}
	print_member(", ", "policy", policy);
	fputs(", \"incident\": ", out);
	if (one)
		json_incident(one);
	else
		fputs("null", out);
	fputs("}\n", out);
	return EX_OK;
}

static int peers_explain(const char *name, char *answer, enum ctl_format format)
{
	char *line, *policy = "-", *peer = NULL;
	struct incident incident, *one = NULL;

	while ((line = client_line(&answer))) {
		if (is_peer(&line))
			peer = line;
		else if (!strncmp(line, "policy ", 7))
			policy = line + 7;
		else if (!strncmp(line, "incident ", 9) && read_incident(&incident, line + 9))
			one = &incident;
		else
			return not_understood(line);
	}
	if (format == CTL_JSON)
		return explain_json(name, policy, peer, one);
	explain_text(name, policy, peer, one);
	return EX_OK;
}

/* --- commands with a name --- */

/* A word goes into a line of words. */
static int good_word(const char *word)
{
	return word[0] && !word[strcspn(word, " \t\r\n")];
}

int ctl_peers_named(const char *socket, enum ctl_format format, const char *verb, const char *name,
		    const char *identity)
{
	char command[COMMAND_MAX], *answer;
	int status;

	if (!good_word(name) || (identity && !good_word(identity)) ||
	    snprintf(command, sizeof(command), "peers %s %s%s%s", verb, name, identity ? " " : "",
		     identity ? identity : "") >= COMMAND_MAX - 1) {
		fprintf(stderr, "xcryptctl: a name or an identity has no spaces and is not that long\n");
		return EX_USAGE;
	}
	status = client_must(socket, command, &answer);
	if (!status && !strcmp(verb, "explain")) {
		status = output_begin();
		if (!status)
			status = output_end(peers_explain(name, answer, format));
	}
	free(answer);
	return status;
}

/* --- identity --- */

static int print_identity(char *answer, enum ctl_format format)
{
	char *line, *identity = NULL, *file = NULL;

	while ((line = client_line(&answer))) {
		if (!strncmp(line, "identity ", 9))
			identity = line + 9;
		else if (!strncmp(line, "file ", 5))
			file = line + 5;
	}
	if (!identity || !file)
		return not_understood("identity");
	if (format == CTL_JSON) {
		print_member("{", "identity", identity);
		print_member(", ", "file", file);
		fputs("}\n", out);
		return EX_OK;
	}
	fprintf(out, "%s\n", identity);
	if (!strcmp(file, "-"))
		fputs("xcryptctl: it is in memory alone, and another one after the next start: see xcryptd's log\n",
		      stderr);
	return EX_OK;
}

int ctl_identity(const char *socket, enum ctl_format format)
{
	char *answer;
	int status = client_must(socket, "identity", &answer);

	if (!status)
		status = output_begin();
	if (!status)
		status = output_end(print_identity(answer, format));
	free(answer);
	return status;
}
