/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_SENDPAGE_H
#define _XCRYPT_SENDPAGE_H

#include <linux/net.h>
#include <net/sock.h>

/* Where sendfile and splice come by a function of their own, give ours. Else by sendmsg. */
#ifdef COMPAT_SENDPAGE
void xcrypt_sendpage_set(struct proto *prot, struct proto_ops *ops);
#else
static inline void xcrypt_sendpage_set(struct proto *prot, struct proto_ops *ops)
{
}
#endif

#endif /* _XCRYPT_SENDPAGE_H */
