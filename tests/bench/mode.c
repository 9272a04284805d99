// SPDX-License-Identifier: GPL-2.0
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "ktls.h"
#include "mode.h"
#include "tls.h"
#include "ulp.h"

static void plain_start(struct pair *pair, const struct mode *mode)
{
	(void)pair;
	(void)mode;
}

static const struct mode modes[] = {
	{ "plain", NULL, plain_start },
	{ "attached", NULL, ulp_start },
	{ "chacha20", "chacha20", ulp_start },
	{ "aes256ctr", "aes256ctr", ulp_start },
	{ "t32", "t32", ulp_start },
	{ "arrsyfor", "arrsyfor", ulp_start },
	{ "chachapoly", "chachapoly", ulp_start },
	{ "aes256gcm", "aes256gcm", ulp_start },
	{ "ktls-aes128gcm", "aes128gcm", ktls_start },
	{ "ktls-aes256gcm", "aes256gcm", ktls_start },
	{ "ktls-chacha20poly1305", "chacha20poly1305", ktls_start },
	{ "tls-aes128gcm", "TLS_AES_128_GCM_SHA256", tls_start },
	{ "tls-aes256gcm", "TLS_AES_256_GCM_SHA384", tls_start },
	{ "tls-chacha20poly1305", "TLS_CHACHA20_POLY1305_SHA256", tls_start },
};

#define MODES (sizeof(modes) / sizeof(*modes))

const struct mode *mode_find(const char *name)
{
	for (size_t i = 0; i < MODES; i++)
		if (!strcmp(modes[i].name, name))
			return &modes[i];
	fprintf(stderr, "modes:");
	for (size_t i = 0; i < MODES; i++)
		fprintf(stderr, " %s", modes[i].name);
	fputc('\n', stderr);
	errx(2, "no mode %s", name);
}
