// SPDX-License-Identifier: GPL-2.0
#include <err.h>
#include <math.h>
#include <stdlib.h>

#include "crowd.h"
#include "host.h"
#include "rng.h"

/* A peer's pairs are told apart by this many bits of their number. */
#define PAIR_BITS	24

/* The part of all sessions that the peers up to each rank have together. */
static double *ranks(const struct crowd *crowd)
{
	double *up_to = malloc(crowd->peers * sizeof(*up_to)), sum = 0;

	if (!up_to)
		err(1, "no memory for %u peers", crowd->peers);
	for (unsigned int i = 0; i < crowd->peers; i++)
		up_to[i] = sum += pow(i + 1, -crowd->zipf);
	for (unsigned int i = 0; i < crowd->peers; i++)
		up_to[i] /= sum;
	return up_to;
}

static unsigned int choose(const double *up_to, unsigned int peers, double where)
{
	unsigned int low = 0, high = peers - 1;

	while (low < high) {
		unsigned int middle = low + (high - low) / 2;

		if (up_to[middle] <= where)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The public value that a host of a peer has at this time: each replaces its own in its turn. */
static uint64_t public_value(const struct crowd *crowd, uint64_t host, double now)
{
	uint64_t of_host = host;
	double phase = rng_uniform(&of_host);

	return host << PAIR_BITS | (uint64_t)(now / crowd->lifetime + phase);
}

static void session(struct host *own, const struct crowd *crowd, const double *up_to, double now,
		    uint64_t *seed)
{
	unsigned int peer = choose(up_to, crowd->peers, rng_uniform(seed));
	uint64_t host = (uint64_t)peer * crowd->hosts + rng_next(seed) % crowd->hosts;

	host_session(own, now, public_value(crowd, host, now), crowd->one_address ? peer : host);
}

struct crowd_result crowd_run(const struct crowd *crowd)
{
	struct host own = { .lifetime = crowd->lifetime };
	double *up_to = ranks(crowd), now = 0, end = crowd->lifetime;
	unsigned int sites = crowd->one_address ? crowd->peers : crowd->peers * crowd->hosts;
	double interval = 3600 * crowd->farm / crowd->rate;
	struct crowd_result before = { 0 }, result;
	uint64_t seed = crowd->seed;

	own.cache = lru_new(crowd->size, crowd->share, sites);
	for (unsigned int i = 0; i <= crowd->lifetimes; i++, end += crowd->lifetime) {
		for (; now < end; now -= interval * log(1 - rng_uniform(&seed)))
			session(&own, crowd, up_to, now, &seed);
		if (!i)
			before = (struct crowd_result){ own.sessions, own.computations };
	}
	result.sessions = own.sessions - before.sessions;
	result.computations = own.computations - before.computations;
	lru_free(own.cache);
	free(up_to);
	return result;
}
