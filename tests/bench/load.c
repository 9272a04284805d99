// SPDX-License-Identifier: GPL-2.0
/* The load pair, see load --help. */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "mark.h"
#include "mode.h"
#include "options.h"
#include "pair.h"
#include "pump.h"

/* Enough for the congestion window to be open. */
#define WARM_BURSTS 16

/* Nanoseconds: of the sending calls, of the receiving calls, of the processor. */
struct result {
	uint64_t tx;
	uint64_t rx;
	uint64_t cpu;
	uint64_t octets;
};

static uint64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * UINT64_C(1000000000) + t.tv_nsec;
}

static void streams_open(struct pair *pairs, const struct options *o, const struct mode *mode,
			 struct pump *pump)
{
	for (unsigned int i = 0; i < o->streams; i++) {
		pair_open(&pairs[i], o->buffer);
		mode->start(&pairs[i], mode);
		for (int j = 0; j < WARM_BURSTS; j++)
			pump_check(pump, pairs[i].tx, pairs[i].rx);
	}
}

static uint64_t send_all(const struct pair *pairs, const struct options *o, struct pump *pump)
{
	uint64_t start = now(CLOCK_MONOTONIC);

	if (o->mark_send)
		mark();
	for (unsigned int i = 0; i < o->streams; i++)
		pump_send(pump, pairs[i].tx);
	if (o->mark_send)
		mark();
	return now(CLOCK_MONOTONIC) - start;
}

static uint64_t receive_all(const struct pair *pairs, const struct options *o, struct pump *pump)
{
	uint64_t start = now(CLOCK_MONOTONIC);

	if (o->mark_receive)
		mark();
	for (unsigned int i = 0; i < o->streams; i++)
		pump_receive(pump, pairs[i].rx);
	if (o->mark_receive)
		mark();
	return now(CLOCK_MONOTONIC) - start;
}

static struct result measure(const struct pair *pairs, const struct options *o,
			     struct pump *pump)
{
	uint64_t cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	struct result r = { 0 };

	do {
		r.tx += send_all(pairs, o, pump);
		r.rx += receive_all(pairs, o, pump);
		r.octets += o->streams * o->burst;
	} while (r.octets < o->octets);
	r.cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	return r;
}

static void print(const struct options *o, const struct mode *mode, unsigned int round,
		  const struct result *r)
{
	printf("mode=%s call=%s size=%zu streams=%u round=%u octets=%llu ns=%llu tx_ns=%llu rx_ns=%llu cpu_ns=%llu\n",
	       mode->name, call_name(o->call), o->size, o->streams, round,
	       (unsigned long long)r->octets, (unsigned long long)(r->tx + r->rx),
	       (unsigned long long)r->tx, (unsigned long long)r->rx,
	       (unsigned long long)r->cpu);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct options o;
	struct pump pump;
	struct pair *pairs;

	options_parse(&o, argc, argv);
	pump_open(&pump, o.call, o.size, o.burst);
	pairs = calloc(o.streams, sizeof(*pairs));
	if (!pairs)
		err(1, "no memory for %u streams", o.streams);
	for (unsigned int round = 0; round <= o.rounds; round++) {
		for (unsigned int i = 0; i < o.mode_count; i++) {
			struct result r;

			streams_open(pairs, &o, o.modes[i], &pump);
			r = measure(pairs, &o, &pump);
			for (unsigned int j = 0; j < o.streams; j++)
				pair_close(&pairs[j]);
			/* The first round only makes all caches warm. */
			if (round)
				print(&o, o.modes[i], round, &r);
		}
	}
	free(pairs);
	return 0;
}
