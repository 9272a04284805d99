// SPDX-License-Identifier: GPL-2.0
#include "keypair.h"

#include <string.h>

#include "secret.h"

struct xc_keypair *xc_keypair_restore(const struct xc_kex *kex, const uint8_t *stored,
				      time_t born, time_t expires)
{
	struct xc_keypair *pair = xc_secret_alloc(sizeof(*pair));

	if (!pair)
		return NULL;
	pair->kex = kex;
	pair->born = born;
	pair->expires = expires;
	pair->refs = 1;
	memcpy(pair->stored, stored, kex->private_len);
	pair->own = kex->load(pair->stored, pair->public_a);
	if (!pair->own) {
		xc_keypair_put(pair);
		return NULL;
	}
	return pair;
}

struct xc_keypair *xc_keypair_new(const struct xc_kex *kex, time_t now, unsigned int lifetime)
{
	struct xc_keypair *pair = NULL;
	uint8_t stored[XC_PRIVATE_MAX];

	if (xc_secret_random(stored, kex->private_len) == 0)
		pair = xc_keypair_restore(kex, stored, now, now + lifetime);
	xc_secret_wipe(stored, sizeof(stored));
	return pair;
}

struct xc_keypair *xc_keypair_get(struct xc_keypair *pair)
{
	pair->refs++;
	return pair;
}

void xc_keypair_put(struct xc_keypair *pair)
{
	if (!pair || --pair->refs)
		return;
	if (pair->own)
		pair->kex->unload(pair->own);
	xc_secret_free(pair, sizeof(*pair));
}

bool xc_keypair_expired(const struct xc_keypair *pair, time_t now)
{
	return now < pair->born || now >= pair->expires;
}
