/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_TX_H
#define _XCRYPT_TX_H

#include <net/sock.h>

bool xcrypt_tx_plain(const struct sock *sk);
int xcrypt_sendmsg(struct sock *sk, struct msghdr *msg, size_t size);

#endif /* _XCRYPT_TX_H */
