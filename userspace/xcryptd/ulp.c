// SPDX-License-Identifier: GPL-2.0
#include "ulp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/xcrypt.h>

#include "common/secret.h"

static int install(int fd, int option, struct xcrypt_key key, const struct xc_exchange *x,
		   const struct xc_direction *direction)
{
	const struct xc_suite *suite = xc_exchange_suite(x);
	int err;

	if (!suite)
		return -EINVAL;
	key.version = XCRYPT_VERSION;
	key.key_len = suite->key_len;
	key.iv_len = suite->iv_len;
	snprintf(key.cipher, sizeof(key.cipher), "%s", suite->cipher);
	memcpy(key.session, xc_exchange_session(x), sizeof(key.session));
	memcpy(key.key, direction->key, suite->key_len);
	memcpy(key.iv, direction->iv, suite->iv_len);
	err = setsockopt(fd, SOL_XCRYPT, option, &key, sizeof(key)) ? -errno : 0;
	xc_secret_wipe(&key, sizeof(key));
	return err;
}

int xc_ulp_send_key(int fd, const struct xc_exchange *x, unsigned int padding)
{
	const struct xc_suite *suite = xc_exchange_suite(x);
	struct xcrypt_key key = { 0 };
	struct xc_direction tx, rx;

	if (suite && suite->kex->identity)
		key.padding = padding;
	xc_exchange_keys(x, &tx, &rx);
	return install(fd, XCRYPT_TX, key, x, &tx);
}

int xc_ulp_receive_key(int fd, const struct xc_exchange *x, bool strict)
{
	const struct xcrypt_key key = { .flags = strict ? XCRYPT_F_STRICT : 0 };
	struct xc_direction tx, rx;

	xc_exchange_keys(x, &tx, &rx);
	return install(fd, XCRYPT_RX, key, x, &rx);
}
