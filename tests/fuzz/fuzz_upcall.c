// SPDX-License-Identifier: GPL-2.0
/* Netlink datagrams: what is handed on lies within them, and nothing else is touched. */
#include "fuzz.h"

#include "daemon/upcall.c"

static const char *first, *last;
static volatile unsigned char seen;

static void inside(const char *at, size_t len)
{
	size_t i;

	must(!len || (at >= first && at + len <= last));
	for (i = 0; i < len; i++)
		seen ^= at[i];
}

static bool request(void *ctx, const struct xc_request *r)
{
	(void)ctx;
	inside(r->line, r->line_len);
	inside(r->host, r->host_len);
	if (r->offer)
		inside(r->offer, strlen(r->offer) + 1);
	/* Full: so that no ACCEPT is sent. */
	return false;
}

static void cancel(void *ctx, uint32_t id, int error)
{
	(void)ctx;
	seen ^= id ^ error;
}

static void keep(void *ctx, int level, const char *line)
{
	(void)ctx;
	must(level >= LOG_ERR && strlen(line) < XC_LOG_LINE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct xc_log log = { XC_LOG_CALL, LOG_DEBUG, keep, NULL };
	struct xc_loop loop = { 0 };
	struct xc_upcall up = {
		.loop = &loop, .family = 0x1d, .full = true, .log = &log,
		.user = { .request = request, .cancel = cancel },
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
