/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_KAT_H
#define _XCRYPT_KAT_H

#include "cipher.h"

/**
 * struct xcrypt_kat - a known answer: some keystream, or a record
 * @key:	as many octets as the cipher takes
 * @iv:		as many octets as the cipher takes; of a record, its nonce
 * @octet:	where in the keystream
 * @plain:	of a record: the first octets sealed; zeros follow
 * @plain_len:	octets of @plain
 * @len:	octets of keystream or octets sealed, at most XCRYPT_KAT_RUN
 * @expect:	the keystream there, or what goes over the wire
 */
struct xcrypt_kat {
	const void *key;
	const void *iv;
	unsigned int octet;
	const void *plain;
	unsigned int plain_len;
	unsigned int len;
	const void *expect;
};

#define XCRYPT_KAT_RUN	1024	/* octets drawn to compare the ways to draw them */

/**
 * struct xcrypt_kat_bench - what known answers are compared on
 * @state:	of the cipher, keyed
 * @saved:	room for its position
 * @in:		zeros, or what the comparison has left there
 * @out:	for what the cipher makes
 */
struct xcrypt_kat_bench {
	void *state;
	void *saved;
	u8 in[XCRYPT_KAT_RUN];
	u8 out[XCRYPT_HEAD + XCRYPT_KAT_RUN + XCRYPT_TAG];
};

/* Compares one known answer by all the ways in which the ULP uses such a cipher. 0 or -errno. */
typedef int xcrypt_kat_fn(const struct xcrypt_cipher *cipher, struct xcrypt_kat_bench *bench,
			  const struct xcrypt_kat *kat);

int xcrypt_kat_each(const struct xcrypt_cipher *cipher, xcrypt_kat_fn *compare,
		    const struct xcrypt_kat *kat, unsigned int count);
int xcrypt_kat(const struct xcrypt_cipher *cipher, const struct xcrypt_kat *kat,
	       unsigned int count);
int xcrypt_kat_record(const struct xcrypt_cipher *cipher, const struct xcrypt_kat *kat,
		      unsigned int count);

#endif /* _XCRYPT_KAT_H */
