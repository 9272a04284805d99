// SPDX-License-Identifier: GPL-2.0
/* The designers' million-fold iterations. Built without sanitizers, for their time. */
#include <linux/kernel.h>

#include "cipher_vectors.h"
#include "cipher/t32.h"
#include "tap.h"

static void iterate(const struct iterated_vector *v)
{
	u8 buf[64] = { 0 };
	unsigned int i;
	struct t32 t;

	t32_key(&t, v->key, v->key_len);
	t32_nonce(&t, v->nonce, v->nonce_len);
	t32_crypt(&t, buf, buf, v->len);
	for (i = 0; i < v->iterations; i++) {
		t32_key(&t, buf, 16);
		t32_crypt(&t, buf, buf, v->len);
	}
	is_octets(buf, v->expect, v->len, "%s", v->name);
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(iterated_vectors); i++)
		iterate(&iterated_vectors[i]);
	return tap_done();
}
