// SPDX-License-Identifier: GPL-2.0
/*
 * Transforms of gcm(aes), which directions use in turn. One of them is larger than all else that
 * a connection has, and most connections are idle. So a direction keeps its key alone, and takes
 * a seat for each record. Who comes back soon finds its key there.
 *
 * Nobody waits for a seat: who has one may be a task that its user keeps from running. Who takes
 * one that has another's key never leaves that key there: so a direction whose seat is taken
 * by somebody else knows that its key is about to go, and has it in one seat at most.
 */
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "aes256gcm_seat.h"

/* Of one processor: two connections, both ways. Beyond the last processor they are shared. */
#define WAYS		4
#define PROCESSORS	16

static struct aes256gcm_seat seats[PROCESSORS * WAYS];

/*
 * Without a key. While there is one, what gcm(aes) is made of stays loaded: a record finds the
 * same again, and at once.
 */
static struct crypto_aead *keeper;

static struct crypto_aead *transform(void)
{
	/* Not an accelerator beyond a bus: its latency would be every short write's. */
	return crypto_alloc_aead("gcm(aes)", 0, CRYPTO_ALG_KERN_DRIVER_ONLY);
}

/* Return: 0, or -errno: -ENOENT if the kernel has no such cipher. */
int aes256gcm_seats_init(void)
{
	struct crypto_aead *tfm = transform();

	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	keeper = tfm;
	return 0;
}

void aes256gcm_seats_exit(void)
{
	if (keeper)
		crypto_free_aead(keeper);
	keeper = NULL;
}

static bool seat_try(struct aes256gcm_seat *seat)
{
	return !test_and_set_bit_lock(0, &seat->taken);
}

/* With the transform goes the key. */
static void seat_empty(struct aes256gcm_seat *seat)
{
	struct crypto_aead *tfm = crypto_aead_reqtfm(seat->req);

	aead_request_free(seat->req);
	crypto_free_aead(tfm);
	seat->req = NULL;
	WRITE_ONCE(seat->holder, NULL);
}

static int seat_furnish(struct aes256gcm_seat *seat)
{
	struct crypto_aead *tfm = transform();
	int err;

	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	err = crypto_aead_setauthsize(tfm, XCRYPT_TAG);
	if (err)
		goto free_tfm;
	err = -ENOMEM;
	seat->req = aead_request_alloc(tfm, GFP_KERNEL);
	if (!seat->req)
		goto free_tfm;
	aead_request_set_ad(seat->req, XCRYPT_HEAD);
	return 0;

free_tfm:
	crypto_free_aead(tfm);
	return err;
}

/* Whoever was there before has lost it, whatever this returns. */
static int seat_key(struct aes256gcm_seat *seat, struct aes256gcm *c)
{
	int err = seat->req ? 0 : seat_furnish(seat);

	if (err)
		return err;
	err = crypto_aead_setkey(crypto_aead_reqtfm(seat->req), c->key, sizeof(c->key));
	if (err) {
		seat_empty(seat);
		return err;
	}
	WRITE_ONCE(seat->holder, c);
	if (!seat->passing)
		c->seat = seat;
	return 0;
}

/* Where @c was, taken, unless another's key is there. It may have come in this moment. */
static struct aes256gcm_seat *seat_own(const struct aes256gcm *c)
{
	struct aes256gcm_seat *seat = c->seat;

	return seat && READ_ONCE(seat->holder) == c && seat_try(seat) ? seat : NULL;
}

/* Taken, whichever key it has; NULL: no memory. */
static struct aes256gcm_seat *seat_any(void)
{
	static unsigned int turn;
	unsigned int first = raw_smp_processor_id() % PROCESSORS * WAYS, now = READ_ONCE(turn), i;
	struct aes256gcm_seat *seat;

	WRITE_ONCE(turn, now + 1);
	for (i = 0; i < WAYS; i++) {
		seat = &seats[first + (now + i) % WAYS];
		if (seat_try(seat))
			return seat;
	}
	seat = kzalloc(sizeof(*seat), GFP_KERNEL);
	if (seat)
		seat->passing = true;
	return seat;
}

/**
 * aes256gcm_seat_take() - a transform with the key of a direction, until aes256gcm_seat_leave()
 * @c:	the direction, under its socket's lock
 *
 * Return: the seat; or ERR_PTR(-ENOMEM), or another of the crypto API's errors.
 */
struct aes256gcm_seat *aes256gcm_seat_take(struct aes256gcm *c)
{
	struct aes256gcm_seat *seat = seat_own(c);
	int err;

	if (likely(seat && seat->holder == c))
		return seat;
	c->seat = NULL;
	seat = seat ?: seat_any();
	if (!seat)
		return ERR_PTR(-ENOMEM);
	err = seat_key(seat, c);
	if (err) {
		aes256gcm_seat_leave(seat);
		return ERR_PTR(err);
	}
	return seat;
}

void aes256gcm_seat_leave(struct aes256gcm_seat *seat)
{
	memzero_explicit(seat->nonce, sizeof(seat->nonce));
	if (unlikely(seat->passing)) {
		if (seat->req)
			seat_empty(seat);
		kfree(seat);
		return;
	}
	clear_bit_unlock(0, &seat->taken);
}

/*
 * The direction ends: its key is in no seat any more, or whoever has that seat replaces it before
 * the seat is used.
 */
void aes256gcm_seat_clear(struct aes256gcm *c)
{
	struct aes256gcm_seat *seat = seat_own(c);

	c->seat = NULL;
	if (!seat)
		return;
	if (seat->req)
		seat_empty(seat);
	aes256gcm_seat_leave(seat);
}
