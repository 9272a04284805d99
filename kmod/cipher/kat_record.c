// SPDX-License-Identifier: GPL-2.0
/* Known answers of a cipher that seals records, by all the ways in which the ULP uses it. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "kat.h"

static unsigned int kat_octets(const struct xcrypt_kat *kat)
{
	return XCRYPT_HEAD + kat->len + XCRYPT_TAG;
}

/* The record without tag, as plaintext. */
static void kat_lay_out(struct xcrypt_kat_bench *bench, const struct xcrypt_kat *kat)
{
	memset(bench->in, 0, sizeof(bench->in));
	memcpy(bench->in, kat->plain, kat->plain_len);
	memset(bench->out, 0, sizeof(bench->out));
	memcpy(bench->out, kat->expect, XCRYPT_HEAD);
	memcpy(bench->out + XCRYPT_HEAD, bench->in, kat->len);
}

static int kat_sealed(const struct xcrypt_kat_bench *bench, const struct xcrypt_kat *kat)
{
	return memcmp(bench->out, kat->expect, kat_octets(kat)) ? -EINVAL : 0;
}

static int kat_seal(const struct xcrypt_cipher *cipher, struct xcrypt_kat_bench *bench,
		    const struct xcrypt_kat *kat)
{
	const struct xcrypt_part part = { bench->out + XCRYPT_HEAD, kat->len };
	int err;

	kat_lay_out(bench, kat);
	err = cipher->seal(bench->state, kat->iv, bench->out, kat->len, &part, 1);
	return err ?: kat_sealed(bench, kat);
}

/* As from a file: the first octets in place, the rest from elsewhere, in uneven parts. */
static int kat_seal_parts(const struct xcrypt_cipher *cipher, struct xcrypt_kat_bench *bench,
			  const struct xcrypt_kat *kat)
{
	unsigned int some = kat->len / 3;
	const struct xcrypt_part part[] = {
		{ bench->out + XCRYPT_HEAD, 2 },
		{ bench->in + 2, some },
		{ bench->in + 2 + some, kat->len - 2 - some },
	};
	int err;

	if (kat->len < 8)
		return 0;
	kat_lay_out(bench, kat);
	memset(bench->out + XCRYPT_HEAD + 2, 0xaa, kat->len - 2);
	err = cipher->seal(bench->state, kat->iv, bench->out, kat->len, part,
			   ARRAY_SIZE(part));
	return err ?: kat_sealed(bench, kat);
}

static int kat_open(const struct xcrypt_cipher *cipher, struct xcrypt_kat_bench *bench,
		    const struct xcrypt_kat *kat)
{
	int err;

	memcpy(bench->out, kat->expect, kat_octets(kat));
	err = cipher->open(bench->state, kat->iv, bench->out, kat->len);
	if (err)
		return err == -EBADMSG ? -EINVAL : err;
	return memcmp(bench->out + XCRYPT_HEAD, bench->in, kat->len) ? -EINVAL : 0;
}

/* With octet @at of the record changed, or the last one of its nonce, it does not open. */
static int kat_refuse(const struct xcrypt_cipher *cipher, struct xcrypt_kat_bench *bench,
		      const struct xcrypt_kat *kat, unsigned int at, bool other)
{
	u8 nonce[XCRYPT_NONCE];
	int err;

	memcpy(bench->out, kat->expect, kat_octets(kat));
	memcpy(nonce, kat->iv, sizeof(nonce));
	if (other)
		nonce[XCRYPT_NONCE - 1] ^= 1;
	else
		bench->out[at] ^= 0x80;
	err = cipher->open(bench->state, nonce, bench->out, kat->len);
	if (!err)
		return -EINVAL;
	return err == -EBADMSG ? 0 : err;
}

static int kat_record(const struct xcrypt_cipher *cipher, struct xcrypt_kat_bench *bench,
		      const struct xcrypt_kat *kat)
{
	return kat_seal(cipher, bench, kat) ?:
	       kat_seal_parts(cipher, bench, kat) ?:
	       kat_open(cipher, bench, kat) ?:
	       kat_refuse(cipher, bench, kat, 0, false) ?:
	       kat_refuse(cipher, bench, kat, XCRYPT_HEAD, false) ?:
	       kat_refuse(cipher, bench, kat, kat_octets(kat) - 1, false) ?:
	       kat_refuse(cipher, bench, kat, 0, true);
}

int xcrypt_kat_record(const struct xcrypt_cipher *cipher, const struct xcrypt_kat *kat,
		      unsigned int count)
{
	return xcrypt_kat_each(cipher, kat_record, kat, count);
}
