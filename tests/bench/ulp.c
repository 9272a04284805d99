// SPDX-License-Identifier: GPL-2.0
#include <err.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <linux/xcrypt.h>

#include "ulp.h"

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

static void key_make(struct xcrypt_key *key, const char *cipher)
{
	size_t i = 0;

	while (strcmp(ciphers[i].name, cipher))
		i++;
	memset(key, 0, sizeof(*key));
	key->version = XCRYPT_VERSION;
	key->key_len = ciphers[i].key_len;
	key->iv_len = ciphers[i].iv_len;
	strncpy(key->cipher, cipher, sizeof(key->cipher) - 1);
	if (getrandom(key->key, key->key_len, 0) != key->key_len ||
	    getrandom(key->iv, key->iv_len, 0) != key->iv_len)
		err(1, "getrandom");
}

static void direction_key(int tx, int rx, const char *cipher)
{
	struct xcrypt_key key;

	key_make(&key, cipher);
	if (setsockopt(tx, SOL_XCRYPT, XCRYPT_TX, &key, sizeof(key)) ||
	    setsockopt(rx, SOL_XCRYPT, XCRYPT_RX, &key, sizeof(key)))
		err(1, "xcrypt refuses a key for %s", cipher);
	explicit_bzero(&key, sizeof(key));
}

static void attach(int fd)
{
	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "xcrypt", sizeof("xcrypt")))
		err(1, "cannot attach xcrypt; load the module first (tests/vm/load)");
}

void ulp_start(struct pair *pair, const struct mode *mode)
{
	attach(pair->tx);
	attach(pair->rx);
	if (!mode->cipher)
		return;
	direction_key(pair->tx, pair->rx, mode->cipher);
	direction_key(pair->rx, pair->tx, mode->cipher);
}
