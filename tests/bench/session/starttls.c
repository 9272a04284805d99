// SPDX-License-Identifier: GPL-2.0
/* TLS 1.3 as cheap as OpenSSL does it: AES-128-GCM; resumed with psk_dhe_ke. */
#include <err.h>

#include <openssl/err.h>

#include "protect.h"

static _Noreturn void fail(const char *what)
{
	ERR_print_errors_fp(stderr);
	errx(1, "%s", what);
}

static SSL_CTX *context(const SSL_METHOD *method, const char *group)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (!ctx || !SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) ||
	    !SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256") ||
	    !SSL_CTX_set1_groups_list(ctx, group))
		fail("no TLS 1.3 with that group");
	SSL_CTX_set_read_ahead(ctx, 1);
	return ctx;
}

void protect_client_open(struct protect *p)
{
	p->ctx = context(TLS_client_method(), p->group);
	SSL_CTX_set_session_cache_mode(p->ctx, SSL_SESS_CACHE_OFF);
}

void protect_server_open(struct protect *p)
{
	static const unsigned char name[] = "session";

	p->ctx = context(TLS_server_method(), p->group);
	certificate_use(p->ctx, p->certificate);
	if (!SSL_CTX_set_session_id_context(p->ctx, name, sizeof(name)))
		fail("session id context");
	/* The state is in the ticket. One is enough; none where nobody resumes. */
	SSL_CTX_set_session_cache_mode(p->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(p->ctx, p->kind == KIND_TLS_RESUMED);
}

static SSL *end_new(struct protect *p, struct stream *s)
{
	SSL *ssl = SSL_new(p->ctx);

	if (stream_pending(s))
		errx(1, "octets behind STARTTLS");
	if (!ssl || !SSL_set_fd(ssl, s->fd))
		fail("cannot make an end of TLS");
	return ssl;
}

void starttls_client(struct protect *p, struct stream *s, unsigned int sessions)
{
	bool resume = p->kind == KIND_TLS_RESUMED && sessions;
	SSL *ssl = end_new(p, s);

	if (resume && (!p->last || !SSL_set_session(ssl, p->last)))
		fail("no session to resume");
	if (SSL_connect(ssl) != 1)
		fail("SSL_connect");
	if (SSL_session_reused(ssl) != resume)
		errx(1, resume ? "the session was not resumed" : "the session was resumed");
	s->ssl = ssl;
}

void starttls_server(struct protect *p, struct stream *s)
{
	SSL *ssl = end_new(p, s);

	if (SSL_accept(ssl) != 1)
		fail("SSL_accept");
	s->ssl = ssl;
}

void starttls_keep(struct protect *p, struct stream *s)
{
	if (p->kind != KIND_TLS_RESUMED)
		return;
	SSL_SESSION_free(p->last);
	p->last = SSL_get1_session(s->ssl);
	if (!p->last || !SSL_SESSION_is_resumable(p->last))
		errx(1, "the server gave no ticket");
}
