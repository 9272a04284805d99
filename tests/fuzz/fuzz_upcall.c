// SPDX-License-Identifier: GPL-2.0
/* Netlink datagrams: what is handed on lies within them, and nothing else is touched. */
#include "fuzz.h"

#include <libmnl/libmnl.h>

/* What it says to the kernel is not for the one that we run on. */
static ssize_t to_nobody(const struct mnl_socket *nl, const void *octets, size_t len)
{
	const struct nlmsghdr *head = octets;

	(void)nl;
	must(head->nlmsg_len == len && mnl_nlmsg_ok(head, len));
	return len;
}

#define mnl_socket_sendto to_nobody

#include "xcryptd/upcall.c"

static const char *first, *last;
static volatile unsigned char seen;

static void inside(const char *at, size_t len)
{
	size_t i;

	must(!len || (at >= first && at + len <= last));
	for (i = 0; i < len; i++)
		seen ^= at[i];
}

static void request(void *ctx, const struct xc_request *r)
{
	(void)ctx;
	inside(r->line, r->line_len);
	inside(r->host, r->host_len);
	inside(r->domain, r->domain_len);
	inside(r->early, r->early_len);
	if (r->offer)
		inside(r->offer, strlen(r->offer) + 1);
}

static void cancel(void *ctx, uint32_t id, int error)
{
	(void)ctx;
	seen ^= id ^ error;
}

static void ciphers(void *ctx, const char *names)
{
	(void)ctx;
	inside(names, strlen(names) + 1);
}

static void refused(void *ctx)
{
	(void)ctx;
}

static void keep(void *ctx, int level, const char *line)
{
	(void)ctx;
	must(level >= LOG_ERR && strlen(line) < XC_LOG_LINE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct xc_log log = { .to = XC_LOG_CALL, .level = LOG_DEBUG, .call = keep };
	struct xc_loop loop = { 0 };
	struct xc_upcall up = {
		.loop = &loop, .family = 0x1d, .running = true, .log = &log,
		.user = { .ciphers = ciphers, .request = request, .cancel = cancel,
			  .refused = refused },
	};
	union message *m = calloc(1, sizeof(*m));

	must(m);
	if (size > sizeof(*m))
		size = sizeof(*m);
	memcpy(m, data, size);
	first = m->octets;
	last = first + size;
	dispatch(&up, m, size);
	free(loop.heap);
	free(m);
	return 0;
}
