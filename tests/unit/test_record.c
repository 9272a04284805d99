// SPDX-License-Identifier: GPL-2.0
/* Every record of record-vectors.json, sealed and opened by the module's own sources. */
#include <linux/kernel.h>
#include <openssl/sha.h>
#include <stdlib.h>

#include "record/record.h"
#include "skcipher.h"
#include "tap.h"

#define WRITES 8

struct record_vector {
	const char *cipher;
	const char *name;
	const u8 *key;
	unsigned int key_len;
	const u8 *iv;
	unsigned int iv_len;
	const char *group;
	unsigned int padding;
	unsigned int number;
	bool end;
	const u8 *plain;
	unsigned int plain_len;
	int write[WRITES];
	unsigned int wire_len;
	const u8 *wire_sha;
	unsigned int sha_len;
	const u8 *wire;
	unsigned int wire_there;
	unsigned int payload_len;
	const u8 *payload_sha;
	int error;
};

#include "record_vectors.h"

struct stream {
	const struct xcrypt_cipher *cipher;
	struct xcrypt_record *record;
	u8 *wire;
	unsigned int len;
};

static const struct xcrypt_cipher *const ciphers[] = {
	&xcrypt_chachapoly, &xcrypt_aes256gcm, &xcrypt_aes256gcm_aead,
};

static void start(struct stream *s, const struct record_vector *v)
{
	s->record = calloc(1, XCRYPT_LEAD + s->cipher->state_size);
	if (!s->record ||
	    s->cipher->setkey(xcrypt_record_state(s->record), v->key, v->iv))
		abort();
	memcpy(s->record->iv, v->iv, sizeof(s->record->iv));
	s->record->number = v->number;
	s->record->padding = v->padding;
}

static void stop(struct stream *s)
{
	if (s->cipher->release)
		s->cipher->release(xcrypt_record_state(s->record));
	free(s->record);
}

/* One record: its payload in place, or, as from a file, in parts from elsewhere. */
static void seal(struct stream *s, const u8 *plain, unsigned int n, bool parts)
{
	unsigned int octets = n == XCRYPT_RECORD_END ? 0 : n, third = octets / 3;
	struct xcrypt_part part[] = {
		{ plain, third }, { plain + third, octets - third },
	};
	int size;

	parts = parts && third;
	if (!parts && octets)
		memcpy(xcrypt_record_payload(s->wire + s->len), plain, octets);
	size = xcrypt_record_seal(s->cipher, s->record, s->wire + s->len, n, part, parts ? 2 : 0);
	if (size < 0)
		abort();
	s->len += size;
}

static void send_all(struct stream *s, const struct record_vector *v, bool parts)
{
	/* Not static: the kernel's crypto takes nothing of the module's own image. */
	u8 *copy = malloc(v->plain_len + 1), *plain = copy;
	unsigned int i, n;
	int left;

	memcpy(copy, v->plain, v->plain_len);
	start(s, v);
	for (i = 0; v->write[i] >= 0; i++) {
		for (left = v->write[i]; left > 0; left -= n, plain += n) {
			n = min_t(unsigned int, left, XCRYPT_RECORD_PAYLOAD);
			seal(s, plain, n, parts);
		}
	}
	if (v->end)
		seal(s, NULL, XCRYPT_RECORD_END, false);
	stop(s);
	free(copy);
}

/* The record at @at: its size, or a negative errno and 0 for octets that are none yet. */
static int next(struct stream *s, unsigned int at, u8 *payload, unsigned int *n)
{
	enum xcrypt_record_cause cause;
	int size, got;
	u8 *data;

	if (s->len - at < XCRYPT_HEAD)
		return 0;
	size = xcrypt_record_size(s->wire + at);
	if (size < 0 || s->len - at < (unsigned int)size)
		return min(size, 0);
	data = malloc(size);
	memcpy(data, s->wire + at, size);
	got = xcrypt_record_open(s->cipher, s->record, s->record->number, data, &cause);
	if (got >= 0) {
		*n = got;
		memcpy(payload, xcrypt_record_payload(data), got == XCRYPT_RECORD_END ? 0 : got);
		s->record->number++;
	}
	free(data);
	return got < 0 ? got : size;
}

/* What a receiver gives out of @s->wire, and 0 at the end record or the errno. */
static int receive_all(struct stream *s, const struct record_vector *v, u8 *payload,
		       unsigned int *len)
{
	unsigned int at = 0, n = 0;
	int size;

	start(s, v);
	*len = 0;
	while ((size = next(s, at, payload + *len, &n)) > 0) {
		at += size;
		if (n == XCRYPT_RECORD_END)
			break;
		*len += n;
	}
	stop(s);
	if (size < 0)
		return -size;
	return size && at == s->len ? 0 : EBADMSG;
}

static void check_received(struct stream *s, const struct record_vector *v)
{
	u8 *payload = malloc(s->len + 1), sha[SHA256_DIGEST_LENGTH];
	unsigned int len;
	int error = receive_all(s, v, payload, &len);

	SHA256(payload, len, sha);
	is(error == v->error && len == v->payload_len &&
	   !memcmp(sha, v->payload_sha, sizeof(sha)),
	   "%s %s: received (%d, %u octets)", v->cipher, v->name, error, len);
	free(payload);
}

static void check(const struct xcrypt_cipher *cipher, const struct record_vector *v)
{
	struct stream s = { cipher, NULL, malloc(2 * (v->plain_len + v->wire_len) + 8192), 0 };
	u8 sha[SHA256_DIGEST_LENGTH];
	int parts;

	for (parts = 0; parts < 2 && !strcmp(v->group, "valid"); parts++) {
		s.len = 0;
		send_all(&s, v, parts);
		SHA256(s.wire, s.len, sha);
		is(s.len == v->wire_len && !memcmp(sha, v->wire_sha, sizeof(sha)),
		   "%s %s: sent%s", v->cipher, v->name, parts ? " from parts" : "");
	}
	if (!s.len && v->wire_there == v->wire_len) {
		memcpy(s.wire, v->wire, v->wire_len);
		s.len = v->wire_len;
	}
	if (s.len == v->wire_len)
		check_received(&s, v);
	else
		skip(v->name, "its wire is too long to be in the file");
	free(s.wire);
}

static void check_fits(unsigned int padding)
{
	unsigned int room, n, good = 1;

	for (room = 0; room < XCRYPT_RECORD_MAX + 10; room++) {
		n = xcrypt_record_fits(padding, room);
		if (n > XCRYPT_RECORD_PAYLOAD ||
		    (n && xcrypt_record_length(padding, n) + XCRYPT_RECORD_FRAME > room))
			good = 0;
		/* No more would have fitted, but for the last one of a cut length. */
		if (n < XCRYPT_RECORD_PAYLOAD &&
		    xcrypt_record_length(padding, n + 1) + XCRYPT_RECORD_FRAME <= room)
			good = 0;
	}
	is(good, "padding %u: as much payload as fits in each room", padding);
}

int main(void)
{
	unsigned int i, k, padding;

	for (i = 0; i < ARRAY_SIZE(record_vectors); i++)
		for (k = 0; k < ARRAY_SIZE(ciphers); k++)
			if (!strcmp(ciphers[k]->name, record_vectors[i].cipher))
				check(ciphers[k], &record_vectors[i]);
	for (padding = 1; padding <= 4096; padding *= 2)
		check_fits(padding);
	return tap_done();
}
