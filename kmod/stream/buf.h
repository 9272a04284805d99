/* SPDX-License-Identifier: GPL-2.0 */
/* Where plaintext stops on its way to the reader. */
#ifndef _XCRYPT_BUF_H
#define _XCRYPT_BUF_H

#include "cipher/cipher.h"

/* What a page fragment holds, and so a piece of the sender's. */
#define XCRYPT_BUF_SIZE	32768

struct xcrypt_buf {
	u8 *data;
	unsigned int size;
	u8 small[XCRYPT_STACK_MAX];	/* out of memory, reading goes on */
};

void xcrypt_buf_get(struct xcrypt_buf *buf);
bool xcrypt_buf_grow(struct xcrypt_buf *buf, unsigned int size);
void xcrypt_buf_put(struct xcrypt_buf *buf);
void xcrypt_buf_exit(void);

#endif /* _XCRYPT_BUF_H */
