// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <netinet/in.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "key.h"
#include "sock.h"

static const struct {
	const char *name;
	int key_len;
	int iv_len;
} ciphers[] = {
	{ "chacha20", 32, 12 },
	{ "aes256ctr", 32, 16 },
	{ "t32", 10, 0 },
	{ "arrsyfor", 10, 0 },
	{ "chachapoly", 32, 12 },
	{ "aes256gcm", 32, 12 },
};

int xc_attach(int fd)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, "xcrypt", sizeof("xcrypt"));
}

int xc_set(int fd, int direction, const struct xcrypt_key *key)
{
	return setsockopt(fd, SOL_XCRYPT, direction, key, sizeof(*key));
}

int xc_get(int fd, int direction, struct xcrypt_info *info)
{
	socklen_t len = sizeof(*info);

	memset(info, 0xee, sizeof(*info));
	return getsockopt(fd, SOL_XCRYPT, direction, info, &len);
}

static void fill_random(void *buf, size_t len)
{
	if (getrandom(buf, len, 0) != (ssize_t)len)
		abort();
}

void key_random(struct xcrypt_key *key, const char *cipher)
{
	size_t i = 0;

	while (strcmp(ciphers[i].name, cipher))
		i++;
	memset(key, 0, sizeof(*key));
	key->version = XCRYPT_VERSION;
	key->key_len = ciphers[i].key_len;
	key->iv_len = ciphers[i].iv_len;
	memcpy(key->cipher, cipher, strlen(cipher));
	fill_random(key->session, sizeof(key->session));
	fill_random(key->key, key->key_len);
	fill_random(key->iv, key->iv_len);
}

bool xc_sealed(const char *cipher)
{
	return cipher && (!strcmp(cipher, "chachapoly") || !strcmp(cipher, "aes256gcm"));
}

/* L, the sealed part padded to a multiple of 128, a tag of 16. */
size_t xc_wire(const char *cipher, size_t octets)
{
	size_t sealed = (octets + 2 + 127) / 128 * 128;

	if (!xc_sealed(cipher))
		return octets;
	return 2 + (sealed > 16386 ? 16386 : sealed) + 16;
}

unsigned long long xc_octets(int fd, int direction)
{
	struct xcrypt_info info;

	return xc_get(fd, direction, &info) ? -1ULL : info.octets;
}

int xc_error(int fd, int direction)
{
	struct xcrypt_info info;

	return xc_get(fd, direction, &info) ? -1 : (int)info.error;
}

int pair_key(int tx, int rx, const struct xcrypt_key *key)
{
	return xc_set(tx, XCRYPT_TX, key) || xc_set(rx, XCRYPT_RX, key) ? -1 : 0;
}

int pair_encrypt(const int fd[2], const char *cipher)
{
	struct xcrypt_key key;

	if (xc_attach(fd[0]) || xc_attach(fd[1]))
		return -1;
	key_random(&key, cipher);
	if (pair_key(fd[0], fd[1], &key))
		return -1;
	key_random(&key, cipher);
	return pair_key(fd[1], fd[0], &key);
}

bool xc_debug_build(void)
{
	struct xcrypt_key key;
	bool debug = false;
	int fd[2];

	if (pair_open(AF_INET, fd))
		return false;
	key_random(&key, "chacha20");
	key.start = 64;
	if (!xc_attach(fd[0]))
		debug = !xc_set(fd[0], XCRYPT_TX, &key);
	close(fd[0]);
	close(fd[1]);
	return debug;
}
