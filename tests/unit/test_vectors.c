// SPDX-License-Identifier: GPL-2.0
/* Every keystream of cipher-vectors.json. */
#include <crypto/arc4.h>
#include <linux/kernel.h>
#include <stdlib.h>

#include "cipher/cipher.h"
#include "cipher_vectors.h"
#include "cipher/t32.h"
#include "skcipher.h"
#include "tap.h"

static const struct xcrypt_cipher *const ciphers[] = {
	&xcrypt_chacha20, &xcrypt_aes256ctr, &xcrypt_aes256ctr_skcipher, &xcrypt_t32,
	&xcrypt_arrsyfor,
};

/* Through struct xcrypt_cipher: the octets before are drawn, @out gets the rest. */
static void draw(const struct xcrypt_cipher *cipher, const struct stream_vector *v, u8 *out)
{
	void *state = calloc(1, cipher->state_size);
	u8 *before = calloc(1, v->octet + 1);

	if (cipher->setkey(state, v->key, v->nonce) ||
	    cipher->crypt(state, before, before, v->octet) ||
	    cipher->crypt(state, out, out, v->len))
		abort();
	if (cipher->release)
		cipher->release(state);
	free(before);
	free(state);
}

static void draw_arc4(const struct stream_vector *v, u8 *out)
{
	u8 *before = calloc(1, v->octet + 1);
	struct arc4_ctx ctx;

	arc4_setkey(&ctx, v->key, v->key_len);
	arc4_crypt(&ctx, before, before, v->octet);
	arc4_crypt(&ctx, out, out, v->len);
	free(before);
}

static void draw_t32(const struct stream_vector *v, u8 *out)
{
	u8 *before = calloc(1, v->octet + 1);
	struct t32 t;

	t32_key(&t, v->key, v->key_len);
	if (v->konst)
		is(t.konst == v->konst, "%s %s: konst", v->cipher, v->name);
	if (v->nonce)
		t32_nonce(&t, v->nonce, v->nonce_len);
	t32_crypt(&t, before, before, v->octet);
	t32_crypt(&t, out, out, v->len);
	free(before);
}

static void check(const struct stream_vector *v, const struct xcrypt_cipher *cipher)
{
	u8 *out = calloc(1, v->len);

	if (cipher)
		draw(cipher, v, out);
	else if (!strcmp(v->cipher, "rc4"))
		draw_arc4(v, out);
	else if (!strcmp(v->cipher, "sober-t32"))
		draw_t32(v, out);
	is_octets(out, v->expect, v->len, "%s %s at %u%s", v->cipher, v->name, v->octet,
		  cipher ? " by struct xcrypt_cipher" : "");
	free(out);
}

/* The cipher that takes exactly this key and nonce, if any. */
static const struct xcrypt_cipher *find(const struct stream_vector *v)
{
	const char *name = !strcmp(v->cipher, "rc4") ? "arrsyfor" :
			   !strcmp(v->cipher, "sober-t32") ? "t32" : v->cipher;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ciphers); i++)
		if (!strcmp(ciphers[i]->name, name) && ciphers[i]->key_size == v->key_len &&
		    ciphers[i]->iv_size == v->nonce_len && !ciphers[i]->iv_size == !v->nonce)
			return ciphers[i];
	return NULL;
}

int main(void)
{
	const struct xcrypt_cipher *cipher;
	const struct stream_vector *v;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stream_vectors); i++) {
		v = &stream_vectors[i];
		cipher = find(v);
		if (cipher)
			check(v, cipher);
		if (!cipher || !cipher->iv_size)
			check(v, NULL);
	}
	return tap_done();
}
