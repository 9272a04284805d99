// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "link.h"

static const struct {
	const char *name;
	uint16_t key_len;
	uint16_t iv_len;
} ciphers[] = {
	{ "chacha20", 32, 12 },
	{ "aes256ctr", 32, 16 },
	{ "t32", 10, 0 },
	{ "arrsyfor", 10, 0 },
	{ "chachapoly", 32, 12 },
	{ "aes256gcm", 32, 12 },
};

static void enter(const char *namespace)
{
	int fd = open(namespace, O_RDONLY);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(2, "%s", namespace);
	close(fd);
}

static int make(const char *namespace)
{
	int fd;

	enter(namespace);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0)
		err(2, "socket");
	return fd;
}

static void key_random(struct xcrypt_key *key, const char *cipher, struct random *random)
{
	size_t i, j;

	memset(key, 0, sizeof(*key));
	key->version = XCRYPT_VERSION;
	for (i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++) {
		if (strcmp(ciphers[i].name, cipher))
			continue;
		strcpy(key->cipher, cipher);
		key->key_len = ciphers[i].key_len;
		key->iv_len = ciphers[i].iv_len;
		for (j = 0; j < key->key_len; j++)
			key->key[j] = random_next(random);
		for (j = 0; j < key->iv_len; j++)
			key->iv[j] = random_next(random);
		return;
	}
	errx(2, "unknown cipher %s", cipher);
}

/* What @from sends, @to receives. */
static void key_install(int from, int to, const char *cipher, struct random *random)
{
	struct xcrypt_key key;

	key_random(&key, cipher, random);
	if (setsockopt(from, SOL_XCRYPT, XCRYPT_TX, &key, sizeof(key)) ||
	    setsockopt(to, SOL_XCRYPT, XCRYPT_RX, &key, sizeof(key)))
		err(2, "installing a key");
}

void link_connect(int fds[2], const char *cipher, struct random *random)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int listener = make("/run/netns/soak1"), i;

	inet_pton(AF_INET, "10.78.0.2", &address.sin_addr);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener, 1) || getsockname(listener, (struct sockaddr *)&address, &len))
		err(2, "listen");
	fds[0] = make("/run/netns/soak0");
	if (connect(fds[0], (struct sockaddr *)&address, sizeof(address)))
		err(2, "connect");
	fds[1] = accept(listener, NULL, NULL);
	if (fds[1] < 0)
		err(2, "accept");
	close(listener);
	if (!strcmp(cipher, LINK_PLAIN))
		return;
	for (i = 0; i < 2; i++)
		if (setsockopt(fds[i], SOL_TCP, TCP_ULP, "xcrypt", sizeof("xcrypt")))
			err(2, "attaching the ULP");
	key_install(fds[0], fds[1], cipher, random);
	key_install(fds[1], fds[0], cipher, random);
}

uint64_t link_octets(int fd, int option)
{
	struct xcrypt_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_XCRYPT, option, &info, &len))
		err(2, "getsockopt");
	return info.octets;
}
