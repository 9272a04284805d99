// SPDX-License-Identifier: GPL-2.0
/* How many sessions the cache of shared secrets serves, see cachesim --help. */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "crowd.h"
#include "paper.h"

static const char usage[] =
"Usage: cachesim --paper\n"
"       cachesim [option...]\n"
"\n"
"Simulates the key pairs and the cache of xcryptd under the mail of the paper's section 7,\n"
"or under that of many peers. Prints a line of NAME=VALUE; always the same for the same\n"
"options.\n"
"\n"
"  --peers N        other parties (default 10000)\n"
"  --zipf X         the party of rank n has a part of 1/n^X of the sessions (default 1)\n"
"  --hosts N        of each of them, each with a key pair (default 1)\n"
"  --one-address    its hosts are seen under one address\n"
"  --farm N         hosts of our own, each with a key pair and a cache (default 1)\n"
"  --rate N         sessions an hour with all of the farm (default 10000)\n"
"  --lifetime N     of key pairs, seconds (default 7200)\n"
"  --size N         entries of a cache (default 4096)\n"
"  --share N        of them for one address (default 64)\n"
"  --lifetimes N    to simulate, after one that is not counted (default 12)\n"
"  --seed N         (default 1)\n";

static double number(const char *name, const char *text, double min, double max)
{
	char *end;
	double n;

	errno = 0;
	n = strtod(text, &end);
	if (errno || *end || end == text || !(n >= min && n <= max))
		errx(2, "--%s %s: give a number from %g to %g", name, text, min, max);
	return n;
}

static void paper(void)
{
	static const struct { const char *name; bool on_the_clock, peer_too; } cases[] = {
		{ "paper", true, false },
		{ "xcryptd", false, false },
		{ "peer-too", false, true },
	};

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		unsigned long long n = paper_computations(cases[i].on_the_clock,
							  cases[i].peer_too);

		printf("case=%s sessions=%d computations=%llu saved=%.4f dh=%.4f\n",
		       cases[i].name, PAPER_MESSAGES, n, 1 - (double)n / PAPER_MESSAGES,
		       n * PAPER_DH_S / PAPER_MESSAGES);
	}
}

static void print(const struct crowd *c)
{
	struct crowd_result r = crowd_run(c);

	printf("peers=%u zipf=%g hosts=%u one_address=%d farm=%u ",
	       c->peers, c->zipf, c->hosts, c->one_address, c->farm);
	printf("rate=%g lifetime=%g size=%u share=%u ",
	       c->rate, c->lifetime, c->size, c->share);
	printf("sessions=%llu computations=%llu hits=%.4f\n", (unsigned long long)r.sessions,
	       (unsigned long long)r.computations,
	       r.sessions ? 1 - (double)r.computations / r.sessions : 0);
}

enum { PEERS, ZIPF, HOSTS, FARM, RATE, LIFETIME, SIZE, SHARE, LIFETIMES, SEED, NUMBERS };

/* Of each option: what it may be; it begins with its default. */
static struct {
	const char *name;
	double min;
	double max;
	double value;
} numbers[NUMBERS] = {
	[PEERS]		= { "peers", 1, 1e7, 10000 },
	[ZIPF]		= { "zipf", 0, 10, 1 },
	[HOSTS]		= { "hosts", 1, 400, 1 },
	[FARM]		= { "farm", 1, 1e6, 1 },
	[RATE]		= { "rate", 1e-3, 1e9, 10000 },
	[LIFETIME]	= { "lifetime", 1, 1e7, 7200 },
	[SIZE]		= { "size", 1, 1e8, 4096 },
	[SHARE]		= { "share", 1, 1e8, 64 },
	[LIFETIMES]	= { "lifetimes", 1, 1e6, 12 },
	[SEED]		= { "seed", 0, 1e15, 1 },
};

static struct crowd crowd_make(bool one_address)
{
	return (struct crowd){
		.peers = numbers[PEERS].value,
		.zipf = numbers[ZIPF].value,
		.hosts = numbers[HOSTS].value,
		.one_address = one_address,
		.farm = numbers[FARM].value,
		.rate = numbers[RATE].value,
		.lifetime = numbers[LIFETIME].value,
		.size = numbers[SIZE].value,
		.share = numbers[SHARE].value,
		.lifetimes = numbers[LIFETIMES].value,
		.seed = numbers[SEED].value,
	};
}

int main(int argc, char **argv)
{
	enum { ONE_ADDRESS = NUMBERS, PAPER, HELP, OPTIONS };
	struct option known[OPTIONS + 1] = {
		[ONE_ADDRESS] = { "one-address", no_argument, NULL, 0 },
		[PAPER] = { "paper", no_argument, NULL, 0 },
		[HELP] = { "help", no_argument, NULL, 0 },
	};
	bool is_given[OPTIONS] = { false };
	struct crowd crowd;
	int c, i;

	for (i = 0; i < NUMBERS; i++)
		known[i] = (struct option){ numbers[i].name, required_argument, NULL, 0 };
	while ((c = getopt_long(argc, argv, "", known, &i)) != -1) {
		if (c)
			exit(2);
		is_given[i] = true;
		if (i < NUMBERS)
			numbers[i].value = number(numbers[i].name, optarg, numbers[i].min,
						  numbers[i].max);
	}
	if (optind < argc)
		errx(2, "what is %s? See --help", argv[optind]);
	if (is_given[HELP]) {
		fputs(usage, stdout);
	} else if (is_given[PAPER]) {
		paper();
	} else {
		crowd = crowd_make(is_given[ONE_ADDRESS]);
		print(&crowd);
	}
	return 0;
}
