// SPDX-License-Identifier: GPL-2.0
#include <err.h>
#include <linux/tcp.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "ktls.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

/* All begin with struct tls_crypto_info; key, IV and salt follow, then a sequence of 0. */
union crypto {
	struct tls_crypto_info info;
	struct tls12_crypto_info_aes_gcm_128 aes128;
	struct tls12_crypto_info_aes_gcm_256 aes256;
	struct tls12_crypto_info_chacha20_poly1305 chacha20;
};

static const struct {
	const char *name;
	unsigned int type;
	unsigned int size;
	unsigned int sequence;		/* octets at the end */
} ciphers[] = {
	{ "aes128gcm", TLS_CIPHER_AES_GCM_128, sizeof(struct tls12_crypto_info_aes_gcm_128),
	  TLS_CIPHER_AES_GCM_128_REC_SEQ_SIZE },
	{ "aes256gcm", TLS_CIPHER_AES_GCM_256, sizeof(struct tls12_crypto_info_aes_gcm_256),
	  TLS_CIPHER_AES_GCM_256_REC_SEQ_SIZE },
	{ "chacha20poly1305", TLS_CIPHER_CHACHA20_POLY1305,
	  sizeof(struct tls12_crypto_info_chacha20_poly1305),
	  TLS_CIPHER_CHACHA20_POLY1305_REC_SEQ_SIZE },
};

static unsigned int crypto_make(union crypto *crypto, const char *cipher)
{
	unsigned int secret, i = 0;

	while (strcmp(ciphers[i].name, cipher))
		i++;
	memset(crypto, 0, sizeof(*crypto));
	crypto->info.version = TLS_1_3_VERSION;
	crypto->info.cipher_type = ciphers[i].type;
	secret = ciphers[i].size - sizeof(crypto->info) - ciphers[i].sequence;
	if (getrandom(&crypto->info + 1, secret, 0) != secret)
		err(1, "getrandom");
	return ciphers[i].size;
}

static void direction_key(int tx, int rx, const char *cipher)
{
	union crypto crypto;
	unsigned int size = crypto_make(&crypto, cipher);

	if (setsockopt(tx, SOL_TLS, TLS_TX, &crypto, size) ||
	    setsockopt(rx, SOL_TLS, TLS_RX, &crypto, size))
		err(1, "the kernel's TLS refuses a key for %s", cipher);
	explicit_bzero(&crypto, sizeof(crypto));
}

static void attach(int fd)
{
	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")))
		err(1, "cannot attach the kernel's TLS; try modprobe tls");
}

/* Its best: records are decrypted to where the reader wants them, not by way of a copy. */
static void expect_no_pad(int fd)
{
	int one = 1;

	if (setsockopt(fd, SOL_TLS, TLS_RX_EXPECT_NO_PAD, &one, sizeof(one)))
		err(1, "TLS_RX_EXPECT_NO_PAD");
}

void ktls_start(struct pair *pair, const struct mode *mode)
{
	attach(pair->tx);
	attach(pair->rx);
	direction_key(pair->tx, pair->rx, mode->cipher);
	direction_key(pair->rx, pair->tx, mode->cipher);
	expect_no_pad(pair->tx);
	expect_no_pad(pair->rx);
}
