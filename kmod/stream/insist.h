/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_INSIST_H
#define _XCRYPT_INSIST_H

#include <net/sock.h>

bool xcrypt_insist(struct sock *sk, unsigned int octets);

#endif /* _XCRYPT_INSIST_H */
