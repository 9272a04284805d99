/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_AES256GCM_SEAT_H
#define _XCRYPT_AES256GCM_SEAT_H

#include <crypto/aead.h>
#include <crypto/aes.h>

#include "cipher.h"

struct aes256gcm_seat;

/**
 * struct aes256gcm - state of one direction
 * @key:	first, so that it is aligned as the state is
 * @seat:	where this key was last, or NULL
 */
struct aes256gcm {
	u8 key[AES_KEYSIZE_256];
	struct aes256gcm_seat *seat;
};

/**
 * struct aes256gcm_seat - a transform that directions use in turn
 * @taken:	bit 0: set by whoever uses it or gives it another key. Nobody ever waits for it
 * @passing:	made for one record, since all others were taken
 * @holder:	whose key the transform has; not to be followed
 * @req:	owns the transform; NULL as long as there is no @holder
 * @nonce:	of the running request
 */
struct aes256gcm_seat {
	unsigned long taken;
	bool passing;
	const struct aes256gcm *holder;
	struct aead_request *req;
	u8 nonce[XCRYPT_NONCE];
};

int aes256gcm_seats_init(void);
void aes256gcm_seats_exit(void);
struct aes256gcm_seat *aes256gcm_seat_take(struct aes256gcm *c);
void aes256gcm_seat_leave(struct aes256gcm_seat *seat);
void aes256gcm_seat_clear(struct aes256gcm *c);

#endif /* _XCRYPT_AES256GCM_SEAT_H */
