/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TESTS_VECTORS_H
#define _TESTS_VECTORS_H

#include <linux/types.h>

/* Keystream of one key from one octet on. A null nonce: none is loaded. */
struct stream_vector {
	const char *cipher;
	const char *name;
	const u8 *key;
	unsigned int key_len;
	const u8 *nonce;
	unsigned int nonce_len;
	u32 konst;		/* of SOBER-t32 */
	unsigned int octet;
	const u8 *expect;
	unsigned int len;
};

/* A buffer of keystream whose first 16 octets become the key, over and over. */
struct iterated_vector {
	const char *cipher;
	const char *name;
	const u8 *key;
	unsigned int key_len;
	const u8 *nonce;
	unsigned int nonce_len;
	unsigned int iterations;
	const u8 *expect;
	unsigned int len;
};

#endif /* _TESTS_VECTORS_H */
