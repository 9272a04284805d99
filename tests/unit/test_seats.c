// SPDX-License-Identifier: GPL-2.0
/* Transforms of AES-GCM that directions use by turns: whose key is where, and that it goes. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "cipher/aes256gcm_seat.h"
#include "skcipher.h"
#include "tap.h"

#define MANY	24		/* directions: more than there are seats for one processor */
#define LEN	100
#define RECORD	(XCRYPT_HEAD + LEN + XCRYPT_TAG)
#define TURNS	4000

static const struct xcrypt_cipher *const gcm = &xcrypt_aes256gcm_aead;

/* A direction whose key says which it is. */
static struct aes256gcm *direction(u8 number)
{
	struct aes256gcm *c = kzalloc(sizeof(*c), GFP_KERNEL);
	u8 key[AES_KEYSIZE_256];

	memset(key, number, sizeof(key));
	if (c && !gcm->setkey(c, key, NULL))
		return c;
	kfree(c);
	return NULL;
}

static void end(struct aes256gcm *c)
{
	gcm->release(c);
	kfree(c);
}

/* Seals a record and opens it by the same key in the library's way. */
static bool works(struct aes256gcm *c, u8 content)
{
	static const u8 nonce[XCRYPT_NONCE] = "per record";
	u8 *record = calloc(1, RECORD), *data = record + XCRYPT_HEAD;
	struct xcrypt_part part = { data, LEN };
	bool good;

	memset(data, content, LEN);
	good = !gcm->seal(c, nonce, record, LEN, &part, 1) &&
	       !xcrypt_aes256gcm.open(c->key, nonce, record, LEN) &&
	       data[0] == content && data[LEN - 1] == content;
	free(record);
	return good;
}

static void by_turns(void)
{
	struct aes256gcm *c[MANY];
	bool good = true, once = true;
	unsigned int i, turn;

	for (i = 0; i < MANY; i++)
		c[i] = direction(i);
	for (turn = 0; turn < 3; turn++)
		for (i = 0; i < MANY; i++)
			good &= works(c[i], i + turn) && works(c[i], i);
	is(good, "%u directions by turns have each its own key", MANY);
	for (i = 0; i < MANY; i++)
		once &= shim_aead_keyed(c[i]->key) <= 1;
	is(once && shim_aead_keyed(NULL) < MANY, "for which there are %u transforms, no key in two",
	   shim_aead_keyed(NULL));
	is(works(c[0], 1) && shim_aead_keyed(c[0]->key) == 1, "the last one's key stays");
	end(c[0]);
	is(!shim_aead_keyed((u8[AES_KEYSIZE_256]) { 0 }), "until it ends");
	for (i = 1; i < MANY; i++)
		end(c[i]);
	is(!shim_aead_keyed(NULL), "all ended: no transform is left");
}

/* Others were stopped while they had all the seats: nobody waits for them. */
static void all_taken(void)
{
	struct aes256gcm *holder[MANY], *late, *c = direction(200);
	struct aes256gcm_seat *seat[MANY];
	unsigned int i, before;

	for (i = 0; i < MANY; i++) {
		holder[i] = direction(i);
		seat[i] = aes256gcm_seat_take(holder[i]);
	}
	before = shim_aead_keyed(NULL);
	late = direction(201);
	is(works(c, 1) && works(late, 2), "records go on while every seat is taken");
	is(shim_aead_keyed(NULL) == before, "with transforms that are gone behind each");
	is(!shim_aead_keyed(c->key) && !shim_aead_keyed(late->key), "with their keys");
	shim_fail_alloc = 1;
	is(!works(c, 3), "without memory for one there is no record");
	is(works(c, 3), "and then there is");
	for (i = 0; i < MANY; i++)
		aes256gcm_seat_leave(seat[i]);
	is(works(c, 4) && shim_aead_keyed(c->key) == 1, "seats are free again");
	for (i = 0; i < MANY; i++)
		end(holder[i]);
	end(c);
	end(late);
	is(!shim_aead_keyed(NULL), "no transform is left");
}

/* A key whose seat becomes somebody else's, and one that could not be set. */
static void replaced(void)
{
	struct aes256gcm *c = direction(1), *other[MANY];
	struct aes256gcm_seat *seat = c->seat;
	unsigned int n = 0, i;

	for (; seat->holder == c; n++)
		other[n] = direction(100 + n);
	is(!shim_aead_keyed(c->key), "another key takes the place of the one before");
	end(c);
	is(shim_aead_keyed(other[n - 1]->key) == 1, "which the end of the one before leaves alone");
	/* The transform is there, so that it is the key that fails. */
	shim_fail_alloc = 2;
	c = direction(1);
	shim_fail_alloc = 0;
	is(!c && !shim_aead_keyed((u8[AES_KEYSIZE_256]) { 1 }), "a key that cannot be set is nowhere");
	for (i = 0; i < n; i++) {
		is(works(other[i], i), "direction %u goes on", i);
		end(other[i]);
	}
	is(!shim_aead_keyed(NULL), "no transform is left");
}

static void *hammer(void *number)
{
	u8 first = (uintptr_t)number;
	unsigned int turn;
	bool good = true;

	for (turn = 0; turn < TURNS && good; turn++) {
		struct aes256gcm *a = direction(first), *b = direction(first + 1);

		good = a && b && works(a, turn) && works(b, ~turn) && works(a, turn + 1);
		end(a);
		end(b);
	}
	return good ? NULL : number;
}

static void at_once(void)
{
	pthread_t thread[8];
	bool good = true;
	void *result;
	uintptr_t i;

	for (i = 0; i < 8; i++)
		pthread_create(&thread[i], NULL, hammer, (void *)(10 * (i + 1)));
	for (i = 0; i < 8; i++) {
		pthread_join(thread[i], &result);
		good &= !result;
	}
	is(good, "8 threads at once, keys that come and go: every record by its own key");
	is(!shim_aead_keyed(NULL), "no transform is left");
}

static void on_one_processor(void (*test)(void))
{
	cpu_set_t all, one;

	sched_getaffinity(0, sizeof(all), &all);
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	test();
	sched_setaffinity(0, sizeof(all), &all);
}

int main(void)
{
	on_one_processor(by_turns);
	on_one_processor(all_taken);
	on_one_processor(replaced);
	at_once();
	return tap_done();
}
