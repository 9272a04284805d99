// SPDX-License-Identifier: GPL-2.0
#include <crypto/aead.h>
#include <crypto/aes-gcm.h>
#include <pthread.h>
#include <stdlib.h>

#define TAG 16

struct crypto_aead {
	struct aes_gcm_key key;
	struct crypto_aead *next;
};

struct aead_request {
	struct crypto_aead *tfm;
	struct scatterlist *src;
	struct scatterlist *dst;
	unsigned int ad;
	unsigned int len;
	u8 *iv;
	bool decrypt;
	struct crypto_wait *wait;
};

int shim_aead;

/* Those there are. */
static struct crypto_aead *transforms;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

unsigned int shim_aead_keyed(const u8 *key)
{
	struct crypto_aead *tfm;
	unsigned int n = 0;

	pthread_mutex_lock(&lock);
	for (tfm = transforms; tfm; tfm = tfm->next)
		n += !key || !memcmp(tfm->key.octets, key, sizeof(tfm->key.octets));
	pthread_mutex_unlock(&lock);
	return n;
}

struct crypto_aead *crypto_alloc_aead(const char *name, u32 type, u32 mask)
{
	struct crypto_aead *tfm;

	if (strcmp(name, "gcm(aes)") || type || mask != CRYPTO_ALG_KERN_DRIVER_ONLY)
		return ERR_PTR(-ENOENT);
	tfm = kzalloc(sizeof(*tfm), GFP_KERNEL);
	if (!tfm)
		return ERR_PTR(-ENOMEM);
	pthread_mutex_lock(&lock);
	tfm->next = transforms;
	transforms = tfm;
	pthread_mutex_unlock(&lock);
	return tfm;
}

void crypto_free_aead(struct crypto_aead *tfm)
{
	struct crypto_aead **at = &transforms;

	pthread_mutex_lock(&lock);
	while (*at != tfm)
		at = &(*at)->next;
	*at = tfm->next;
	pthread_mutex_unlock(&lock);
	kfree(tfm);
}

int crypto_aead_setkey(struct crypto_aead *tfm, const u8 *key, unsigned int len)
{
	if (shim_fail_alloc && !--shim_fail_alloc)
		return -ENOMEM;
	return aes_gcm_preparekey(&tfm->key, key, len, TAG);
}

int crypto_aead_setauthsize(struct crypto_aead *tfm, unsigned int size)
{
	return size == TAG ? 0 : -EINVAL;
}

struct aead_request *aead_request_alloc(struct crypto_aead *tfm, int gfp)
{
	struct aead_request *req = kzalloc(sizeof(*req), gfp);

	if (req)
		req->tfm = tfm;
	return req;
}

void aead_request_free(struct aead_request *req)
{
	kfree(req);
}

struct crypto_aead *crypto_aead_reqtfm(struct aead_request *req)
{
	return req->tfm;
}

void aead_request_set_ad(struct aead_request *req, unsigned int len)
{
	req->ad = len;
}

void aead_request_set_callback(struct aead_request *req, u32 flags, crypto_completion_t *done,
			       void *data)
{
	if (flags != (CRYPTO_TFM_REQ_MAY_SLEEP | CRYPTO_TFM_REQ_MAY_BACKLOG) ||
	    done != crypto_req_done)
		abort();
	req->wait = data;
}

void aead_request_set_crypt(struct aead_request *req, struct scatterlist *src,
			    struct scatterlist *dst, unsigned int len, u8 *iv)
{
	req->src = src;
	req->dst = dst;
	req->len = len;
	req->iv = iv;
}

/* Octets of a list as one piece, and back. */
static u8 *gather(const struct scatterlist *sg, unsigned int len)
{
	u8 *data = malloc(len);
	unsigned int i;

	if (shim_sg_octets(sg) < len)
		abort();
	for (i = 0; i < len; i++)
		data[i] = *shim_sg_at(sg, i);
	return data;
}

static void scatter(const struct scatterlist *sg, const u8 *data, unsigned int from,
		    unsigned int len)
{
	unsigned int i;

	if (shim_sg_octets(sg) < from + len)
		abort();
	for (i = 0; i < len; i++)
		*shim_sg_at(sg, from + i) = data[i];
}

static void gcm_run(void *request)
{
	struct aead_request *req = request;
	unsigned int len = req->decrypt ? req->len - TAG : req->len;
	u8 *in = gather(req->src, req->ad + req->len), *data = in + req->ad;
	u8 *out = malloc(len + TAG);
	int err = 0;

	if (req->decrypt)
		err = aes_gcm_decrypt(out, data, len, data + len, in, req->ad, req->iv,
				      &req->tfm->key);
	else
		aes_gcm_encrypt(out, data, len, out + len, in, req->ad, req->iv,
				&req->tfm->key);
	/* An implementation may have decrypted before it knows better. */
	scatter(req->dst, out, req->ad, len + (req->decrypt ? 0 : TAG));
	req->wait->err = err;
	free(out);
	free(in);
}

static int gcm_start(struct aead_request *req, bool decrypt)
{
	req->decrypt = decrypt;
	if (!shim_aead) {
		gcm_run(req);
		return req->wait->err;
	}
	if (shim_aead == -EINPROGRESS || shim_aead == -EBUSY)
		*req->wait = (struct crypto_wait) { gcm_run, req, 0 };
	return shim_aead;
}

int crypto_aead_encrypt(struct aead_request *req)
{
	return gcm_start(req, false);
}

int crypto_aead_decrypt(struct aead_request *req)
{
	return gcm_start(req, true);
}
