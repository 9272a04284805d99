// SPDX-License-Identifier: GPL-2.0
/* Sealing one record, and opening one that somebody sent, who may be anybody. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "record.h"

/* Octets of the record that begins so, all of it counted; -EBADMSG: L is out of range. */
int xcrypt_record_size(const u8 head[XCRYPT_HEAD])
{
	unsigned int l = get_unaligned_be16(head);

	if (l < XCRYPT_RECORD_L_MIN || l > XCRYPT_RECORD_L_MAX)
		return -EBADMSG;
	return l + XCRYPT_RECORD_FRAME;
}

/* Each number of a direction has a nonce of its own: both are XORed. */
static void record_nonce(u8 nonce[XCRYPT_NONCE], const struct xcrypt_record *record, u32 number)
{
	u8 *last = nonce + XCRYPT_NONCE - sizeof(number);

	memcpy(nonce, record->iv, XCRYPT_NONCE);
	put_unaligned_be32(get_unaligned_be32(last) ^ number, last);
}

static unsigned int payload_octets(unsigned int n)
{
	return n == XCRYPT_RECORD_END ? 0 : n;
}

/**
 * xcrypt_record_seal() - make the next record of a direction
 * @cipher:	the direction's
 * @record:	its place in the sequence; moves on by one
 * @data:	room for the whole record
 * @n:		octets of payload, or XCRYPT_RECORD_END
 * @part:	the payload, disjoint from @data; @count 0: it is in its place already
 * @count:	how many parts, at most XCRYPT_PARTS - 2
 *
 * The number is spent once there is a record, whatever becomes of it: it never seals anything
 * else. Return: octets of the record; or -errno, with no record made and no number spent.
 */
int xcrypt_record_seal(const struct xcrypt_cipher *cipher, struct xcrypt_record *record, u8 *data,
		       unsigned int n, const struct xcrypt_part *part, unsigned int count)
{
	unsigned int octets = payload_octets(n);
	unsigned int l = xcrypt_record_length(record->padding, octets);
	u8 *sealed = data + XCRYPT_HEAD, *zeros = xcrypt_record_payload(data) + octets;
	unsigned int padding = l - XCRYPT_RECORD_N - octets;
	struct xcrypt_part all[XCRYPT_PARTS] = { { sealed, l } };
	unsigned int parts = 1;
	u8 nonce[XCRYPT_NONCE];
	int err;

	put_unaligned_be16(l, data);
	put_unaligned_be16(n, sealed);
	memset(zeros, 0, padding);
	if (count) {
		all[0].len = XCRYPT_RECORD_N;
		memcpy(all + 1, part, count * sizeof(*part));
		parts += count;
		if (padding)
			all[parts++] = (struct xcrypt_part) { zeros, padding };
	}
	record_nonce(nonce, record, record->number);
	err = cipher->seal(xcrypt_record_state(record), nonce, data, l, all, parts);
	if (err)
		return err;
	record->number++;
	record->ended = n == XCRYPT_RECORD_END;
	return l + XCRYPT_RECORD_FRAME;
}

/* What the sealed part may say, once its tag was verified. */
static int record_judge(const u8 *data, unsigned int l, u32 number,
			enum xcrypt_record_cause *cause)
{
	unsigned int n = get_unaligned_be16(data + XCRYPT_HEAD), octets = payload_octets(n);
	const u8 *payload = data + XCRYPT_HEAD + XCRYPT_RECORD_N;

	*cause = XCRYPT_RECORD_BAD_N;
	if (octets > l - XCRYPT_RECORD_N)
		return -EBADMSG;
	*cause = XCRYPT_RECORD_BAD_PADDING;
	if (memchr_inv(payload + octets, 0, l - XCRYPT_RECORD_N - octets))
		return -EBADMSG;
	*cause = XCRYPT_RECORD_NUMBER;
	if (number >= XCRYPT_RECORD_LAST && n != XCRYPT_RECORD_END)
		return -EKEYEXPIRED;
	return n;
}

/**
 * xcrypt_record_open() - verify and decrypt a whole record in place
 * @cipher:	the direction's
 * @record:	the direction; nothing of it changes
 * @number:	the number that the record has to have
 * @data:	all of the record, in memory that nobody else can write; its length was checked
 * @cause:	of a refusal
 *
 * Return: octets of payload, or XCRYPT_RECORD_END; -EBADMSG, -EKEYEXPIRED: refused, for good;
 * another -errno: try again with the record as it came.
 */
int xcrypt_record_open(const struct xcrypt_cipher *cipher, struct xcrypt_record *record,
		       u32 number, u8 *data, enum xcrypt_record_cause *cause)
{
	unsigned int l = get_unaligned_be16(data);
	u8 nonce[XCRYPT_NONCE];
	int err;

	*cause = XCRYPT_RECORD_BAD_TAG;
	record_nonce(nonce, record, number);
	err = cipher->open(xcrypt_record_state(record), nonce, data, l);
	return err ?: record_judge(data, l, number, cause);
}

const char *xcrypt_record_cause(enum xcrypt_record_cause cause)
{
	static const char * const text[] = {
		[XCRYPT_RECORD_BAD_L]		= "no length of a record",
		[XCRYPT_RECORD_BAD_TAG]		= "changed, or not of this key and number",
		[XCRYPT_RECORD_BAD_N]		= "its payload is longer than it is",
		[XCRYPT_RECORD_BAD_PADDING]	= "its padding is not zero",
		[XCRYPT_RECORD_BEHIND]		= "octets behind the end record",
		[XCRYPT_RECORD_CUT]		= "the connection ended without the end record",
		[XCRYPT_RECORD_NUMBER]		= "data in the number kept for the end record",
	};

	return text[cause];
}
