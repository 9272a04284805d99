/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ciphers as the ULP sees them: stream ciphers, and ciphers that seal records. To add one: write
 * <name>.c with one struct xcrypt_cipher and give it a line in table.c and in kernel.mk.
 *
 * This header and the ciphers' files compile in user space too (tests/unit), with
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

/* A record as it goes over the wire: its length L, associated data; L octets sealed; a tag. */
#define XCRYPT_HEAD		2
#define XCRYPT_TAG		16

/* Octets of the nonce of a record. It is made by who numbers them (record/record.c). */
#define XCRYPT_NONCE		12

/* The ULP keeps so many octets of its own ahead of the state of a cipher that seals records. */
#define XCRYPT_LEAD		64

/**
 * struct xcrypt_cipher - one cipher: with @crypt for streams or with @seal and @open for records
 * @name:	as in struct xcrypt_key
 * @key_size:	octets
 * @iv_size:	octets
 * @state_size:	octets of one direction's state. From @setkey to @release it stays where it is
 * @pos_size:	how many leading octets of the state are its position: to save them, and to
 *		put them back later, returns the cipher to the octet where it was. Only looked at
 *		without @seek
 * @max_octets:	octets that one key may encrypt, 0 for no limit
 * @setkey:	start a zeroed state at octet 0. May sleep and allocate. 0 or -errno. One with
 *		@seal takes no notice of the IV: its nonces have it
 * @crypt:	XOR the next @len octets of keystream on @src into @dst, which are equal or
 *		disjoint, in the kernel's linear map unless XCRYPT_STACK_MAX or fewer. Under
 *		the socket lock, may sleep. 0, or -errno with nothing drawn
 * @crypt_parts: the same from two or more parts, disjoint from @dst. NULL where to start the
 *		cipher costs little
 * @seek:	go to an octet, never fails. NULL where the cipher cannot; then @crypt may fail only
 *		by a bug, since a roll-back runs it again
 * @seal:	make a record out of @len octets in @part, in order: seal them with @nonce to
 *		@record + XCRYPT_HEAD, whose octets before are filled in, and put the tag behind.
 *		A part is disjoint from the record or is where its octets go to. The linear map,
 *		the socket lock as with @crypt. 0, or -errno and there is no such record: what
 *		lies at @record is to be thrown away
 * @open:	verify the record of @nonce, then decrypt its @len octets in place. 0; -EBADMSG: the
 *		tag does not fit; another -errno, as for want of memory: nobody knows, and @record
 *		has to be filled again
 * @release:	undo what @setkey did beside the state, NULL if nothing. The caller zeroes the state
 * @selftest:	known answers; 0, -EINVAL if the cipher does not give them, -ENOENT if the
 *		kernel has no implementation
 * @exit:	undo what a @selftest did that gave 0, if one did. NULL if nothing
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
	int (*seal)(void *state, const u8 nonce[XCRYPT_NONCE], u8 *record, unsigned int len,
		    const struct xcrypt_part *part, unsigned int count);
	int (*open)(void *state, const u8 nonce[XCRYPT_NONCE], u8 *record, unsigned int len);
	void (*release)(void *state);
	int (*selftest)(void);
	void (*exit)(void);
};

extern const struct xcrypt_cipher xcrypt_chacha20;
extern const struct xcrypt_cipher xcrypt_aes256ctr;
extern const struct xcrypt_cipher xcrypt_t32;
extern const struct xcrypt_cipher xcrypt_arrsyfor;
extern const struct xcrypt_cipher xcrypt_chachapoly;
extern const struct xcrypt_cipher xcrypt_aes256gcm;

#endif /* _XCRYPT_CIPHER_H */
