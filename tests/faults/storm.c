// SPDX-License-Identifier: GPL-2.0
/*
 * Long streams while memory is short at random: TCP then takes a part of what was encrypted
 * for it and the cipher rolls back. That must happen here, and the stream stay right. A record
 * goes to TCP to its end, so that there is nothing to roll back.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"
#include "pair.h"
#include "pattern.h"
#include "storm.h"
#include "tap.h"

#define STREAM		0x6661756c74ULL
#define LENGTH		(1 << 20)
#define PIECE		(1 << 18)
#define TCP_MEM		"/proc/sys/net/ipv4/tcp_mem"
#define HOGS		8
#define RECORD		4000		/* octets, in one record */
#define SEGMENT		500

struct storm {
	struct pair pair;
	int send_error;
	int refused;		/* calls that gave ENOMEM and took nothing */
	const char *wrong;
};

static unsigned char stream[LENGTH];

static void *sender(void *arg)
{
	struct storm *storm = arg;
	struct pair *pair = &storm->pair;

	fault_storm(true);
	while (pair->sent < LENGTH) {
		size_t left = LENGTH - pair->sent;
		ssize_t n = send(pair->tx, stream + pair->sent, left < PIECE ? left : PIECE,
				 MSG_NOSIGNAL);

		if (n < 0 && errno == ENOMEM) {
			storm->refused++;
			continue;
		}
		if (n <= 0) {
			storm->send_error = errno;
			break;
		}
		pair->sent += n;
	}
	fault_storm(false);
	shutdown(pair->tx, SHUT_WR);
	return NULL;
}

static void *receiver(void *arg)
{
	struct storm *storm = arg;
	unsigned char data[20000];
	ssize_t n;

	while (!storm->wrong && (n = recv(storm->pair.rx, data, sizeof(data), 0)) > 0)
		storm->wrong = pair_check(&storm->pair, data, n);
	return NULL;
}

static const char *play(const struct cipher *cipher, int sndbuf)
{
	struct storm storm = { 0 };
	pthread_t threads[2];

	pair_open(&storm.pair, cipher, KEYED, sndbuf);
	if (pthread_create(&threads[0], NULL, receiver, &storm) ||
	    pthread_create(&threads[1], NULL, sender, &storm))
		err(2, "pthread_create");
	pthread_join(threads[1], NULL);
	pthread_join(threads[0], NULL);
	if (storm.send_error) {
		tap_say("octet %llu: %s", (unsigned long long)storm.pair.sent,
			strerror(storm.send_error));
		storm.wrong = storm.wrong ?: "send failed";
	}
	if (storm.refused)
		tap_say("%d calls failed with ENOMEM and were made again", storm.refused);
	if (!storm.wrong)
		storm.wrong = pair_settle(&storm.pair, LENGTH);
	pair_close(&storm.pair);
	return storm.wrong;
}

static void storm(const char *name, const struct cipher *cipher, int percent, int sndbuf)
{
	long before = pair_stat("XcryptRollback"), rollbacks;
	const char *wrong;

	fault_percent(percent);
	wrong = play(cipher, sndbuf);
	fault_percent(0);
	rollbacks = pair_stat("XcryptRollback") - before;
	if (wrong)
		tap_say("%s", wrong);
	tap_result(!wrong && (rollbacks > 0) != cipher->sealed, "%s %s: %ld roll-backs",
		   cipher->name, name, rollbacks);
}

/* Gives the old text back. */
static void tcp_mem(const char *text, char *old, size_t size)
{
	int fd = open(TCP_MEM, O_RDWR);
	ssize_t n;

	if (fd < 0)
		err(2, TCP_MEM);
	n = old ? pread(fd, old, size - 1, 0) : 0;
	if (n < 0 || pwrite(fd, text, strlen(text), 0) < 0)
		err(2, TCP_MEM);
	if (old)
		old[n] = 0;
	close(fd);
}

/* Octets that nobody reads: TCP has used up its memory before the storm. */
static void hogs_open(struct pair *hogs)
{
	static unsigned char waste[LENGTH];
	int i;

	for (i = 0; i < HOGS; i++) {
		pair_open(&hogs[i], &ciphers[i % CIPHERS], KEYED, 0);
		while (send(hogs[i].tx, waste, sizeof(waste), MSG_DONTWAIT) > 0)
			;
	}
}

/* Ciphertext of the stream's first octets, as it goes over the wire. */
static size_t seal(const struct cipher *cipher, size_t len, unsigned char *wire, size_t room)
{
	struct pair pair;
	size_t done = 0;
	ssize_t n;

	pair_open(&pair, cipher, TX_KEYED, 0);
	if (pair_send(&pair, len))
		err(2, "sending");
	while ((n = recv(pair.rx, wire + done, room - done, MSG_DONTWAIT)) > 0)
		done += n;
	pair_close(&pair);
	return done;
}

/* Send @len octets of @wire without a key, in small segments, to a receiver that has one. */
static const char *split(const struct cipher *cipher, const unsigned char *wire, size_t len)
{
	struct timeval patience = { .tv_sec = 30 };
	const char *wrong = NULL;
	unsigned char data[RECORD];
	struct pair pair;
	size_t at, n;

	pair_open(&pair, cipher, ATTACHED, 0);
	setsockopt(pair.rx, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(pair.tx, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (pair_key(&pair, pair.rx, XCRYPT_RX))
		err(2, "RX key");
	for (at = 0; at < len; at += n) {
		n = len - at < SEGMENT ? len - at : SEGMENT;
		if (send(pair.tx, wire + at, n, MSG_NOSIGNAL) != (ssize_t)n)
			wrong = "the sender without key stopped";
		/* A reader that looks in has a part of a record in its queue. */
		if (recv(pair.rx, data, sizeof(data), MSG_DONTWAIT | MSG_PEEK) > 0 &&
		    at + n < len)
			wrong = wrong ?: "a part of a record was read";
	}
	if (recv(pair.rx, data, sizeof(data), MSG_WAITALL) != sizeof(data))
		wrong = wrong ?: "the record did not arrive";
	wrong = wrong ?: pair_check(&pair, data, sizeof(data));
	pair_close(&pair);
	return wrong;
}

static void split_record(const struct cipher *cipher)
{
	static unsigned char wire[2 * RECORD];
	size_t len = seal(cipher, RECORD, wire, sizeof(wire));
	const char *wrong = split(cipher, wire, len);

	if (wrong)
		tap_say("%s", wrong);
	tap_result(!wrong, "%s: a record in segments of %d with TCP out of memory", cipher->name,
		   SEGMENT);
}

static void out_of_memory(const char *only)
{
	struct pair hogs[HOGS];
	char old[64];
	size_t i;

	hogs_open(hogs);
	tcp_mem("8 16 32", old, sizeof(old));
	for (i = 0; i < CIPHERS; i++)
		if (pair_wanted(&ciphers[i], only))
			storm("with TCP out of memory", &ciphers[i], 0, 0);
	for (i = 0; i < CIPHERS; i++)
		if (pair_wanted(&ciphers[i], only) && ciphers[i].sealed)
			split_record(&ciphers[i]);
	tcp_mem(old, NULL, 0);
	for (i = 0; i < HOGS; i++)
		pair_close(&hogs[i]);
}

void storm_all(const char *only)
{
	size_t i;

	pattern_fill(STREAM, 0, stream, LENGTH);
	for (i = 0; i < CIPHERS; i++) {
		if (!pair_wanted(&ciphers[i], only))
			continue;
		storm("while a tenth of the allocations fail", &ciphers[i], 10, 0);
		storm("with a small buffer and failing allocations", &ciphers[i], 10, 8192);
	}
	out_of_memory(only);
}
