/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_KAT_H
#define _XCRYPT_KAT_H

#include "cipher.h"

/**
 * struct xcrypt_kat - a known answer
 * @key:	as many octets as the cipher takes
 * @iv:		as many octets as the cipher takes
 * @octet:	where in the keystream
 * @len:	octets of @expect, at most XCRYPT_KAT_RUN
 * @expect:	the keystream there
 */
struct xcrypt_kat {
	const void *key;
	const void *iv;
	unsigned int octet;
	unsigned int len;
	const void *expect;
};

#define XCRYPT_KAT_RUN	1024	/* octets drawn to compare the ways to draw them */

int xcrypt_kat(const struct xcrypt_cipher *cipher, const struct xcrypt_kat *kat,
	       unsigned int count);

#endif /* _XCRYPT_KAT_H */
