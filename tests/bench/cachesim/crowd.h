/* SPDX-License-Identifier: GPL-2.0 */
/* A mail host's sessions with many peers, some of them frequent. */
#ifndef _CACHESIM_CROWD_H
#define _CACHESIM_CROWD_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct crowd - who sends, how often, and what the host is given
 * @peers:	other parties; the one of rank n has a part of 1/n^@zipf
 * @hosts:	of each peer, with a key pair each; sessions choose among them at random
 * @one_address: all hosts of a peer are seen under one address
 * @farm:	hosts of our own, with a key pair and a cache each; sessions are spread over them
 * @rate:	sessions an hour, with our whole farm, at random times
 * @lifetime:	of every key pair, seconds
 * @size, @share: of each cache of ours
 * @lifetimes:	to simulate, after one that is not counted
 */
struct crowd {
	unsigned int peers;
	double zipf;
	unsigned int hosts;
	bool one_address;
	unsigned int farm;
	double rate;
	double lifetime;
	unsigned int size;
	unsigned int share;
	unsigned int lifetimes;
	uint64_t seed;
};

struct crowd_result {
	uint64_t sessions;
	uint64_t computations;
};

/* One host of ours: the others fare the same. */
struct crowd_result crowd_run(const struct crowd *crowd);

#endif /* _CACHESIM_CROWD_H */
