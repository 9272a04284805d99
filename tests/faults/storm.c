// SPDX-License-Identifier: GPL-2.0
/*
 * Long streams while memory is short at random: TCP then takes a part of what was encrypted
 * for it and the cipher rolls back. That must happen here, and the stream stay right.
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

static const char *play(const char *cipher, int sndbuf)
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

static void storm(const char *name, const char *cipher, int percent, int sndbuf)
{
	long before = pair_stat("XcryptRollback"), rollbacks;
	const char *wrong;

	fault_percent(percent);
	wrong = play(cipher, sndbuf);
	fault_percent(0);
	rollbacks = pair_stat("XcryptRollback") - before;
	if (wrong)
		tap_say("%s", wrong);
	tap_result(!wrong && rollbacks > 0, "%s %s: %ld roll-backs", cipher, name, rollbacks);
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
		pair_open(&hogs[i], ciphers[i % CIPHERS], KEYED, 0);
		while (send(hogs[i].tx, waste, sizeof(waste), MSG_DONTWAIT) > 0)
			;
	}
}

static void out_of_memory(void)
{
	struct pair hogs[HOGS];
	char old[64];
	size_t i;

	hogs_open(hogs);
	tcp_mem("8 16 32", old, sizeof(old));
	for (i = 0; i < CIPHERS; i++)
		storm("with TCP out of memory", ciphers[i], 0, 0);
	tcp_mem(old, NULL, 0);
	for (i = 0; i < HOGS; i++)
		pair_close(&hogs[i]);
}

void storm_all(void)
{
	size_t i;

	pattern_fill(STREAM, 0, stream, LENGTH);
	for (i = 0; i < CIPHERS; i++) {
		storm("while a tenth of the allocations fail", ciphers[i], 10, 0);
		storm("with a small buffer and failing allocations", ciphers[i], 10, 8192);
	}
	out_of_memory();
}
