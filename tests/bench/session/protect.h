/* SPDX-License-Identifier: GPL-2.0 */
/* How a session is protected once both ends have said who they are. */
#ifndef _SESSION_PROTECT_H
#define _SESSION_PROTECT_H

#include <stdbool.h>

#include "../certificate.h"
#include "stream.h"

enum kind {
	KIND_PLAIN,
	KIND_TLS_FULL,
	KIND_TLS_RESUMED,	/* but for the first */
	KIND_XCRYPT,
};

/**
 * struct protect - for one end, over all its sessions
 * @group:	TLS: of the key exchange, as OpenSSL calls it
 * @expect_hit:	XCRYPT: both daemons are to have the secret in their caches, or neither
 * @last:	TLS client: the session to resume
 */
struct protect {
	enum kind kind;
	enum certificate certificate;
	const char *group;
	bool expect_hit;
	SSL_CTX *ctx;
	SSL_SESSION *last;
};

/* All end the program with a message if anything is other than it should be. */
void protect_client_open(struct protect *p);
void protect_server_open(struct protect *p);

/* STARTTLS has been said and answered. @sessions: those before. */
void starttls_client(struct protect *p, struct stream *s, unsigned int sessions);
void starttls_server(struct protect *p, struct stream *s);

/* What comes after the last word is at hand: keeps the session for the next. */
void starttls_keep(struct protect *p, struct stream *s);

/* The words for the EHLO reply; call it before the client can speak. */
void xcrypt_words(struct stream *s, char *words, unsigned int size);

/*
 * @words: of the EHLO reply; @line: the client's first; @check: what was expected of the cache.
 * Whether @early, for the other end to answer, has been sent encrypted: in version 3.
 */
bool xcrypt_client(struct protect *p, struct stream *s, const char *words, const char *early,
		   bool check);
void xcrypt_server(struct protect *p, struct stream *s, const char *line, bool check);

#endif /* _SESSION_PROTECT_H */
