/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_DIAG_H
#define _XCRYPT_DIAG_H

#include <net/sock.h>

int xcrypt_diag_get(COMPAT_INFO(struct sock *sk, struct sk_buff *skb));
size_t xcrypt_diag_size(COMPAT_INFO(const struct sock *sk));

#endif /* _XCRYPT_DIAG_H */
