// SPDX-License-Identifier: GPL-2.0
/* Known-answer tests of a cipher, by all the ways in which the ULP draws octets. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kat.h"

static int kat_reach(const struct xcrypt_cipher *cipher, struct xcrypt_kat_bench *bench,
		     unsigned int octet)
{
	unsigned int n;
	int err = 0;

	for (; octet && !err; octet -= n) {
		n = min_t(unsigned int, octet, XCRYPT_KAT_RUN);
		err = cipher->crypt(bench->state, bench->out, bench->out, n);
	}
	memcpy(bench->saved, bench->state, cipher->pos_size);
	return err;
}

/* One call, from one buffer to another. */
static int kat_answer(const struct xcrypt_cipher *cipher, struct xcrypt_kat_bench *bench,
		      const struct xcrypt_kat *kat)
{
	int err = cipher->crypt(bench->state, bench->out, bench->in, XCRYPT_KAT_RUN);

	if (err)
		return err;
	return memcmp(bench->out, kat->expect, kat->len) ? -EINVAL : 0;
}

/* The same octets from the saved position, in two parts. */
static int kat_parts(const struct xcrypt_cipher *cipher, struct xcrypt_kat_bench *bench,
		     const struct xcrypt_kat *kat)
{
	const struct xcrypt_part part[] = {
		{ bench->in, XCRYPT_PART_MIN },
		{ bench->in, XCRYPT_KAT_RUN - XCRYPT_PART_MIN },
	};
	int err;

	memcpy(bench->state, bench->saved, cipher->pos_size);
	err = cipher->crypt_parts(bench->state, bench->out, part, ARRAY_SIZE(part));
	if (err)
		return err;
	return memcmp(bench->out, kat->expect, kat->len) ? -EINVAL : 0;
}

/* The same octets from the saved position, in place and in pieces of 1, 2, 3, ... */
static int kat_pieces(const struct xcrypt_cipher *cipher, struct xcrypt_kat_bench *bench)
{
	unsigned int at, n, piece = 0;
	int err = 0;

	memcpy(bench->state, bench->saved, cipher->pos_size);
	for (at = 0; at < XCRYPT_KAT_RUN && !err; at += n) {
		n = min(++piece, XCRYPT_KAT_RUN - at);
		err = cipher->crypt(bench->state, bench->out + at, bench->out + at, n);
	}
	if (err)
		return err;
	return memcmp(bench->out, bench->in, XCRYPT_KAT_RUN) ? -EINVAL : 0;
}

static int kat_stream(const struct xcrypt_cipher *cipher, struct xcrypt_kat_bench *bench,
		      const struct xcrypt_kat *kat)
{
	int err = kat_reach(cipher, bench, kat->octet);

	if (!err)
		err = kat_answer(cipher, bench, kat);
	if (!err && cipher->crypt_parts)
		err = kat_parts(cipher, bench, kat);
	if (!err)
		err = kat_pieces(cipher, bench);
	if (!err && cipher->seek) {
		cipher->seek(bench->state, kat->octet);
		err = kat_answer(cipher, bench, kat);
	}
	return err;
}

static int kat_run(const struct xcrypt_cipher *cipher, xcrypt_kat_fn *compare,
		   struct xcrypt_kat_bench *bench, const struct xcrypt_kat *kat)
{
	int err;

	memset(bench->state, 0, cipher->state_size);
	err = cipher->setkey(bench->state, kat->key, kat->iv);
	if (err)
		return err;
	err = compare(cipher, bench, kat);
	if (cipher->release)
		cipher->release(bench->state);
	return err;
}

int xcrypt_kat_each(const struct xcrypt_cipher *cipher, xcrypt_kat_fn *compare,
		    const struct xcrypt_kat *kat, unsigned int count)
{
	struct xcrypt_kat_bench *bench = kzalloc(sizeof(*bench), GFP_KERNEL);
	int err = -ENOMEM;

	if (!bench)
		return err;
	bench->state = kzalloc(cipher->state_size, GFP_KERNEL);
	bench->saved = kzalloc(cipher->pos_size, GFP_KERNEL);
	if (bench->state && bench->saved)
		err = 0;
	while (count-- && !err)
		err = kat_run(cipher, compare, bench, kat++);
	kfree(bench->saved);
	kfree(bench->state);
	kfree(bench);
	return err;
}

int xcrypt_kat(const struct xcrypt_cipher *cipher, const struct xcrypt_kat *kat,
	       unsigned int count)
{
	return xcrypt_kat_each(cipher, kat_stream, kat, count);
}
