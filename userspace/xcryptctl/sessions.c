// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "ctl.h"
#include "diag.h"

#define HEX	(2 * XCRYPT_SESSION_LEN + 1)

/* What the daemon knows and the kernel does not. */
struct known {
	char session[HEX];
	char suite[XCRYPT_SUITE_MAX];
	char age[24];
};

struct listing {
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
static void learn(struct listing *list, const char *socket)
{
	struct known one;
	char line[128];
	FILE *answer;

	if (client_ask(socket, "recent", 1, &answer)) {
		fprintf(stderr, "xcryptctl: xcryptd does not answer: no suites, no ages\n");
		return;
	}
	while (fgets(line, sizeof(line), answer)) {
		if (sscanf(line, "%32s %23s %23s", one.session, one.suite, one.age) == 3 &&
		    add(list, &one))
			break;
	}
	fclose(answer);
}

static const struct known *find(const struct listing *list, const char *session)
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
		printf("%-28s %-28s %-14s %-10s %8s %12s %12s %s\n", "LOCAL", "PEER", "SUITE",
		       "CIPHER", "AGE", "SENT", "RECEIVED", "ID");
	printf("%-28s %-28s %-14s %-10s %8s %12" PRIu64 " %12" PRIu64 " %.8s%s\n", s->local,
	       s->peer, known->suite, s->tx.keyed ? s->tx.cipher : s->rx.cipher, known->age,
	       s->tx.octets, s->rx.octets, id, remark(s));
}

static void print_json(struct listing *list, const struct diag_session *s, const char *id,
		       const struct known *known)
{
	printf("%s\n  {\"local\": \"%s\", \"peer\": \"%s\", \"suite\": \"%s\", \"cipher\": \"%s\", ",
	       list->printed ? "," : "", s->local, s->peer, known->suite,
	       s->tx.keyed ? s->tx.cipher : s->rx.cipher);
	printf("\"age\": %s, \"sent\": %" PRIu64 ", \"received\": %" PRIu64 ", ",
	       known->age[0] == '-' ? "null" : known->age, s->tx.octets, s->rx.octets);
	printf("\"id\": \"%s\", \"error\": %u}", id, s->tx.error ? s->tx.error : s->rx.error);
}

static void print(void *ctx, const struct diag_session *s)
{
	struct listing *list = ctx;
	const struct known *known;
	char id[HEX];

	hex(id, s->tx.keyed ? s->tx.session : s->rx.session);
	known = find(list, id);
	if (list->format == CTL_JSON)
		print_json(list, s, id, known);
	else
		print_table(list, s, id, known);
	list->printed++;
}

int ctl_sessions(const char *socket, enum ctl_format format)
{
	struct listing list = { .format = format };
	int err;

	learn(&list, socket);
	if (format == CTL_JSON)
		printf("[");
	err = diag_sessions(print, &list);
	if (format == CTL_JSON)
		printf("\n]\n");
	else if (!err && !list.printed)
		printf("no encrypted socket is open\n");
	free(list.known);
	if (!err)
		return EX_OK;
	fprintf(stderr, "xcryptctl: sockets cannot be listed: %s: %s\n", strerror(-err),
		err == -EPERM ? "run this as root" : "modprobe tcp_diag");
	return EX_OSERR;
}
