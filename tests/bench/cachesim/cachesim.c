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

	printf("peers=%u zipf=%g hosts=%u one_address=%d farm=%u rate=%g lifetime=%g size=%u share=%u sessions=%llu computations=%llu hits=%.4f\n",
	       c->peers, c->zipf, c->hosts, c->one_address, c->farm, c->rate, c->lifetime,
	       c->size, c->share, (unsigned long long)r.sessions,
	       (unsigned long long)r.computations,
	       r.sessions ? 1 - (double)r.computations / r.sessions : 0);
}

int main(int argc, char **argv)
{
	static const struct option known[] = {
		{ "peers", required_argument, NULL, 'p' },
		{ "zipf", required_argument, NULL, 'z' },
		{ "hosts", required_argument, NULL, 'H' },
		{ "one-address", no_argument, NULL, 'o' },
		{ "farm", required_argument, NULL, 'f' },
		{ "rate", required_argument, NULL, 'r' },
		{ "lifetime", required_argument, NULL, 'l' },
		{ "size", required_argument, NULL, 's' },
		{ "share", required_argument, NULL, 'S' },
		{ "lifetimes", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 'e' },
		{ "paper", no_argument, NULL, 'P' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct crowd c = { .peers = 10000, .zipf = 1, .hosts = 1, .farm = 1, .rate = 10000,
			   .lifetime = 7200, .size = 4096, .share = 64, .lifetimes = 12, .seed = 1 };
	int option, i;

	while ((option = getopt_long(argc, argv, "h", known, &i)) != -1) {
		const char *name = known[i].name;

		switch (option) {
		case 'p': c.peers = number(name, optarg, 1, 1e7); break;
		case 'z': c.zipf = number(name, optarg, 0, 10); break;
		case 'H': c.hosts = number(name, optarg, 1, 400); break;
		case 'o': c.one_address = true; break;
		case 'f': c.farm = number(name, optarg, 1, 1e6); break;
		case 'r': c.rate = number(name, optarg, 1e-3, 1e9); break;
		case 'l': c.lifetime = number(name, optarg, 1, 1e7); break;
		case 's': c.size = number(name, optarg, 1, 1e8); break;
		case 'S': c.share = number(name, optarg, 1, 1e8); break;
		case 'n': c.lifetimes = number(name, optarg, 1, 1e6); break;
		case 'e': c.seed = number(name, optarg, 0, 1e15); break;
		case 'P': paper(); return 0;
		case 'h': fputs(usage, stdout); return 0;
		default: exit(2);
		}
	}
	if (optind < argc)
		errx(2, "what is %s? See --help", argv[optind]);
	print(&c);
	return 0;
}
