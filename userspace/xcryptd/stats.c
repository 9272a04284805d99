// SPDX-License-Identifier: GPL-2.0
#include "stats.h"

#include <inttypes.h>

#include "exchange/report.h"

void xc_stats_begin(struct xc_stats *stats, bool server)
{
	stats->started[server]++;
}

void xc_stats_enter(struct xc_stats *stats)
{
	if (++stats->active > stats->active_max)
		stats->active_max = stats->active;
}

void xc_stats_leave(struct xc_stats *stats)
{
	stats->active--;
}

void xc_stats_end(struct xc_stats *stats, bool server, const struct xc_outcome *outcome)
{
	stats->ended[server][outcome->class]++;
	stats->reason[outcome->reason]++;
	stats->signatures[server] += outcome->signature;
}

uint64_t xc_stats_active(const struct xc_stats *stats, bool server)
{
	uint64_t n = stats->started[server];
	int i;

	for (i = 0; i < XC_CLASSES; i++)
		n -= stats->ended[server][i];
	return n;
}

static struct xc_keyring_stats sum(const struct xc_keyring_stats *a,
				   const struct xc_keyring_stats *b)
{
	return (struct xc_keyring_stats) {
		.hits = a->hits + b->hits,
		.misses = a->misses + b->misses,
		.agreed = a->agreed + b->agreed,
		.generated = a->generated + b->generated,
		.rejected = a->rejected + b->rejected,
	};
}

void xc_stats_retire(struct xc_stats *stats, const struct xc_keyring *ring)
{
	stats->retired = sum(&stats->retired, xc_keyring_stats(ring));
}

static void line(FILE *to, const char *name, uint64_t value)
{
	fprintf(to, "%s %" PRIu64 "\n", name, value);
}

static void print_exchanges(FILE *to, const struct xc_stats *stats)
{
	static const char * const dir[] = { "out", "in" };
	int role, i;

	for (role = 0; role < 2; role++)
		fprintf(to, "exchanges_started_total{dir=\"%s\"} %" PRIu64 "\n", dir[role],
			stats->started[role]);
	for (role = 0; role < 2; role++) {
		for (i = 0; i < XC_CLASSES; i++)
			fprintf(to, "exchanges_total{dir=\"%s\",class=\"%s\"} %" PRIu64 "\n",
				dir[role], xc_class_name(i), stats->ended[role][i]);
	}
	for (i = 0; i < XC_REASONS; i++)
		fprintf(to, "exchanges_reason_total{reason=\"%s\"} %" PRIu64 "\n",
			xc_reason_name(i), stats->reason[i]);
}

static void print_ring(FILE *to, const struct xc_keyring_stats *s)
{
	line(to, "cache_hits_total", s->hits);
	line(to, "cache_misses_total", s->misses);
	line(to, "public_key_operations_total", s->agreed);
	line(to, "key_pairs_total", s->generated);
	line(to, "public_values_refused_total", s->rejected);
}

static void print_log(FILE *to, const struct xc_stats *stats)
{
	struct xc_logwriter_stats s = xc_logwriter_stats(stats->log);

	line(to, "log_lines_total", s.taken);
	line(to, "log_lines_lost_total", s.lost);
	line(to, "log_lines_suppressed_total", stats->rate->suppressed);
	line(to, "log_lines_queued", s.queued);
}

static uint64_t entries(const struct xc_keyring *ring)
{
	const struct xc_kex *kex;
	const struct xc_keypair *pair;
	const struct xc_cache *cache;
	uint64_t count = 0;
	int i;

	for (i = 0; xc_keyring_at(ring, i, &kex, &pair, &cache); i++)
		count += cache ? xc_cache_count(cache) : 0;
	return count;
}

void xc_stats_print(FILE *to, const struct xc_stats *stats, const struct xc_keyring *ring)
{
	struct xc_keyring_stats all = sum(&stats->retired, xc_keyring_stats(ring));

	print_exchanges(to, stats);
	line(to, "reloads_total", stats->reloads);
	print_ring(to, &all);
	line(to, "signatures_checked_total", stats->signatures[false]);
	line(to, "signatures_made_total", stats->signatures[true]);
	if (stats->short_paths) {
		line(to, "short_paths_total", stats->short_paths->count);
		line(to, "short_paths_used_total", stats->short_paths->used);
	}
	line(to, "exchanges_under_way{dir=\"out\"}", xc_stats_active(stats, false));
	line(to, "exchanges_under_way{dir=\"in\"}", xc_stats_active(stats, true));
	line(to, "exchanges_active", stats->active);
	line(to, "exchanges_active_max", stats->active_max);
	line(to, "cache_entries", entries(ring));
	if (stats->log)
		print_log(to, stats);
}
