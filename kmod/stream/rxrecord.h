/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_RXRECORD_H
#define _XCRYPT_RXRECORD_H

#include "context.h"

void xcrypt_rxrecord_room(struct sock *sk);
bool xcrypt_rxrecord_ready(struct sock *sk, const struct xcrypt_dir *rx);
bool xcrypt_rxrecord_unread(const struct xcrypt_dir *rx);
void xcrypt_rxrecord_close(struct sock *sk, struct xcrypt_ctx *ctx);
int xcrypt_rxrecord_inq(struct sock *sk, struct xcrypt_ctx *ctx);

#endif /* _XCRYPT_RXRECORD_H */
