// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "pair.h"
#include "pattern.h"

#define STREAM	0x6661756c74ULL		/* the pattern's name */
#define ROOM	(1 << 20)

const struct cipher ciphers[CIPHERS] = {
	{ "chacha20", 32, 12, .sealed = false },
	{ "aes256ctr", 32, 16, .sealed = false },
	{ "t32", 10, 0, .sealed = false },
	{ "arrsyfor", 10, 0, .sealed = false },
	{ "chachapoly", 32, 12, .sealed = true },
	{ "aes256gcm", 32, 12, .sealed = true },
};

bool pair_wanted(const struct cipher *cipher, const char *only)
{
	return !only || !strcmp(cipher->name, only);
}

static void set(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		err(2, "setsockopt");
}

static void connect_pair(struct pair *pair, int sndbuf)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	set(listener, SOL_SOCKET, SO_RCVBUF, ROOM);
	pair->tx = socket(AF_INET, SOCK_STREAM, 0);
	set(pair->tx, SOL_SOCKET, SO_SNDBUF, sndbuf ?: ROOM);
	if (bind(listener, (struct sockaddr *)&address, len) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&address, &len) ||
	    connect(pair->tx, (struct sockaddr *)&address, len))
		err(2, "connect");
	pair->rx = accept(listener, NULL, NULL);
	if (pair->rx < 0)
		err(2, "accept");
	close(listener);
	/* No segments that wait for others: the receiver is the same thread. */
	set(pair->tx, SOL_TCP, TCP_NODELAY, 1);
}

void pair_open(struct pair *pair, const struct cipher *cipher, enum stage stage, int sndbuf)
{
	pair->cipher = cipher;
	pair->sent = 0;
	pair->received = 0;
	connect_pair(pair, sndbuf);
	if (stage >= ATTACHED && (pair_attach(pair->tx) || pair_attach(pair->rx)))
		err(2, "attach");
	if (stage >= TX_KEYED && pair_key(pair, pair->tx, XCRYPT_TX))
		err(2, "TX key");
	if (stage >= KEYED && pair_key(pair, pair->rx, XCRYPT_RX))
		err(2, "RX key");
}

/*
 * By reset, so that nothing stays behind: an end that was closed without memory for its FIN would
 * stay, and the module with it.
 */
void pair_close(struct pair *pair)
{
	struct linger linger = { .l_onoff = 1 };

	setsockopt(pair->rx < 0 ? pair->tx : pair->rx, SOL_SOCKET, SO_LINGER, &linger,
		   sizeof(linger));
	close(pair->rx);
	close(pair->tx);
}

int pair_attach(int fd)
{
	return setsockopt(fd, SOL_TCP, TCP_ULP, "xcrypt", sizeof("xcrypt"));
}

int pair_key(const struct pair *pair, int fd, int option)
{
	struct xcrypt_key key = { .version = XCRYPT_VERSION };

	strcpy(key.cipher, pair->cipher->name);
	key.key_len = pair->cipher->key_len;
	key.iv_len = pair->cipher->iv_len;
	memset(key.key, 'k', key.key_len);
	memset(key.iv, 'i', key.iv_len);
	return setsockopt(fd, SOL_XCRYPT, option, &key, sizeof(key));
}

int pair_info(int fd, int option, struct xcrypt_info *info)
{
	socklen_t len = sizeof(*info);

	return getsockopt(fd, SOL_XCRYPT, option, info, &len);
}

const char *pair_send(struct pair *pair, uint64_t total)
{
	static unsigned char data[ROOM];

	while (pair->sent < total) {
		ssize_t n;

		pattern_fill(STREAM, pair->sent, data, total - pair->sent);
		n = send(pair->tx, data, total - pair->sent, MSG_NOSIGNAL);
		if (n <= 0)
			return "sending the rest failed";
		pair->sent += n;
	}
	return NULL;
}

/* These octets were received. */
const char *pair_check(struct pair *pair, const void *data, size_t len)
{
	static unsigned char expect[ROOM];

	pattern_fill(STREAM, pair->received, expect, len);
	if (memcmp(data, expect, len))
		return "wrong octets were received";
	pair->received += len;
	return NULL;
}

static const char *compare_counts(const struct pair *pair)
{
	struct xcrypt_info tx, rx;

	if (pair_info(pair->tx, XCRYPT_TX, &tx) || pair_info(pair->rx, XCRYPT_RX, &rx))
		return "getsockopt failed";
	if (tx.octets != pair->sent || rx.octets != pair->received)
		return "getsockopt counts other octets";
	return tx.error || rx.error ? "getsockopt reports an error" : NULL;
}

const char *pair_settle(struct pair *pair, uint64_t total)
{
	static unsigned char data[ROOM];
	const char *wrong = pair_send(pair, total);

	while (!wrong && pair->received < total) {
		ssize_t n = recv(pair->rx, data, sizeof(data), 0);

		if (n <= 0)
			return "receiving the rest failed";
		wrong = pair_check(pair, data, n);
	}
	return wrong ?: compare_counts(pair);
}

long pair_stat(const char *name)
{
	FILE *file = fopen("/proc/net/xcrypt_stat", "r");
	char line[64];
	long value;

	if (!file)
		err(2, "/proc/net/xcrypt_stat");
	while (fscanf(file, "%63s %ld", line, &value) == 2) {
		if (!strcmp(line, name)) {
			fclose(file);
			return value;
		}
	}
	errx(2, "no counter %s", name);
}
