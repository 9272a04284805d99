// SPDX-License-Identifier: GPL-2.0
/* ChaCha20: against libcrypto's, and the end of its counter. */
#include <linux/kernel.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "cipher/cipher.h"
#include "random.h"
#include "tap.h"

#define MAX	((u64)1 << 38)

static u8 key[32], nonce[12];

static void *new_state(void)
{
	void *state = calloc(1, xcrypt_chacha20.state_size);

	random_octets(key, sizeof(key));
	random_octets(nonce, sizeof(nonce));
	if (xcrypt_chacha20.setkey(state, key, nonce))
		abort();
	return state;
}

/* libcrypto's keystream from block @number on */
static void evp(u32 number, u8 *out, unsigned int len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	u8 iv[16];
	int n;

	put_unaligned_le32(number, iv);
	memcpy(iv + 4, nonce, sizeof(nonce));
	memset(out, 0, len);
	if (!ctx || !EVP_EncryptInit_ex(ctx, EVP_chacha20(), NULL, key, iv) ||
	    !EVP_EncryptUpdate(ctx, out, &n, out, len))
		abort();
	EVP_CIPHER_CTX_free(ctx);
}

static void test_libcrypto(void)
{
	unsigned int i, len;
	bool good = true;
	u8 *got, *want;
	void *state;

	for (i = 0; i < 200 && good; i++) {
		len = 1 + random_below(i % 2 ? 200 : 10000);
		got = calloc(1, len);
		want = malloc(len);
		state = new_state();
		evp(0, want, len);
		good = !xcrypt_chacha20.crypt(state, got, got, len) && tap_same(got, want, len);
		free(state);
		free(want);
		free(got);
	}
	is(good, "random lengths against libcrypto");
}

static void is_refused(void *state, u8 *buf, unsigned int len, const char *name)
{
	u64 before, after;
	u8 first = buf[0];

	memcpy(&before, state, sizeof(before));
	is(xcrypt_chacha20.crypt(state, buf, buf, len) == -EKEYEXPIRED, "%s: EKEYEXPIRED", name);
	memcpy(&after, state, sizeof(after));
	is(before == after && buf[0] == first, "%s: nothing drawn", name);
}

static void test_limit(void)
{
	u8 *buf = calloc(1, 256), *want = malloc(256), *state = new_state();

	evp((u32)-4, want, 256);
	xcrypt_chacha20.seek(state, MAX - 200);
	is_refused(state, buf, 201, "one octet too many");
	is_refused(state, buf, (unsigned int)-1, "far too many");
	is(!xcrypt_chacha20.crypt(state, buf, buf, 137), "octets before the last block");
	is_octets(buf, want + 56, 137, "their keystream");
	memset(buf, 0, 256);
	is_refused(state, buf, 64, "within the last block");
	is(!xcrypt_chacha20.crypt(state, buf, buf, 63), "the last octets");
	is_octets(buf, want + 193, 63, "their keystream");
	is_refused(state, buf, 1, "after the last");
	is(!xcrypt_chacha20.crypt(state, buf, buf, 0), "no octet after the last");
	xcrypt_chacha20.seek(state, -1);
	is_refused(state, buf, 1, "sought beyond the end");
	xcrypt_chacha20.seek(state, MAX - 256);
	memset(buf, 0, 256);
	is(!xcrypt_chacha20.crypt(state, buf, buf, 256), "back and to the end in one call");
	is_octets(buf, want, 256, "its keystream");
	is(xcrypt_chacha20.max_octets == MAX, "max_octets is the limit");
	free(state);
	free(want);
	free(buf);
}

int main(void)
{
	random_start();
	test_libcrypto();
	test_limit();
	is(xcrypt_chacha20.state_size <= 144, "state has %u octets", xcrypt_chacha20.state_size);
	return tap_done();
}
