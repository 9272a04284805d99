// SPDX-License-Identifier: GPL-2.0
/* What the ULP relies on of every cipher: however it is drawn, the keystream is the same. */
#include <linux/kernel.h>
#include <linux/xcrypt.h>
#include <stdlib.h>

#include "cipher/cipher.h"
#include "random.h"
#include "skcipher.h"
#include "tap.h"

#define WHOLE	20000	/* octets of keystream */
#define STEPS	1000

static const struct xcrypt_cipher *const ciphers[] = {
	&xcrypt_chacha20, &xcrypt_aes256ctr, &xcrypt_aes256ctr_skcipher, &xcrypt_t32,
	&xcrypt_arrsyfor,
};

struct stream {
	const struct xcrypt_cipher *cipher;
	u8 key[XCRYPT_KEY_MAX];
	u8 iv[XCRYPT_IV_MAX];
	void *state;
	u8 whole[WHOLE];	/* the keystream by one call */
	unsigned int at;	/* where the state should be */
	void *saved;		/* a position */
	unsigned int saved_at;
};

static void *new_state(struct stream *s)
{
	void *state = calloc(1, s->cipher->state_size);

	if (s->cipher->setkey(state, s->key, s->iv))
		abort();
	return state;
}

static void free_state(struct stream *s, void *state)
{
	if (s->cipher->release)
		s->cipher->release(state);
	free(state);
}

static struct stream *new_stream(const struct xcrypt_cipher *cipher)
{
	struct stream *s = calloc(1, sizeof(*s));

	s->cipher = cipher;
	random_octets(s->key, sizeof(s->key));
	random_octets(s->iv, sizeof(s->iv));
	s->state = new_state(s);
	if (cipher->crypt(s->state, s->whole, s->whole, WHOLE))
		abort();
	free_state(s, s->state);
	s->state = new_state(s);
	s->saved = malloc(cipher->pos_size);
	memcpy(s->saved, s->state, cipher->pos_size);
	return s;
}

static void free_stream(struct stream *s)
{
	free_state(s, s->state);
	free(s->saved);
	free(s);
}

/* Mostly short, as short calls are where positions within a block matter. */
static unsigned int random_len(struct stream *s)
{
	unsigned int most[] = { 4, 20, 70, 300, 5000 };
	unsigned int len = random_below(most[random_below(ARRAY_SIZE(most))]);

	return min(len, WHOLE - s->at);
}

/* Draw by a buffer that is exactly as long, in place or from another one. */
static bool draw(struct stream *s, unsigned int len)
{
	u8 *src = malloc(len + 8), *dst, *plain = malloc(len + 1);
	unsigned int shift = random_below(8), i;
	bool same = random_below(2), good;

	random_octets(plain, len);
	memcpy(src + shift, plain, len);
	dst = same ? src + shift : malloc(len + 1);
	good = !s->cipher->crypt(s->state, dst, src + shift, len);
	for (i = 0; i < len && good; i++)
		good = dst[i] == (plain[i] ^ s->whole[s->at + i]);
	if (!same) {
		good = good && !memcmp(src + shift, plain, len);
		free(dst);
	}
	if (!good)
		printf("# %s: %u octets at %u, wrong before octet %u\n", s->cipher->name, len,
		       s->at, i);
	s->at += len;
	free(plain);
	free(src);
	return good;
}

static void save(struct stream *s)
{
	memcpy(s->saved, s->state, s->cipher->pos_size);
	s->saved_at = s->at;
}

static void restore(struct stream *s)
{
	memcpy(s->state, s->saved, s->cipher->pos_size);
	s->at = s->saved_at;
}

static void seek(struct stream *s)
{
	if (!s->cipher->seek)
		return;
	s->at = random_below(WHOLE);
	s->cipher->seek(s->state, s->at);
}

static void test_walk(struct stream *s)
{
	unsigned int step;

	for (step = 0; step < STEPS; step++) {
		if (s->at == WHOLE || !random_below(6))
			restore(s);
		else if (!random_below(6))
			save(s);
		else if (!random_below(12))
			seek(s);
		if (!draw(s, random_len(s)))
			break;
	}
	is(step == STEPS, "%s: random pieces, saved and restored positions%s", s->cipher->name,
	   s->cipher->seek ? ", seeks" : "");
}

/* As the ULP's peek does: positions swapped in one state, two readers of one stream. */
static void test_two_positions(struct stream *s)
{
	void *state = s->state, *other = new_state(s);
	unsigned int i, at[2] = { 0, 0 };
	bool good = true;

	free_state(s, state);
	s->state = other;
	s->at = 0;
	save(s);
	for (i = 0; i < 200 && good; i++) {
		void *pos = malloc(s->cipher->pos_size);

		at[i % 2] = s->at;
		memcpy(pos, s->state, s->cipher->pos_size);
		s->saved_at = at[(i + 1) % 2];
		restore(s);
		memcpy(s->saved, pos, s->cipher->pos_size);
		good = draw(s, min(random_below(150), (u64)WHOLE - s->at));
		free(pos);
	}
	is(good, "%s: two positions in turn", s->cipher->name);
}

static void test_keys(struct stream *s)
{
	u8 *out = calloc(3, 64);
	void *state;
	int i;

	for (i = 0; i < 3; i++) {
		s->key[0] ^= i == 1;
		s->iv[0] ^= i == 2;
		state = new_state(s);
		s->cipher->crypt(state, out + 64 * i, out + 64 * i, 64);
		free_state(s, state);
	}
	is_octets(out, s->whole, 64, "%s: the same key gives the same keystream", s->cipher->name);
	is(memcmp(out, out + 64, 64), "%s: another key another", s->cipher->name);
	if (s->cipher->iv_size)
		is(memcmp(out + 64, out + 128, 64), "%s: another IV another", s->cipher->name);
	free(out);
}

static void test_sizes(const struct xcrypt_cipher *c)
{
	is(strlen(c->name) < XCRYPT_NAME_MAX, "%s: name fits", c->name);
	is(c->key_size <= XCRYPT_KEY_MAX && c->iv_size <= XCRYPT_IV_MAX, "%s: key and IV fit",
	   c->name);
	is(c->pos_size && c->pos_size <= c->state_size, "%s: position of %u octets, state of %u",
	   c->name, c->pos_size, c->state_size);
	is(!c->seek || c->pos_size == sizeof(u64), "%s: who can seek has a number for a position",
	   c->name);
}

int main(void)
{
	struct stream *s;
	unsigned int i;

	random_start();
	for (i = 0; i < ARRAY_SIZE(ciphers); i++) {
		test_sizes(ciphers[i]);
		s = new_stream(ciphers[i]);
		test_walk(s);
		test_two_positions(s);
		test_keys(s);
		free_stream(s);
	}
	return tap_done();
}
