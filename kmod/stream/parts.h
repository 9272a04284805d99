/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_PARTS_H
#define _XCRYPT_PARTS_H

#include <linux/uio.h>
#include "cipher/cipher.h"

unsigned int xcrypt_parts_of_pages(const struct iov_iter *iter, unsigned int len,
				   struct xcrypt_part *part, unsigned int max,
				   unsigned int least, unsigned int *count);

#endif /* _XCRYPT_PARTS_H */
