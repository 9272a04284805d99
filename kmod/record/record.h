/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records with integrity (protocol-3.md, section 4): what one looks like, and where a
 * direction stands in their sequence. Nothing here knows TCP; tests build it in user space.
 *
 *	L, 2 octets | sealed: n, 2 octets | payload, n octets | zeros to L | tag, 16 octets
 */
#ifndef _XCRYPT_RECORD_H
#define _XCRYPT_RECORD_H

#include <linux/build_bug.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include "cipher/cipher.h"

#define XCRYPT_RECORD_N		2		/* octets of n */
#define XCRYPT_RECORD_PAYLOAD	16384		/* octets at most */
#define XCRYPT_RECORD_L_MIN	XCRYPT_RECORD_N
#define XCRYPT_RECORD_L_MAX	(XCRYPT_RECORD_N + XCRYPT_RECORD_PAYLOAD)
#define XCRYPT_RECORD_FRAME	(XCRYPT_HEAD + XCRYPT_TAG)
#define XCRYPT_RECORD_MAX	(XCRYPT_RECORD_L_MAX + XCRYPT_RECORD_FRAME)
#define XCRYPT_RECORD_END	65535		/* n of the end record */
#define XCRYPT_RECORD_LAST	((1 << 24) - 1)	/* number that only the end record may have */

/* Why a record was refused. */
enum xcrypt_record_cause {
	XCRYPT_RECORD_BAD_L,
	XCRYPT_RECORD_BAD_TAG,
	XCRYPT_RECORD_BAD_N,
	XCRYPT_RECORD_BAD_PADDING,
	XCRYPT_RECORD_BEHIND,	/* octets behind the end record */
	XCRYPT_RECORD_CUT,	/* the connection ended without it */
	XCRYPT_RECORD_NUMBER,	/* data in the last number */
};

/**
 * struct xcrypt_record - one direction, in the XCRYPT_LEAD octets ahead of the cipher's state
 * @iv:		to make nonces of
 * @number:	of the next record to be sealed or opened
 * @padding:	TX: what L is rounded up to
 * @ended:	the end record was sealed or opened
 * @need:	RX: octets of the record that is to be opened next, 0: not known
 * @kept:	RX: a record opened that is not yet read to its end, or NULL
 * @at:		RX: what of @kept is read next
 * @end:	RX: behind the payload in @kept
 */
struct xcrypt_record {
	u8 iv[XCRYPT_NONCE];
	u32 number;
	u16 padding;
	bool ended;
	u16 need;
	u16 at;
	u16 end;
	u8 *kept;
};

static_assert(sizeof(struct xcrypt_record) <= XCRYPT_LEAD);

static inline void *xcrypt_record_state(struct xcrypt_record *record)
{
	return (u8 *)record + XCRYPT_LEAD;
}

/* L of a record with @n octets of payload. */
static inline unsigned int xcrypt_record_length(unsigned int padding, unsigned int n)
{
	return min_t(unsigned int, round_up(n + XCRYPT_RECORD_N, padding), XCRYPT_RECORD_L_MAX);
}

/* How much payload a record of at most @room octets, all of it counted, can have; 0: none. */
static inline unsigned int xcrypt_record_fits(unsigned int padding, unsigned int room)
{
	unsigned int l;

	if (room >= XCRYPT_RECORD_MAX)
		return XCRYPT_RECORD_PAYLOAD;
	l = room > XCRYPT_RECORD_FRAME ? round_down(room - XCRYPT_RECORD_FRAME, padding) : 0;
	return l > XCRYPT_RECORD_N ? l - XCRYPT_RECORD_N : 0;
}

/* Where the payload of the record at @data lies. */
static inline u8 *xcrypt_record_payload(u8 *data)
{
	return data + XCRYPT_HEAD + XCRYPT_RECORD_N;
}

int xcrypt_record_size(const u8 head[XCRYPT_HEAD]);
int xcrypt_record_seal(const struct xcrypt_cipher *cipher, struct xcrypt_record *record, u8 *data,
		       unsigned int n, const struct xcrypt_part *part, unsigned int count);
int xcrypt_record_open(const struct xcrypt_cipher *cipher, struct xcrypt_record *record,
		       u32 number, u8 *data, enum xcrypt_record_cause *cause);
const char *xcrypt_record_cause(enum xcrypt_record_cause cause);

#endif /* _XCRYPT_RECORD_H */
