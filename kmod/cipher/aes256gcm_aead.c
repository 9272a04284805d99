// SPDX-License-Identifier: GPL-2.0
/*
 * "aes256gcm" by the crypto API's fastest implementation, for kernels whose library has no
 * GCM, or a slow one (kernel.mk). As with aes256ctr_skcipher.c: the flag "async" of what x86 has
 * means nothing here.
 */
#include <crypto/aead.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/string.h>

#include "aes256gcm.h"
#include "aes256gcm_seat.h"

/*
 * The known-answer tests want the fast one there, not what is made of generic parts. These parts
 * are asked for by name when gcm(aes) is put together, too late where nothing is loaded on demand.
 */
MODULE_SOFTDEP("pre: crypto-aes crypto-ctr crypto-ghash crypto-gcm");

/* As good a moment as any to learn that there is no such cipher or no memory for it. */
static int aes256gcm_setkey(void *state, const u8 *key, const u8 *iv)
{
	struct aes256gcm_seat *seat;
	struct aes256gcm *c = state;

	memcpy(c->key, key, sizeof(c->key));
	seat = aes256gcm_seat_take(c);
	if (IS_ERR(seat))
		return PTR_ERR(seat);
	aes256gcm_seat_leave(seat);
	return 0;
}

static void aes256gcm_release(void *state)
{
	aes256gcm_seat_clear(state);
}

/* @len: octets to seal, or those to open and the tag. */
static int aes256gcm_request(struct aes256gcm *c, const u8 *nonce, struct scatterlist *src,
			     struct scatterlist *dst, unsigned int len,
			     int (*request)(struct aead_request *req))
{
	struct aes256gcm_seat *seat = aes256gcm_seat_take(c);
	DECLARE_CRYPTO_WAIT(wait);
	int err;

	if (IS_ERR(seat))
		return PTR_ERR(seat);
	memcpy(seat->nonce, nonce, sizeof(seat->nonce));
	aead_request_set_callback(seat->req, CRYPTO_TFM_REQ_MAY_BACKLOG | CRYPTO_TFM_REQ_MAY_SLEEP,
				  crypto_req_done, &wait);
	aead_request_set_crypt(seat->req, src, dst, len, seat->nonce);
	err = crypto_wait_req(request(seat->req), &wait);
	aes256gcm_seat_leave(seat);
	return err;
}

static int aes256gcm_seal(void *state, const u8 *nonce, u8 *record, unsigned int len,
			  const struct xcrypt_part *part, unsigned int count)
{
	struct scatterlist from[1 + XCRYPT_PARTS], to[1];
	bool in_place = count == 1 && part->data == record + XCRYPT_HEAD;
	unsigned int i;

	sg_init_one(to, record, XCRYPT_HEAD + len + XCRYPT_TAG);
	if (in_place)
		return aes256gcm_request(state, nonce, to, to, len, crypto_aead_encrypt);
	sg_init_table(from, 1 + count);
	sg_set_buf(&from[0], record, XCRYPT_HEAD);
	for (i = 0; i < count; i++)
		sg_set_buf(&from[1 + i], part[i].data, part[i].len);
	return aes256gcm_request(state, nonce, from, to, len, crypto_aead_encrypt);
}

static int aes256gcm_open(void *state, const u8 *nonce, u8 *record, unsigned int len)
{
	struct scatterlist sg[1];

	sg_init_one(sg, record, XCRYPT_HEAD + len + XCRYPT_TAG);
	return aes256gcm_request(state, nonce, sg, sg, len + XCRYPT_TAG, crypto_aead_decrypt);
}

static int aes256gcm_selftest(void)
{
	int err = aes256gcm_seats_init() ?:
		  xcrypt_kat_record(&xcrypt_aes256gcm, aes256gcm_kats, ARRAY_SIZE(aes256gcm_kats));

	if (err)
		aes256gcm_seats_exit();
	return err;
}

const struct xcrypt_cipher xcrypt_aes256gcm = {
	.name		= "aes256gcm",
	.key_size	= AES_KEYSIZE_256,
	.iv_size	= XCRYPT_NONCE,
	.state_size	= sizeof(struct aes256gcm),
	.setkey		= aes256gcm_setkey,
	.seal		= aes256gcm_seal,
	.open		= aes256gcm_open,
	.release	= aes256gcm_release,
	.selftest	= aes256gcm_selftest,
	.exit		= aes256gcm_seats_exit,
};
