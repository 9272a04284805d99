/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stream ciphers as the ULP sees them. To add one: write cipher_<name>.c with one
 * struct xcrypt_cipher and give it a line in cipher.c's table and in Kbuild.
 *
 * This header and the cipher_*.c files compile in user space too (tests/unit), with
 * the kernel's headers replaced by a few lines each.
 */
#ifndef _XCRYPT_CIPHER_H
#define _XCRYPT_CIPHER_H

#include <linux/types.h>

/* So many octets at a time may lie on the stack: they never make a whole block. */
#define XCRYPT_STACK_MAX	32

/* What lies in one piece of a source that does not, and how many and how long they may be. */
struct xcrypt_part {
	const u8 *data;
	unsigned int len;
};

#define XCRYPT_PARTS		16
#define XCRYPT_PART_MIN		64

/**
 * struct xcrypt_cipher - one stream cipher
 * @name:	as in struct xcrypt_key
 * @key_size:	octets
 * @iv_size:	octets
 * @state_size:	octets of one direction's state, plain data
 * @pos_size:	how many leading octets of the state are its position: to save them, and to
 *		put them back later, returns the cipher to the octet where it was. Only looked at
 *		without @seek
 * @max_octets:	octets that one key may encrypt, 0 for no limit
 * @setkey:	start a zeroed state at octet 0. May sleep and allocate. 0 or -errno
 * @crypt:	XOR the next @len octets of keystream on @src into @dst, which are equal or
 *		disjoint, in the kernel's linear map unless XCRYPT_STACK_MAX or fewer. Under
 *		the socket lock, may sleep. 0, or -errno with nothing drawn
 * @crypt_parts: the same from two or more parts, disjoint from @dst. NULL where to start the
 *		cipher costs little
 * @seek:	go to an octet, never fails. NULL where the cipher cannot; then @crypt may fail only
 *		by a bug, since a roll-back runs it again
 * @release:	free what @setkey allocated, NULL if nothing. The caller zeroes the state
 * @selftest:	known answers; 0, or -EINVAL if the cipher does not give them
 */
struct xcrypt_cipher {
	const char *name;
	u8 key_size;
	u8 iv_size;
	u16 state_size;
	u16 pos_size;
	u64 max_octets;
	int (*setkey)(void *state, const u8 *key, const u8 *iv);
	int (*crypt)(void *state, u8 *dst, const u8 *src, unsigned int len);
	int (*crypt_parts)(void *state, u8 *dst, const struct xcrypt_part *part,
			   unsigned int count);
	void (*seek)(void *state, u64 octet);
	void (*release)(void *state);
	int (*selftest)(void);
};

extern const struct xcrypt_cipher xcrypt_chacha20;
extern const struct xcrypt_cipher xcrypt_aes256ctr;
extern const struct xcrypt_cipher xcrypt_t32;
extern const struct xcrypt_cipher xcrypt_arrsyfor;

#endif /* _XCRYPT_CIPHER_H */
