// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "ctl.h"
#include "diag.h"
#include "escape.h"

#define HEX	(2 * XCRYPT_SESSION_LEN + 1)

/* What the daemon knows and the kernel does not. */
struct known {
	char session[HEX];
	char suite[XCRYPT_SUITE_MAX];
	char age[24];
};

struct listing {
	FILE *to;
	enum ctl_format format;
	struct known *known;
	size_t count;
	unsigned int printed;
};

static int add(struct listing *list, const struct known *one)
{
	struct known *more = reallocarray(list->known, list->count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	list->known = more;
	list->known[list->count++] = *one;
	return 0;
}

/* Without a daemon the sockets are listed all the same. */
static void sessions_learn(struct listing *list, const char *socket)
{
	char why[CLIENT_WHY], *answer, *at, *line;
	struct known one;

	if (client_ask(socket, "recent", &answer, why)) {
		fprintf(stderr, "xcryptctl: neither suites nor ages are known: %s\n", why);
		return;
	}
	at = answer;
	while ((line = client_line(&at))) {
		if (sscanf(line, "%32s %23s %23s", one.session, one.suite, one.age) == 3 &&
		    add(list, &one))
			break;
	}
	free(answer);
}

static const struct known *find_known(const struct listing *list, const char *session)
{
	static const struct known unknown = { "", "-", "-" };
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (!strcmp(list->known[i].session, session))
			return &list->known[i];
	}
	return &unknown;
}

static void hex(char dst[HEX], const uint8_t *session)
{
	int i;

	for (i = 0; i < XCRYPT_SESSION_LEN; i++)
		sprintf(dst + 2 * i, "%02x", session[i]);
}

/* The kernel's end of a direction: EBADF after the last close, else docs/errors.md. */
static const char *remark(const struct diag_session *s)
{
	uint32_t error = s->tx.error ? s->tx.error : s->rx.error;

	if (error == EBADF)
		return " (closed, what was sent is still on its way)";
	return error ? " (dead: see docs/errors.md)" : "";
}

static void print_table(struct listing *list, const struct diag_session *s, const char *id,
			const struct known *known)
{
	if (!list->printed)
		fprintf(list->to, "%-28s %-28s %-14s %-10s %8s %12s %12s %s\n", "LOCAL", "PEER",
			"SUITE", "CIPHER", "AGE", "SENT", "RECEIVED", "ID");
	fprintf(list->to, "%-28s %-28s %-14s %-10s %8s %12" PRIu64 " %12" PRIu64 " %.8s%s\n",
		s->local, s->peer, known->suite, s->tx.keyed ? s->tx.cipher : s->rx.cipher,
		known->age, s->tx.octets, s->rx.octets, id, remark(s));
}

static void print_member(FILE *to, const char *name, const char *text)
{
	fprintf(to, "\"%s\": ", name);
	escape_json(to, text);
	fputs(", ", to);
}

/* Whole seconds; JSON has no other word for what is not known. */
static const char *number_or_null(const char *text)
{
	return text[0] && strspn(text, "0123456789") == strlen(text) ? text : "null";
}

static void print_json(struct listing *list, const struct diag_session *s, const char *id,
		       const struct known *known)
{
	FILE *to = list->to;

	fprintf(to, "%s\n  {", list->printed ? "," : "");
	print_member(to, "local", s->local);
	print_member(to, "peer", s->peer);
	print_member(to, "suite", known->suite);
	print_member(to, "cipher", s->tx.keyed ? s->tx.cipher : s->rx.cipher);
	fprintf(to, "\"age\": %s, \"sent\": %" PRIu64 ", \"received\": %" PRIu64 ", ",
		number_or_null(known->age), s->tx.octets, s->rx.octets);
	print_member(to, "id", id);
	fprintf(to, "\"error\": %u}", s->tx.error ? s->tx.error : s->rx.error);
}

static void print_session(void *ctx, const struct diag_session *s)
{
	struct listing *list = ctx;
	const struct known *known;
	char id[HEX];

	hex(id, s->tx.keyed ? s->tx.session : s->rx.session);
	known = find_known(list, id);
	if (list->format == CTL_JSON)
		print_json(list, s, id, known);
	else
		print_table(list, s, id, known);
	list->printed++;
}

static int print_all(struct listing *list)
{
	int err;

	if (list->format == CTL_JSON)
		fputs("[", list->to);
	err = diag_sessions(print_session, list);
	if (list->format == CTL_JSON)
		fputs("\n]\n", list->to);
	else if (!list->printed)
		fputs("no encrypted socket is open\n", list->to);
	return err;
}

static int cannot_list(int err)
{
	const char *advice = "modprobe tcp_diag";
	int status = EX_OSERR;

	if (err == -EPERM) {
		advice = "the kernel tells who may CAP_NET_ADMIN which sockets are encrypted: run this as root";
		status = EX_NOPERM;
	}
	fprintf(stderr, "xcryptctl: sockets cannot be listed: %s: %s\n", strerror(-err), advice);
	return status;
}

int ctl_sessions(const char *socket, enum ctl_format format)
{
	struct listing list = { .format = format };
	char *text = NULL;
	size_t len;
	int err = -ENOMEM;

	if (!diag_permitted())
		return cannot_list(-EPERM);
	sessions_learn(&list, socket);
	list.to = open_memstream(&text, &len);
	if (list.to) {
		err = print_all(&list);
		if (fclose(list.to))
			err = -ENOMEM;
	}
	if (!err)
		fputs(text, stdout);
	free(text);
	free(list.known);
	return err ? cannot_list(err) : EX_OK;
}
