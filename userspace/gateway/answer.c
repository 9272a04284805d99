// SPDX-License-Identifier: GPL-2.0
#include "answer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "common/version.h"
#include "record.h"
#include "state.h"

static const char * const directions[] = { [GW_IN] = "in", [GW_OUT] = "out" };

static uint64_t seconds_since(uint64_t when)
{
	return (xc_loop_now() - when) / 1000;
}

/* --- counters --- */

static uint64_t all_plain(const struct gw_counts *counts)
{
	uint64_t sum = 0;
	int why;

	for (why = 0; why < GW_PLAINS; why++)
		sum += counts->plain[why];
	return sum;
}

static void print_reasons(FILE *to, const struct gateway *gw)
{
	int way, why;

	for (way = GW_IN; way <= GW_OUT; way++) {
		for (why = 0; why < GW_PLAINS; why++)
			fprintf(to, "plain_total{direction=\"%s\",reason=\"%s\"} %" PRIu64 "\n",
				directions[way], gw_plain_name(why), gw->counts[way].plain[why]);
	}
}

static void print_each(FILE *to, const struct gateway *gw, const char *name, size_t at)
{
	int way;

	for (way = GW_IN; way <= GW_OUT; way++)
		fprintf(to, "%s_total{direction=\"%s\"} %" PRIu64 "\n", name,
			directions[way], *(const uint64_t *)((const char *)&gw->counts[way] + at));
}

static void tell_counters(FILE *to, const struct gateway *gw)
{
	print_each(to, gw, "sessions", offsetof(struct gw_counts, sessions));
	print_each(to, gw, "encrypted", offsetof(struct gw_counts, encrypted));
	print_reasons(to, gw);
	print_each(to, gw, "refused", offsetof(struct gw_counts, refused));
	print_each(to, gw, "unreachable", offsetof(struct gw_counts, unreachable));
	print_each(to, gw, "octets", offsetof(struct gw_counts, octets));
	fprintf(to, "turned_away_total %u\n", gw->turned_away);
	fprintf(to, "sessions_active %u\n", gw->count);
	fprintf(to, "sessions_limit %u\n", gw->conf->sessions);
	fprintf(to, "uptime_seconds %" PRIu64 "\n", seconds_since(gw->started));
	fprintf(to, "build_info{version=\"%s\"} 1\n", XC_VERSION);
}

/* --- status --- */

/* The figure that administrators ask for. */
static void tell_status(FILE *to, const struct gateway *gw)
{
	int way;

	fprintf(to, "version %s\npid %d\nuptime %" PRIu64 "\n", XC_VERSION, getpid(),
		seconds_since(gw->started));
	fprintf(to, "sessions %u of %u\n", gw->count, gw->conf->sessions);
	for (way = GW_IN; way <= GW_OUT; way++) {
		const struct gw_counts *c = &gw->counts[way];

		fprintf(to, "%s %" PRIu64 " sessions, %" PRIu64 " encrypted, %" PRIu64
			" by TLS, %" PRIu64 " in the clear\n", directions[way], c->sessions,
			c->encrypted, c->plain[GW_PLAIN_TLS],
			all_plain(c) - c->plain[GW_PLAIN_TLS]);
	}
}

/* --- peers --- */

static void tell_plain(FILE *to, const struct gateway *gw)
{
	const struct unencrypted_peer *peer = gw->unencrypted.peer;
	char addr[INET6_ADDRSTRLEN];
	int i;

	for (i = 0; i < UNENCRYPTED_MAX; i++, peer++) {
		bool v4 = IN6_IS_ADDR_V4MAPPED(&peer->addr);

		if (!peer->sessions)
			continue;
		inet_ntop(v4 ? AF_INET : AF_INET6, peer->addr.s6_addr + (v4 ? 12 : 0), addr,
			  sizeof(addr));
		fprintf(to, "%s %s %s sessions=%" PRIu64 " last=%" PRIu64 "s\n",
			peer->in ? "in" : "out", addr, gw_plain_name(peer->why), peer->sessions,
			seconds_since(peer->last));
	}
}

/* --- the socket --- */

static void answer_begin(FILE *to, void *ctx, void *state, const char *line, uid_t uid)
{
	(void)state;
	(void)uid;
	if (strcmp(line, "status") && strcmp(line, "stats") && strcmp(line, "plain")) {
		fprintf(to, "error unknown this xcrypt-gateway (%s) has no such command\n",
			XC_VERSION);
		return;
	}
	fputs("ok\n", to);
	if (!strcmp(line, "status"))
		tell_status(to, ctx);
	else if (!strcmp(line, "stats"))
		tell_counters(to, ctx);
	else
		tell_plain(to, ctx);
}

/* All answers are bounded: there is one part. */
static bool answer_more(FILE *to, void *ctx, void *state)
{
	(void)ctx;
	(void)state;
	fputs(XC_ANSWER_END, to);
	return false;
}

int answer_open(struct gateway *gw, int fd)
{
	static const struct xc_control_ops ops = { answer_begin, answer_more };

	gw->control.loop = &gw->loop;
	gw->control.ops = &ops;
	gw->control.ctx = gw;
	return xc_control_open(&gw->control, fd);
}
