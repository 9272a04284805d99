// SPDX-License-Identifier: GPL-2.0
/* XCRYPT as an MTA asks for it (userspace/examples). */
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/xcrypt.h>

#include "protect.h"

static void attach(struct stream *s)
{
	if (setsockopt(s->fd, SOL_TCP, TCP_ULP, "xcrypt", sizeof("xcrypt")))
		err(1, "cannot attach xcrypt");
}

/* Whether @early was sent; "" of a server. */
static bool handshake(const struct protect *p, struct stream *s, int role, const char *line,
		      const char *early, bool check)
{
	char buf[sizeof(struct xcrypt_handshake) + LINE_MAX_OCTETS + XCRYPT_EARLY_MAX] = { 0 };
	struct xcrypt_handshake *ask = (void *)buf;
	struct xcrypt_outcome outcome = { 0 };
	socklen_t len = sizeof(outcome);

	if (stream_pending(s))
		errx(1, "octets behind XCRYPT");
	ask->version = XCRYPT_VERSION;
	ask->role = role;
	ask->line_len = strlen(line);
	ask->early_len = strlen(early);
	memcpy(ask->data, line, ask->line_len);
	memcpy(ask->data + ask->line_len, early, ask->early_len);
	if (setsockopt(s->fd, SOL_XCRYPT, XCRYPT_HANDSHAKE, ask,
		       sizeof(*ask) + ask->line_len + ask->early_len))
		err(1, "XCRYPT_HANDSHAKE");
	if (getsockopt(s->fd, SOL_XCRYPT, XCRYPT_HANDSHAKE, &outcome, &len) ||
	    outcome.outcome_class != XCRYPT_CLASS_ENCRYPTED)
		errx(1, "not encrypted, class %d", outcome.outcome_class);
	if (check && outcome.cache_hit != p->expect_hit)
		errx(1, outcome.cache_hit ? "the secret was cached" : "the secret was not cached");
	return outcome.early_sent;
}

void xcrypt_words(struct stream *s, char *words, unsigned int size)
{
	socklen_t len = size - 1;

	attach(s);
	if (getsockopt(s->fd, SOL_XCRYPT, XCRYPT_SUITES, words, &len))
		err(1, "XCRYPT_SUITES; is xcryptd there?");
	words[len] = '\0';
}

bool xcrypt_client(struct protect *p, struct stream *s, const char *words, const char *early,
		   bool check)
{
	attach(s);
	return handshake(p, s, XCRYPT_ROLE_CLIENT, words, early, check);
}

void xcrypt_server(struct protect *p, struct stream *s, const char *line, bool check)
{
	handshake(p, s, XCRYPT_ROLE_SERVER, line, "", check);
}
