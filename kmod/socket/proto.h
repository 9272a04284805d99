/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_PROTO_H
#define _XCRYPT_PROTO_H

#include "context.h"

int xcrypt_proto_init(void);
int xcrypt_proto_attach(struct sock *sk, struct xcrypt_ctx *ctx);
void xcrypt_proto_detach(struct sock *sk, struct xcrypt_ctx *ctx);

#endif /* _XCRYPT_PROTO_H */
