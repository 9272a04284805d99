// SPDX-License-Identifier: GPL-2.0
/*
 * Records while memory is gone for good, from some octet on. One goes to TCP whole, or the
 * connection is aborted: then the peer has read whole records up to there, and is told that
 * they are not all. One that cannot be opened for want of memory is still there afterwards.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"
#include "pair.h"
#include "pattern.h"
#include "records.h"
#include "tap.h"

#define STREAM	0x6661756c74ULL
#define FIRST	100		/* octets sent before: there is a page fragment */
#define LENGTH	300000
#define STEP	192		/* octets of memory more from try to try: less than TCP takes at once */
#define MOST	(48 * 1024)

static unsigned char data[LENGTH];

/* How many tries ended so. */
struct tally {
	int tries;
	int whole;
	int part;
	int nothing;
	int aborted;
};

static bool is_aborted(const struct pair *pair)
{
	struct xcrypt_info info;

	return !pair_info(pair->tx, XCRYPT_TX, &info) && info.error == ECONNABORTED;
}

/* To write again gives the error, and the peer is told of it behind what came whole. */
static const char *after_abort(struct pair *pair)
{
	const char *wrong = NULL;
	ssize_t n;

	if (send(pair->tx, data, 1, MSG_NOSIGNAL) >= 0 || errno != ECONNABORTED)
		return "an aborted connection takes more";
	close(pair->tx);
	pair->tx = -1;
	while (!wrong && (n = recv(pair->rx, data, sizeof(data), 0)) > 0)
		wrong = pair_check(pair, data, n);
	if (!wrong && pair->received > pair->sent)
		wrong = "more was received than sent";
	if (!wrong && (!n || (errno != ECONNRESET && errno != EBADMSG)))
		wrong = "the peer was told of no abort";
	return wrong;
}

static const char *after_send(struct pair *pair, struct tally *tally, ssize_t n)
{
	bool aborted = is_aborted(pair);

	if (n < 0 && errno != EAGAIN && errno != ENOMEM && errno != ENOBUFS &&
	    !(aborted && errno == ECONNABORTED))
		return "its error is not documented";
	pair->sent += n > 0 ? n : 0;
	tally->aborted += aborted;
	tally->whole += n == LENGTH;
	tally->part += n > 0 && n < LENGTH;
	tally->nothing += n < 0;
	return aborted ? after_abort(pair) : pair_settle(pair, FIRST + LENGTH + 100);
}

static const char *send_once(const struct cipher *cipher, int space, struct tally *tally)
{
	struct pair pair;
	const char *wrong;
	ssize_t n;

	pair_open(&pair, cipher, KEYED, 0);
	wrong = pair_settle(&pair, FIRST);
	pattern_fill(STREAM, FIRST, data, LENGTH);
	fault_drought(space);
	n = send(pair.tx, data, LENGTH, MSG_NOSIGNAL | MSG_DONTWAIT);
	fault_drought_end();
	wrong = wrong ?: after_send(&pair, tally, n);
	pair_close(&pair);
	return wrong;
}

static void send_all(const struct cipher *cipher)
{
	long before = pair_stat("XcryptRecordAborted");
	struct tally tally = { 0 };
	const char *wrong = NULL;
	int space;

	for (space = 0; !wrong && space < MOST; space += STEP) {
		tally.tries++;
		wrong = send_once(cipher, space, &tally);
	}
	if (!wrong && pair_stat("XcryptRecordAborted") - before != tally.aborted)
		wrong = "aborts were not counted";
	if (wrong)
		tap_say("with %d octets of memory: %s", space - STEP, wrong);
	tap_result(!wrong && tally.aborted && tally.part,
		   "%s: %d sends without memory: %d whole, %d in part, %d not; %d aborted",
		   cipher->name, tally.tries, tally.whole, tally.part, tally.nothing,
		   tally.aborted);
}

/* Return: NULL, or what is wrong with reading @len octets, or peeking at them, without memory. */
static const char *recv_once(const struct cipher *cipher, size_t len, int flags, bool *refused)
{
	struct pair pair;
	const char *wrong;
	ssize_t n;

	pair_open(&pair, cipher, KEYED, 0);
	wrong = pair_send(&pair, LENGTH);
	fault_drought(0);
	n = recv(pair.rx, data, len, flags | MSG_DONTWAIT);
	fault_drought_end();
	*refused |= n < 0;
	if (!wrong && n < 0 && errno != ENOMEM)
		wrong = "its error is not documented";
	if (!wrong && n > 0)
		wrong = pair_check(&pair, data, n);
	if (flags & MSG_PEEK)
		pair.received = 0;
	wrong = wrong ?: pair_settle(&pair, LENGTH);
	pair_close(&pair);
	return wrong;
}

/* The first read leaves a buffer to the processor for a second; each length is tried after it. */
static void recv_all(const struct cipher *cipher)
{
	static const size_t lengths[] = { 1, 1000, 16384, LENGTH };
	const char *wrong = NULL;
	bool refused = false;
	size_t i;

	for (i = 0; !wrong && i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		wrong = recv_once(cipher, lengths[i], 0, &refused) ?:
			recv_once(cipher, lengths[i], MSG_PEEK, &refused);
		sleep(2);
		wrong = wrong ?: recv_once(cipher, lengths[i], 0, &refused);
		sleep(2);
		wrong = wrong ?: recv_once(cipher, lengths[i], MSG_PEEK, &refused);
	}
	if (wrong)
		tap_say("%s", wrong);
	tap_result(!wrong && refused, "%s: reads without memory lose nothing", cipher->name);
}

void records_all(const char *only)
{
	size_t i;

	for (i = 0; i < CIPHERS; i++) {
		if (!ciphers[i].sealed || !pair_wanted(&ciphers[i], only))
			continue;
		send_all(&ciphers[i]);
		recv_all(&ciphers[i]);
	}
}
