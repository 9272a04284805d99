/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_ASK_H
#define _XCRYPT_ASK_H

#include <linux/sockptr.h>
#include <net/sock.h>

int xcrypt_handshake_ask(struct sock *sk, sockptr_t optval, unsigned int optlen);
int xcrypt_handshake_outcome(struct sock *sk, char __user *optval, int __user *optlen);
int xcrypt_handshake_suites(struct sock *sk, char __user *optval, int __user *optlen);
void xcrypt_handshake_close(struct sock *sk);

#endif /* _XCRYPT_ASK_H */
