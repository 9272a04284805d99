/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's requests: the generic netlink family of linux/xcrypt.h.
 */
#ifndef XCRYPTD_UPCALL_H
#define XCRYPTD_UPCALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>

#include "common/loop.h"
#include "common/log.h"
#include "agreement/suite.h"

struct mnl_socket;

/**
 * struct xc_request - one exchange that an MTA wants
 * @id:		for xc_upcall_done()
 * @fd:		the MTA's own socket, whose flags are the MTA's; to be closed by the receiver
 * @server:	we are b
 * @flags:	XCRYPT_H_*: the MTA tells of a connection without an exchange, or wants more
 * @timeout:	milliseconds for the whole exchange
 * @uid:	of the MTA; of one in a user namespace, of who made that
 * @line:	a: the words that b listed; b: the client's line. Valid during the call
 * @line_len:	octets of @line
 * @host:	the peer's name as the MTA calls it, may be empty
 * @host_len:	octets of @host
 * @domain:	the recipient's domain, may be empty
 * @domain_len:	octets of @domain
 * @early:	what the MTA would write first once encrypted, may be empty
 * @early_len:	octets of @early
 * @peer:	the other end's address, an IPv4 one mapped
 * @peer_port:	and port
 * @offer:	the words that were listed on this connection, NULL if none were asked for
 */
struct xc_request {
	uint32_t id;
	int fd;
	bool server;
	uint8_t flags;
	uint32_t timeout;
	uint32_t uid;
	const char *line;
	size_t line_len;
	const char *host;
	size_t host_len;
	const char *domain;
	size_t domain_len;
	const char *early;
	size_t early_len;
	struct in6_addr peer;
	unsigned int peer_port;
	const char *offer;
};

/* How one ended, for the MTA. class and error are of linux/xcrypt.h. */
struct xc_verdict {
	uint32_t id;
	uint8_t class;
	uint32_t error;
	const char *suite;	/* or NULL */
	bool hit;
	bool early_sent;
	const char *text;	/* why a client is refused, for its queue; or NULL */
};

struct xc_upcall_user {
	void *ctx;
	/*
	 * The ciphers of the module that was found, parted by spaces: the time to say other
	 * suites by xc_upcall_serve(), before any is listed.
	 */
	void (*ciphers)(void *ctx, const char *names);
	void (*request)(void *ctx, const struct xc_request *request);
	/*
	 * The kernel has ended it, and waits for xc_upcall_done(). It may come before the request;
	 * then the socket is shut down, which ends it as well.
	 */
	void (*cancel)(void *ctx, uint32_t id, int error);
	/* The module was loaded anew, and will not have us; why has been logged. */
	void (*refused)(void *ctx);
};

struct xc_upcall {
	struct xc_source source;
	struct xc_timer retry;	/* of an ACCEPT that failed */
	struct xc_loop *loop;
	struct mnl_socket *nl;
	uint16_t family;	/* 0: the module is not loaded */
	uint32_t seq;
	int served;		/* 1: no answer yet; 0; -errno */
	int failing;		/* -errno of the latest ACCEPT, if it failed */
	bool running;		/* it was served, and the loop has it */
	bool known;		/* which ciphers the module has */
	uint32_t limit;		/* what SERVE says */
	char suites[XC_SUITE_LIST_TEXT];
	const struct xc_log *log;
	struct xc_upcall_user user;
};

/*
 * Begin to serve this network namespace. suites are the words for the EHLO reply, limit is
 * milliseconds. 0 or -errno, which has been logged with what to do.
 */
int xc_upcall_open(struct xc_upcall *up, struct xc_loop *loop, const struct xc_log *log,
		   const struct xc_upcall_user *user, const char *suites, uint32_t limit);
void xc_upcall_close(struct xc_upcall *up);

/*
 * Serve other suites, or with another limit; a fault is logged. While the module is not loaded
 * that waits until it is.
 */
void xc_upcall_serve(struct xc_upcall *up, const char *suites, uint32_t limit);

bool xc_upcall_serving(const struct xc_upcall *up);

/* Once for each request, after its descriptor is closed; cancelled ones, too. */
void xc_upcall_done(struct xc_upcall *up, const struct xc_verdict *verdict);

#endif
