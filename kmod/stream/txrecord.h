/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_TXRECORD_H
#define _XCRYPT_TXRECORD_H

#include "context.h"

void xcrypt_txrecord_end(struct sock *sk, struct xcrypt_dir *tx);

#endif /* _XCRYPT_TXRECORD_H */
