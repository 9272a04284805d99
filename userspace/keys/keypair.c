// SPDX-License-Identifier: GPL-2.0
#include "keypair.h"

#include <string.h>

#include "common/secret.h"

struct xc_keypair *xc_keypair_restore(const struct xc_kex *kex, const uint8_t *stored,
				      time_t born, time_t expires, time_t boot_end)
{
	struct xc_keypair *pair = xc_secret_alloc(sizeof(*pair));

	if (!pair)
		return NULL;
	pair->kex = kex;
	pair->born = born;
	pair->expires = expires;
	pair->boot_end = boot_end;
	pair->refs = 1;
	memcpy(pair->stored, stored, kex->private_len);
	pair->own = kex->load(pair->stored, pair->public_a);
	if (!pair->own) {
		xc_keypair_put(pair);
		return NULL;
	}
	return pair;
}

struct xc_keypair *xc_keypair_new(const struct xc_kex *kex, const struct xc_time *now,
				  unsigned int lifetime)
{
	struct xc_keypair *pair = NULL;
	uint8_t stored[XC_PRIVATE_MAX];

	if (xc_secret_random(stored, kex->private_len) == 0)
		pair = xc_keypair_restore(kex, stored, now->wall, now->wall + lifetime,
					  now->boot + lifetime);
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

time_t xc_keypair_left(const struct xc_keypair *pair, const struct xc_time *now)
{
	time_t wall = pair->expires - now->wall, boot = pair->boot_end - now->boot;
	time_t left = wall < boot ? wall : boot;

	return left > 0 ? left : 0;
}

time_t xc_keypair_age(const struct xc_keypair *pair, const struct xc_time *now)
{
	time_t age = pair->expires - pair->born - (pair->boot_end - now->boot);

	return age > 0 ? age : 0;
}

bool xc_keypair_expired(const struct xc_keypair *pair, const struct xc_time *now)
{
	return !xc_keypair_left(pair, now);
}
