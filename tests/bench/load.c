// SPDX-License-Identifier: GPL-2.0
/* The load pair, see load --help. */
#include <err.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "mark.h"
#include "mode.h"
#include "options.h"
#include "pair.h"
#include "pump.h"
#include "tls.h"

/* Nanoseconds: of the sending calls, of the receiving calls, of the processor. */
struct result {
	uint64_t tx;
	uint64_t rx;
	uint64_t cpu;
	uint64_t octets;
	uint64_t heap;			/* octets of the program's own memory that streams hold */
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
		for (unsigned int j = 0; j < o->warm; j++)
			pump_check(pump, &pairs[i]);
	}
}

static void streams_close(struct pair *pairs, const struct options *o)
{
	for (unsigned int i = 0; i < o->streams; i++) {
		tls_stop(&pairs[i]);
		pair_close(&pairs[i]);
	}
}

static uint64_t send_all(const struct pair *pairs, const struct options *o, struct pump *pump)
{
	uint64_t start = now(CLOCK_MONOTONIC);

	if (o->mark_send)
		mark();
	for (unsigned int i = 0; i < o->streams; i++)
		pump_send(pump, &pairs[i]);
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
		pump_receive(pump, &pairs[i]);
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
	printf("mode=%s call=%s size=%zu streams=%u round=%u octets=%llu ns=%llu tx_ns=%llu rx_ns=%llu cpu_ns=%llu heap=%llu\n",
	       mode->name, call_name(o->call), o->size, o->streams, round,
	       (unsigned long long)r->octets, (unsigned long long)(r->tx + r->rx),
	       (unsigned long long)r->tx, (unsigned long long)r->rx,
	       (unsigned long long)r->cpu, (unsigned long long)r->heap);
	fflush(stdout);
}

static struct result round_of(struct pair *pairs, const struct options *o,
			      const struct mode *mode, struct pump *pump)
{
	uint64_t heap = mallinfo2().uordblks;
	struct result r;

	streams_open(pairs, o, mode, pump);
	heap = mallinfo2().uordblks - heap;
	r = measure(pairs, o, pump);
	r.heap = heap;
	streams_close(pairs, o);
	return r;
}

static void descriptors(const struct options *o)
{
	struct rlimit limit = { 2 * o->streams + 64, 2 * o->streams + 64 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		warn("no room for the descriptors of %u streams", o->streams);
}

int main(int argc, char **argv)
{
	struct options o;
	struct pump pump;
	struct pair *pairs;

	options_parse(&o, argc, argv);
	if (o.streams > 400)
		descriptors(&o);
	pump_open(&pump, o.call, o.size, o.burst);
	pairs = calloc(o.streams, sizeof(*pairs));
	if (!pairs)
		err(1, "no memory for %u streams", o.streams);
	for (unsigned int round = 0; round <= o.rounds; round++) {
		for (unsigned int i = 0; i < o.mode_count; i++) {
			struct result r = round_of(pairs, &o, o.modes[i], &pump);

			/* The first round only makes all caches warm. */
			if (round)
				print(&o, o.modes[i], round, &r);
		}
	}
	free(pairs);
	return 0;
}
