// SPDX-License-Identifier: GPL-2.0
/*
 * What an exchange takes on loopback, both ends served by one daemon, and what its own
 * cryptography takes without the rest:
 *
 *	cost SUITE SOCKET
 *
 * The daemon at SOCKET serves SUITE alone. Prints the medians, in nanoseconds: SUITE, an exchange
 * with new key pairs, one with a secret to agree on, one with a secret from the cache; a key
 * pair, an agreement, the keys of a session. Whatever did other work than it should have is told
 * on stderr, with status 1.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "xcryptctl/client.h"
#include "agreement/derive.h"
#include "keys/keypair.h"
#include "common/mta.h"
#include "common/secret.h"

#define ROUNDS		11
#define PATIENCE	60000	/* milliseconds */

/* What the daemon has done so far. */
struct work {
	unsigned long pairs;
	unsigned long agreed;
};

struct situation {
	const char *command;		/* brings it about */
	struct work wanted;
};

/* Both ends are one host: there is one pair, and each end agrees for itself. */
static const struct situation situations[] = {
	{ "keys rotate", { 1, 2 } },
	{ "cache flush", { 0, 2 } },
	{ "status", { 0, 0 } },
};

static const char *control;

static unsigned long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000UL + ts.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

	return (x > y) - (x < y);
}

static unsigned long median(unsigned long took[ROUNDS])
{
	qsort(took, ROUNDS, sizeof(*took), by_size);
	return took[ROUNDS / 2];
}

/* --- exchanges --- */

static struct work command(const char *words)
{
	struct work work = { 0 };
	char *answer, *at, *line;

	if (client_must(control, words, &answer))
		exit(1);
	at = answer;
	while ((line = client_line(&at))) {
		sscanf(line, "key_pairs_total %lu", &work.pairs);
		sscanf(line, "public_key_operations_total %lu", &work.agreed);
	}
	free(answer);
	return work;
}

static void connect_pair(int fd[2])
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM, 0), i;
	socklen_t len = sizeof(sa);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&sa, len) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&sa, &len) ||
	    connect(fd[0], (struct sockaddr *)&sa, len))
		err(1, "loopback");
	fd[1] = accept(listener, NULL, NULL);
	close(listener);
	for (i = 0; i < 2; i++) {
		if (fcntl(fd[i], F_SETFL, O_NONBLOCK) || mta_attach(fd[i]))
			err(1, "the ULP");
	}
}

static void await(int fd, short events)
{
	struct pollfd wait = { .fd = fd, .events = events };

	if (poll(&wait, 1, PATIENCE) != 1)
		errx(1, "nothing happens on a socket");
}

static void must_ask(int fd, int role, const char *line, size_t len)
{
	const struct mta_request request = { .role = role, .line = line, .len = len };
	int error = mta_ask(fd, &request);

	if (error && error != -EINPROGRESS)
		errx(1, "XCRYPT_HANDSHAKE: %s", strerror(-error));
}

static void must_be_encrypted(int fd, const char *suite)
{
	struct xcrypt_outcome outcome;

	await(fd, POLLOUT);
	if (mta_outcome(fd, &outcome) || outcome.outcome_class != XCRYPT_CLASS_ENCRYPTED ||
	    strcmp(outcome.suite, suite))
		errx(1, "%s: %s, %s", suite, mta_class_name(outcome.outcome_class),
		     strerror(outcome.error));
}

/* From the client's request to both ends' outcomes. */
static unsigned long exchange(const char *suite)
{
	char words[XCRYPT_SUITES_MAX + 1], line[XCRYPT_LINE_MAX];
	socklen_t len = sizeof(words);
	unsigned long began, took;
	ssize_t n;
	int fd[2];

	connect_pair(fd);
	if (getsockopt(fd[1], SOL_XCRYPT, XCRYPT_SUITES, words, &len))
		err(1, "XCRYPT_SUITES");
	began = now();
	must_ask(fd[0], XCRYPT_ROLE_CLIENT, words, len - 1);
	await(fd[1], POLLIN);
	n = recv(fd[1], line, sizeof(line), 0);
	if (n <= 0)
		err(1, "the client's line");
	must_ask(fd[1], XCRYPT_ROLE_SERVER, line, n);
	must_be_encrypted(fd[1], suite);
	must_be_encrypted(fd[0], suite);
	took = now() - began;
	close(fd[0]);
	close(fd[1]);
	return took;
}

static unsigned long one(const char *suite, const struct situation *s)
{
	struct work before, after;
	unsigned long took;

	command(s->command);
	before = command("stats");
	took = exchange(suite);
	after = command("stats");
	if (after.pairs - before.pairs != s->wanted.pairs ||
	    after.agreed - before.agreed != s->wanted.agreed)
		errx(1, "%s after \"%s\": %lu key pairs and %lu public-key operations, not %lu and %lu",
		     suite, s->command, after.pairs - before.pairs, after.agreed - before.agreed,
		     s->wanted.pairs, s->wanted.agreed);
	return took;
}

static unsigned long exchanges(const char *suite, const struct situation *s)
{
	unsigned long took[ROUNDS];
	int i;

	for (i = 0; i < ROUNDS; i++)
		took[i] = one(suite, s);
	return median(took);
}

/* --- cryptography alone, of the daemon's own code --- */

static struct xc_keypair *new_pair(const struct xc_suite *suite)
{
	struct xc_keypair *pair;
	struct xc_time born;

	xc_clock(&born);
	pair = xc_keypair_new(suite->kex, &born, 7200);
	if (!pair)
		errx(1, "%s: no key pair", suite->name);
	return pair;
}

static unsigned long key_pairs(const struct xc_suite *suite)
{
	unsigned long took[ROUNDS], began;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		began = now();
		xc_keypair_put(new_pair(suite));
		took[i] = now() - began;
	}
	return median(took);
}

static unsigned long agreements(const struct xc_suite *suite, uint8_t *shared)
{
	unsigned long took[ROUNDS], began;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		struct xc_keypair *own = new_pair(suite), *peer = new_pair(suite);

		began = now();
		if (suite->kex->accept(own->own, peer->public_a, shared))
			errx(1, "%s: no agreement", suite->name);
		took[i] = now() - began;
		xc_keypair_put(own);
		xc_keypair_put(peer);
	}
	return median(took);
}

static unsigned long derivations(const struct xc_suite *suite, const uint8_t *shared)
{
	struct xc_transcript t = { .suite = suite };
	unsigned long took[ROUNDS], began;
	struct xc_keys keys;
	int i;

	if (xc_offer_parse(&t.offer, suite->name, strlen(suite->name)))
		errx(1, "%s: no offer", suite->name);
	for (i = 0; i < ROUNDS; i++) {
		xc_secret_random(t.nonce_a, sizeof(t.nonce_a));
		began = now();
		if (suite->kex->derive(&t, shared, &keys))
			errx(1, "%s: no keys", suite->name);
		took[i] = now() - began;
	}
	return median(took);
}

int main(int argc, char **argv)
{
	uint8_t shared[XC_SHARED_MAX];
	const struct xc_suite *suite;
	unsigned long pair, agreement;
	size_t i;

	if (argc != 3)
		errx(2, "usage: cost SUITE SOCKET");
	suite = xc_suite_find((struct xc_word) { argv[1], strlen(argv[1]) });
	if (!suite)
		errx(2, "no such suite: %s", argv[1]);
	control = argv[2];
	exchange(suite->name);
	printf("%s", suite->name);
	for (i = 0; i < sizeof(situations) / sizeof(situations[0]); i++)
		printf(" %lu", exchanges(suite->name, &situations[i]));
	pair = key_pairs(suite);
	agreement = agreements(suite, shared);
	printf(" %lu %lu %lu\n", pair, agreement, derivations(suite, shared));
	return 0;
}
