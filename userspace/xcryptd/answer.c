// SPDX-License-Identifier: GPL-2.0
#include "answer.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "common/version.h"
#include "peeranswer.h"
#include "state.h"

#define PART	512	/* lines of one part */
#define LOOKS	8192	/* places of a cache that may be empty, looked at for one part */

/* --- status --- */

static uint64_t seconds_since(uint64_t when)
{
	return (xc_loop_now() - when) / 1000;
}

static void print_reload(FILE *to, const struct xc_daemon *d)
{
	const struct xc_reload *last = &d->reload;

	if (!last->when)
		fprintf(to, "reload none since the start\n");
	else if (!last->refused)
		fprintf(to, "reload done, %" PRIu64 " seconds ago\n", seconds_since(last->when));
	else
		fprintf(to, "reload refused, %" PRIu64 " seconds ago: %s\n",
			seconds_since(last->when), last->why);
}

/* How full the cache of a key agreement is, and where its secrets are if not in memory alone. */
static void print_fill(FILE *to, const struct xc_keyring_state *s)
{
	if (!s->size)
		return;
	fprintf(to, ", %u of %u secrets cached in %s", s->entries, s->size,
		xc_cache_mode_name(s->mode));
	if (s->error)
		fprintf(to, ", not written: %s", strerror(-s->error));
}

static void print_cache(FILE *to, const struct xc_daemon *d)
{
	const struct xc_keyring_options *ring = &d->config->ring;
	bool disk = ring->mode == XC_CACHE_DISK;
	struct xc_keyring_state s;
	int i;

	fprintf(to, "cache %s%s%s\n", xc_cache_mode_name(ring->mode), disk ? " " : "",
		disk ? ring->dir : "");
	for (i = 0; xc_keyring_state(d->env.ring, i, &s); i++) {
		fprintf(to, "key-pair %s ", s.kex->version);
		if (s.has_pair)
			fprintf(to, "%lld seconds old, replaced in %lld seconds", (long long)s.age,
				(long long)s.left);
		else
			fprintf(to, "none yet, made when it is needed");
		print_fill(to, &s);
		fputc('\n', to);
	}
}

static void print_exchanges(FILE *to, const struct xc_daemon *d)
{
	unsigned int all = d->config->exchanges;

	fprintf(to, "exchanges %u of %u, %" PRIu64 " in, %" PRIu64 " out; of one direction %u at most, with one site %u\n",
		d->sessions.count, all, xc_stats_active(&d->stats, true),
		xc_stats_active(&d->stats, false), all - xc_places_kept(all),
		d->config->exchange_share);
}

static bool tell_status(FILE *to, struct xc_daemon *d, struct xc_answer *at)
{
	char suites[XC_SUITE_LIST_TEXT];

	(void)at;
	xc_suite_list_format(suites, &d->usable);
	fprintf(to, "version %s\n", XC_VERSION);
	fprintf(to, "pid %d\n", getpid());
	fprintf(to, "uptime %" PRIu64 "\n", seconds_since(d->started));
	fprintf(to, "configuration %s\n", d->path);
	print_reload(to, d);
	fprintf(to, "suites %s\n", suites);
	print_exchanges(to, d);
	print_cache(to, d);
	fprintf(to, "memory %s\n", d->locked ? "locked" :
		"not locked, secrets may be swapped out: set LimitMEMLOCK=infinity in the unit");
	if (d->log.writer)
		fprintf(to, "log %" PRIu64 " lines lost\n", xc_logwriter_stats(d->log.writer).lost);
	fprintf(to, "kernel %s\n", xc_upcall_serving(&d->upcall) ? "serving" :
		"the module is not loaded: modprobe xcrypt");
	return false;
}

/* --- stats --- */

static long long pair_age(const struct xc_keyring_state *s)
{
	return s->has_pair ? s->age : 0;
}

static long long pair_left(const struct xc_keyring_state *s)
{
	return s->has_pair ? s->left : 0;
}

static long long cache_used(const struct xc_keyring_state *s)
{
	return s->entries;
}

static long long cache_room(const struct xc_keyring_state *s)
{
	return s->size;
}

static long long cache_memory(const struct xc_keyring_state *s)
{
	return s->memory;
}

static long long cache_failed(const struct xc_keyring_state *s)
{
	return s->error != 0;
}

/* Numbers of each key agreement; all of one name stand together. */
static const struct {
	const char *name;
	long long (*value)(const struct xc_keyring_state *s);
} ring_numbers[] = {
	{ "key_pair_age_seconds", pair_age },
	{ "key_pair_left_seconds", pair_left },
	{ "cache_used", cache_used },
	{ "cache_room", cache_room },
	{ "cache_memory_bytes", cache_memory },
	{ "cache_write_failed", cache_failed },
};

static void print_ring_numbers(FILE *to, const struct xc_daemon *d)
{
	struct xc_keyring_state s;
	size_t k;
	int i;

	for (k = 0; k < sizeof(ring_numbers) / sizeof(ring_numbers[0]); k++) {
		for (i = 0; xc_keyring_state(d->env.ring, i, &s); i++)
			fprintf(to, "%s{kex=\"%s\"} %lld\n", ring_numbers[k].name,
				s.kex->version, ring_numbers[k].value(&s));
	}
}

static bool tell_stats(FILE *to, struct xc_daemon *d, struct xc_answer *at)
{
	(void)at;
	xc_stats_print(to, &d->stats, d->env.ring);
	fprintf(to, "exchanges_limit %u\n", d->config->exchanges);
	print_ring_numbers(to, d);
	xc_peeranswer_stats(to, d);
	fprintf(to, "memory_locked %d\n", d->locked);
	fprintf(to, "module_serving %d\n", xc_upcall_serving(&d->upcall));
	fprintf(to, "last_reload_refused %d\n", d->reload.refused);
	fprintf(to, "uptime_seconds %" PRIu64 "\n", seconds_since(d->started));
	fprintf(to, "build_info{version=\"%s\"} 1\n", XC_VERSION);
	return false;
}

/* --- cache list --- */

static void print_site(FILE *to, const struct in6_addr *site)
{
	char text[INET6_ADDRSTRLEN];

	if (IN6_IS_ADDR_V4MAPPED(site))
		fprintf(to, "%s", inet_ntop(AF_INET, &site->s6_addr[12], text, sizeof(text)));
	else
		fprintf(to, "%s/64", inet_ntop(AF_INET6, site, text, sizeof(text)));
}

/* "2.0 192.0.2.7 0123456789abcdef": the beginning of the peer's public value. */
static void print_entry(FILE *to, const struct xc_kex *kex, const struct xc_cache_entry *entry)
{
	int k;

	fprintf(to, "%s ", kex->version);
	print_site(to, &entry->site);
	fputc(' ', to);
	for (k = 0; k < 8; k++)
		fprintf(to, "%02x", entry->peer[k]);
	fputc('\n', to);
}

static bool tell_cache(FILE *to, struct xc_daemon *d, struct xc_answer *at)
{
	struct xc_cache_entry entry;
	const struct xc_kex *kex;
	const struct xc_keypair *pair;
	const struct xc_cache *cache;
	unsigned int lines = 0, looks;

	if (!xc_keyring_at(d->env.ring, at->kex, &kex, &pair, &cache))
		return false;
	for (looks = 0; cache && looks < LOOKS && lines < PART; looks++) {
		if (at->entry >= xc_cache_places(cache))
			break;
		if (!xc_cache_at(cache, at->entry++, &entry))
			continue;
		print_entry(to, kex, &entry);
		lines++;
	}
	if (!cache || at->entry >= xc_cache_places(cache)) {
		at->kex++;
		at->entry = 0;
	}
	return true;
}

/* --- recent --- */

static bool tell_recent(FILE *to, struct xc_daemon *d, struct xc_answer *at)
{
	at->session = xc_recent_print(to, &d->recent, xc_loop_now(), at->session, PART);
	return at->session;
}

/* --- what acts --- */

static int flush_cache(struct xc_daemon *d)
{
	xc_saver_wait(&d->saver);
	return xc_keyring_flush(d->env.ring);
}

static int rotate_keys(struct xc_daemon *d)
{
	xc_saver_wait(&d->saver);
	return xc_keyring_rotate(d->env.ring);
}

/* What is done, 0 or -errno, and what is told; either may be missing. */
static const struct {
	const char *name;
	int (*act)(struct xc_daemon *d);
	bool (*tell)(FILE *to, struct xc_daemon *d, struct xc_answer *at);
} commands[] = {
	{ "status", NULL, tell_status },
	{ "stats", NULL, tell_stats },
	{ "cache list", NULL, tell_cache },
	{ "cache flush", flush_cache, NULL },
	{ "keys rotate", rotate_keys, NULL },
	{ "recent", NULL, tell_recent },
};

static int act(struct xc_daemon *d, size_t which, uid_t uid)
{
	if (!commands[which].act)
		return 0;
	xc_log(&d->log, LOG_NOTICE, "control command=\"%s\" uid=%u", commands[which].name, uid);
	return commands[which].act(d);
}

static void answer_begin(FILE *to, void *ctx, void *state, const char *line, uid_t uid)
{
	const size_t n = sizeof(commands) / sizeof(commands[0]);
	struct xc_answer *at = state;
	struct xc_daemon *d = ctx;
	size_t i = 0;
	int err;

	if (xc_peeranswer_begin(to, d, at, line, uid))
		return;
	while (i < n && strcmp(line, commands[i].name))
		i++;
	if (i == n) {
		fprintf(to, "error unknown this xcryptd (%s) has no such command\n", XC_VERSION);
		return;
	}
	err = act(d, i, uid);
	if (err) {
		fprintf(to, "error disk done in memory but not on disk: %s\n", strerror(-err));
		return;
	}
	fprintf(to, "ok\n");
	at->part = commands[i].tell;
}

static bool answer_more(FILE *to, void *ctx, void *state)
{
	struct xc_answer *at = state;

	if (at->part && at->part(to, ctx, at))
		return true;
	fputs(XC_ANSWER_END, to);
	return false;
}

/* --- the socket --- */

int xc_answer_open(struct xc_daemon *d, const char *path)
{
	static const struct xc_control_ops ops = { answer_begin, answer_more };
	int fd = xc_control_listen(&d->log, path);

	_Static_assert(sizeof(struct xc_answer) <= XC_ANSWER_STATE, "room for an answer");
	if (fd < 0)
		return fd;
	snprintf(d->socket, sizeof(d->socket), "%s", path);
	d->control.loop = &d->loop;
	d->control.ops = &ops;
	d->control.ctx = d;
	return xc_control_open(&d->control, fd);
}

void xc_answer_close(struct xc_daemon *d)
{
	xc_control_close(&d->control);
	unlink(d->socket);
}
