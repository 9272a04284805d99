// SPDX-License-Identifier: GPL-2.0
#include <err.h>
#include <fcntl.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "certificate.h"
#include "tls.h"

static _Noreturn void fail(const char *what)
{
	ERR_print_errors_fp(stderr);
	errx(1, "%s", what);
}

static SSL_CTX *context(const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (!ctx || !SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION))
		fail("no TLS 1.3");
	/* Its best: a record's head and body by one read(). */
	SSL_CTX_set_read_ahead(ctx, 1);
	/* A session is not to be resumed: no tickets among the octets. */
	SSL_CTX_set_num_tickets(ctx, 0);
	return ctx;
}

static SSL_CTX *server_context(void)
{
	static SSL_CTX *ctx;

	if (ctx)
		return ctx;
	ctx = context(TLS_server_method());
	certificate_use(ctx, CERTIFICATE_P256);
	return ctx;
}

static SSL_CTX *client_context(void)
{
	static SSL_CTX *ctx;

	if (!ctx)
		ctx = context(TLS_client_method());
	return ctx;
}

static SSL *end_new(SSL_CTX *ctx, int fd, const char *suite)
{
	SSL *ssl = SSL_new(ctx);

	if (!ssl || !SSL_set_fd(ssl, fd) || !SSL_set_ciphersuites(ssl, suite))
		fail("cannot make an end of TLS");
	return ssl;
}

/* Whether an end is done, or else waits for the other. */
static int step(SSL *ssl)
{
	int n = SSL_do_handshake(ssl);

	if (n <= 0 && SSL_get_error(ssl, n) != SSL_ERROR_WANT_READ)
		fail("TLS handshake");
	return n == 1;
}

static void blocking(const struct pair *pair, int on)
{
	int flags = on ? 0 : O_NONBLOCK;

	if (fcntl(pair->tx, F_SETFL, flags) || fcntl(pair->rx, F_SETFL, flags))
		err(1, "fcntl");
}

void tls_start(struct pair *pair, const struct mode *mode)
{
	SSL *client = end_new(client_context(), pair->tx, mode->cipher);
	SSL *server = end_new(server_context(), pair->rx, mode->cipher);

	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	blocking(pair, 0);
	while (!(step(client) & step(server)))
		;
	blocking(pair, 1);
	pair->tls_tx = client;
	pair->tls_rx = server;
}

void tls_stop(struct pair *pair)
{
	SSL_free(pair->tls_tx);
	SSL_free(pair->tls_rx);
	pair->tls_tx = NULL;
	pair->tls_rx = NULL;
}

ssize_t tls_write(void *end, const void *data, size_t len)
{
	size_t n;

	if (!SSL_write_ex(end, data, len, &n))
		fail("SSL_write");
	return n;
}

ssize_t tls_read(void *end, void *data, size_t len)
{
	size_t n;

	if (!SSL_read_ex(end, data, len, &n))
		fail("SSL_read");
	return n;
}
