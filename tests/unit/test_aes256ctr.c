// SPDX-License-Identifier: GPL-2.0
/*
 * AES-256-CTR, the library's way and the crypto API's: against libcrypto's, the counter's
 * carries, and requests that wait or fail.
 */
#include <crypto/skcipher.h>
#include <linux/kernel.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "cipher/cipher.h"
#include "random.h"
#include "skcipher.h"
#include "tap.h"

static const struct xcrypt_cipher *aes;

static const char *way;
static u8 key[32], iv[16];

static void *new_state(void)
{
	void *state = calloc(1, aes->state_size);

	if (aes->setkey(state, key, iv))
		abort();
	return state;
}

static void free_state(void *state)
{
	if (aes->release)
		aes->release(state);
	free(state);
}

static void evp(const EVP_CIPHER *cipher, const u8 *from, const u8 *src, u8 *dst, int len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	if (!ctx || !EVP_EncryptInit_ex(ctx, cipher, NULL, key, from) ||
	    !EVP_CIPHER_CTX_set_padding(ctx, 0) || !EVP_EncryptUpdate(ctx, dst, &n, src, len))
		abort();
	EVP_CIPHER_CTX_free(ctx);
}

/* One octet of the keystream: the block cipher on IV + number of the block, mod 2^128. */
static u8 octet_by_definition(u64 octet)
{
	unsigned __int128 counter = 0;
	u8 block[16];
	unsigned int i;

	for (i = 0; i < 16; i++)
		counter = counter << 8 | iv[i];
	counter += octet / 16;
	for (i = 16; i--; counter >>= 8)
		block[i] = counter;
	evp(EVP_aes_256_ecb(), NULL, block, block, 16);
	return block[octet % 16];
}

static void test_libcrypto(void)
{
	unsigned int i, len;
	bool good = true;
	u8 *got, *want;
	void *state;

	for (i = 0; i < 200 && good; i++) {
		random_octets(key, sizeof(key));
		random_octets(iv, sizeof(iv));
		len = 1 + random_below(i % 2 ? 200 : 10000);
		got = calloc(1, len);
		want = calloc(1, len);
		state = new_state();
		evp(EVP_aes_256_ctr(), iv, want, want, len);
		good = !aes->crypt(state, got, got, len) && tap_same(got, want, len);
		free_state(state);
		free(want);
		free(got);
	}
	is(good, "%s: random lengths against libcrypto", way);
}

/* An IV whose lowest @bits bits overflow after about ten blocks. */
static void set_iv_before_carry(unsigned int bits)
{
	random_octets(iv, sizeof(iv));
	memset(iv + 16 - bits / 8, 0xff, bits / 8);
	iv[15] -= random_below(20);
}

static bool carries(unsigned int bits)
{
	u64 start = random_below(2) ? random_below(500) : 0;
	unsigned int len = 500 + random_below(500), at, n;
	u8 *out = calloc(1, len);
	void *state;

	set_iv_before_carry(bits);
	state = new_state();
	aes->seek(state, start);
	for (at = 0; at < len; at += n) {
		n = min((unsigned int)random_below(len), len - at);
		if (aes->crypt(state, out + at, out + at, n))
			abort();
	}
	for (at = 0; at < len; at++)
		if (out[at] != octet_by_definition(start + at))
			break;
	free_state(state);
	free(out);
	return at == len;
}

static void test_carries(void)
{
	unsigned int bits, i;

	for (bits = 8; bits <= 128; bits += 8) {
		for (i = 0; i < 10 && carries(bits); i++)
			;
		is(i == 10, "%s: counter carries out of its lowest %u bits", way, bits);
	}
}

static void test_far(void)
{
	u64 octet = ((u64)1 << 62) + random_below(1 << 20);
	u8 *out = calloc(1, 1);
	void *state;

	set_iv_before_carry(64);
	state = new_state();
	aes->seek(state, octet);
	is(!aes->crypt(state, out, out, 1) && *out == octet_by_definition(octet),
	   "%s: one octet far beyond the carry out of 64 bits", way);
	free_state(state);
	free(out);
}

static void test_waits(int err, const char *name)
{
	u8 *got = calloc(1, 1000), *want = calloc(1, 1000);
	void *state = new_state();

	evp(EVP_aes_256_ctr(), iv, want, want, 1000);
	shim_skcipher = err;
	is(!aes->crypt(state, got, got, 999) && !aes->crypt(state, got + 999, got + 999, 1),
	   "requests that return %s", name);
	is_octets(got, want, 1000, "are waited for");
	shim_skcipher = 0;
	free_state(state);
	free(want);
	free(got);
}

/* A call that fails, after octets from the kept block or at once, draws nothing. */
static void test_failure(unsigned int at, unsigned int len)
{
	u8 *got = calloc(1, at + len), *zero = calloc(1, len), *want = calloc(1, at + len);
	void *state = new_state();

	evp(EVP_aes_256_ctr(), iv, want, want, at + len);
	aes->crypt(state, got, got, at);
	shim_skcipher = -EIO;
	is(aes->crypt(state, got + at, zero, len) == -EIO, "%u octets at %u fail", len, at);
	shim_skcipher = 0;
	is(!aes->crypt(state, got + at, zero, len), "the same again succeeds");
	is_octets(got, want, at + len, "and nothing was drawn between");
	free_state(state);
	free(want);
	free(zero);
	free(got);
}

/* Random parts at a random position: first a failure, then what crypt() gives for the whole. */
static bool parts_as_whole(void)
{
	unsigned int count = 2 + random_below(XCRYPT_PARTS - 1), len = 0, i;
	u64 start = random_below(300);
	struct xcrypt_part part[XCRYPT_PARTS];
	u8 *plain = malloc(XCRYPT_PARTS * 300), *got, *want;
	void *state = new_state();
	bool good;

	random_octets(plain, XCRYPT_PARTS * 300);
	for (i = 0; i < count; i++) {
		part[i].len = XCRYPT_PART_MIN + random_below(i % 2 ? 200 : 3);
		part[i].data = memcpy(malloc(part[i].len), plain + len, part[i].len);
		len += part[i].len;
	}
	got = malloc(len);
	want = malloc(len);
	aes->seek(state, start);
	if (aes->crypt(state, want, plain, len))
		abort();
	aes->seek(state, start);
	shim_skcipher = -EIO;
	good = aes->crypt_parts(state, got, part, count) == -EIO;
	shim_skcipher = 0;
	good = good && !aes->crypt_parts(state, got, part, count) && tap_same(got, want, len);
	/* and goes on behind them */
	aes->crypt(state, want, want, 1);
	good = good && (want[0] ^ plain[0] ^ octet_by_definition(start)) ==
		       octet_by_definition(start + len);
	while (count--)
		free((void *)part[count].data);
	free_state(state);
	free(plain);
	free(want);
	free(got);
	return good;
}

static void test_parts(void)
{
	unsigned int i;

	for (i = 0; i < 500 && parts_as_whole(); i++)
		;
	is(i == 500, "a source in parts, after a failure that draws nothing");
}

/* The shim aborts if a request is given memory on the stack. */
static void test_stack(void)
{
	void *state = new_state();
	unsigned int at, i, wrong = 0;

	for (at = 0; at < 130; at++) {
		u8 octets[XCRYPT_STACK_MAX] = { 0 };

		aes->seek(state, at);
		if (aes->crypt(state, octets, octets, sizeof(octets)))
			abort();
		for (i = 0; i < sizeof(octets); i++)
			wrong += octets[i] != octet_by_definition(at + i);
	}
	is(!wrong, "%s: a few octets on the stack, wherever a block begins", way);
	free_state(state);
}

static void test_no_memory(void)
{
	void *state = calloc(1, aes->state_size);
	unsigned int n;
	int err;

	for (n = 1; n < 4; n++) {
		shim_fail_alloc = n;
		is(aes->setkey(state, key, iv) == -ENOMEM, "allocation %u of setkey fails", n);
	}
	shim_fail_alloc = n;
	err = aes->setkey(state, key, iv);
	is(!err && shim_fail_alloc, "there are no more, and setkey succeeds");
	shim_fail_alloc = 0;
	free_state(state);
}

static void test_way(const struct xcrypt_cipher *cipher, const char *name)
{
	aes = cipher;
	way = name;
	test_libcrypto();
	test_carries();
	test_far();
	test_stack();
}

int main(void)
{
	random_start();
	test_way(&xcrypt_aes256ctr, "library");
	test_way(&xcrypt_aes256ctr_skcipher, "skcipher");
	test_waits(-EINPROGRESS, "EINPROGRESS");
	test_waits(-EBUSY, "EBUSY");
	test_failure(0, 1);
	test_failure(0, 64);
	test_failure(10, 300);
	test_failure(70, 59);
	test_parts();
	test_no_memory();
	is(aes->state_size <= 128, "state has %u octets", aes->state_size);
	return tap_done();
}
