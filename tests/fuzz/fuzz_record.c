// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's parser of records, with a cipher under which every record is a good one: what a
 * peer that has the key may send. Octet 0: the number to begin with; the rest: the wire.
 */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "record/record.h"

static int open_any(void *state, const u8 *nonce, u8 *record, unsigned int len)
{
	(void)state;
	(void)nonce;
	(void)record;
	(void)len;
	return 0;
}

/* One record in memory of its own size; octets of payload, or as xcrypt_record_open(). */
static int open_one(struct xcrypt_record *record, const uint8_t *wire, unsigned int size)
{
	static const struct xcrypt_cipher cipher = { .open = open_any };
	enum xcrypt_record_cause cause;
	u8 *data = malloc(size);
	int n;

	memcpy(data, wire, size);
	n = xcrypt_record_open(&cipher, record, record->number, data, &cause);
	if (n < 0) {
		must(n == -EBADMSG || n == -EKEYEXPIRED);
		must(strlen(xcrypt_record_cause(cause)) > 0);
	} else if (n != XCRYPT_RECORD_END) {
		must(n + XCRYPT_RECORD_N + XCRYPT_RECORD_FRAME <= (int)size);
		must(record->number < XCRYPT_RECORD_LAST);
	}
	free(data);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u8 lead[XCRYPT_LEAD] = { 0 };
	struct xcrypt_record *record = (struct xcrypt_record *)lead;
	const uint8_t *end = data + size;
	int octets, n = 0;

	if (!size)
		return 0;
	record->number = XCRYPT_RECORD_LAST - *data++;
	while (end - data >= XCRYPT_HEAD && n >= 0 && n != XCRYPT_RECORD_END) {
		octets = xcrypt_record_size(data);
		must(octets == -EBADMSG || (octets > XCRYPT_RECORD_FRAME && octets <= XCRYPT_RECORD_MAX));
		if (octets < 0 || end - data < octets)
			break;
		n = open_one(record, data, octets);
		data += octets;
		record->number++;
	}
	return 0;
}
