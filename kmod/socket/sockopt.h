/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_SOCKOPT_H
#define _XCRYPT_SOCKOPT_H

#include <net/sock.h>

void xcrypt_sockopt_init(void);
int xcrypt_setsockopt(struct sock *sk, int level, int optname, sockptr_t optval,
		      unsigned int optlen);
int xcrypt_getsockopt(struct sock *sk, int level, int optname, char __user *optval,
		      int __user *optlen);

#endif /* _XCRYPT_SOCKOPT_H */
