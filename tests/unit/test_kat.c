// SPDX-License-Identifier: GPL-2.0
/* The known-answer tests that the module runs pass, and catch a cipher that is wrong. */
#include <crypto/skcipher.h>
#include <linux/kernel.h>
#include <stdlib.h>

#include "cipher/cipher.h"
#include "cipher/kat.h"
#include "skcipher.h"
#include "tap.h"

static const struct xcrypt_cipher *const ciphers[] = {
	&xcrypt_chacha20, &xcrypt_aes256ctr, &xcrypt_aes256ctr_skcipher, &xcrypt_t32,
	&xcrypt_arrsyfor, &xcrypt_chachapoly, &xcrypt_aes256gcm, &xcrypt_aes256gcm_aead,
};

static const struct xcrypt_cipher *const good = &xcrypt_chacha20;

/* RFC 8439, appendix A.1, test vector 1 */
static const struct xcrypt_kat kats[] = {
	{
		.key = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
		.iv = "\0\0\0\0\0\0\0\0\0\0\0",
		.octet = 1,
		.len = 15,
		.expect = "\xb8\xe0\xad\xa0\xf1\x3d\x90\x40\x5d\x6a\xe5\x53\x86\xbd\x28",
	},
};

static int wrong_last(void *state, u8 *dst, const u8 *src, unsigned int len)
{
	int err = good->crypt(state, dst, src, len);

	if (len == XCRYPT_KAT_RUN)
		dst[len - 1] ^= 1;
	return err;
}

static int wrong_in_place(void *state, u8 *dst, const u8 *src, unsigned int len)
{
	int err = good->crypt(state, dst, src, len);

	if (src == dst && len > 1)
		dst[len / 2] ^= 0x80;
	return err;
}

/* Forgets the rest of a block, as a block cipher's mode does. */
static int wrong_pieces(void *state, u8 *dst, const u8 *src, unsigned int len)
{
	int err = good->crypt(state, dst, src, len);
	u64 pos;

	memcpy(&pos, state, sizeof(pos));
	if (pos > 64)
		good->seek(state, (pos + 63) / 64 * 64);
	return err;
}

static void wrong_seek(void *state, u64 octet)
{
	good->seek(state, octet + 1);
}

static int wrong_key(void *state, const u8 *key, const u8 *iv)
{
	u8 other[32] = { 1 };

	(void)key;
	return good->setkey(state, other, iv);
}

static int failing(void *state, u8 *dst, const u8 *src, unsigned int len)
{
	return len == 3 ? -EIO : good->crypt(state, dst, src, len);
}

static void test_wrong(void)
{
	struct xcrypt_cipher c = *good;

	is(!xcrypt_kat(&c, kats, ARRAY_SIZE(kats)), "the right cipher passes");
	c.crypt = wrong_last;
	is(xcrypt_kat(&c, kats, 1) == -EINVAL, "one wrong octet behind the answer is caught");
	c.crypt = wrong_in_place;
	is(xcrypt_kat(&c, kats, 1) == -EINVAL, "wrong in place is caught");
	c.crypt = wrong_pieces;
	is(xcrypt_kat(&c, kats, 1) == -EINVAL, "wrong in pieces is caught");
	c.crypt = failing;
	is(xcrypt_kat(&c, kats, 1) == -EIO, "the cipher's own error is passed on");
	c = *good;
	c.seek = wrong_seek;
	is(xcrypt_kat(&c, kats, 1) == -EINVAL, "wrong seek is caught");
	c = *good;
	c.setkey = wrong_key;
	is(xcrypt_kat(&c, kats, 1) == -EINVAL, "wrong key is caught");
	c = *good;
	c.pos_size = 1;
	is(xcrypt_kat(&c, kats, 1) == -EINVAL, "position that is not whole is caught");
}

static void test_no_memory(const struct xcrypt_cipher *c)
{
	unsigned int n = 0;
	int err;

	do {
		shim_fail_alloc = ++n;
		err = c->selftest();
	} while (err == -ENOMEM);
	shim_fail_alloc = 0;
	is(!err && n > 2, "%s: each of %u allocations fails in turn", c->name, n - 1);
}

static void test_counters(unsigned int octets)
{
	shim_counter_octets = octets;
	is(xcrypt_aes256ctr_skcipher.selftest() == -EINVAL,
	   "a driver that counts in %u octets is caught", octets);
	shim_counter_octets = 16;
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ciphers); i++) {
		is(!ciphers[i]->selftest(), "%s passes", ciphers[i]->name);
		test_no_memory(ciphers[i]);
	}
	test_wrong();
	test_counters(4);
	test_counters(8);
	test_counters(15);
	return tap_done();
}
