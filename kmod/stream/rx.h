/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_RX_H
#define _XCRYPT_RX_H

#include <net/sock.h>

struct pipe_inode_info;

int xcrypt_recvmsg(COMPAT_RECVMSG(struct sock *sk, struct msghdr *msg, size_t len, int flags));
ssize_t xcrypt_splice_read(struct socket *sock, loff_t *ppos, struct pipe_inode_info *pipe,
			   size_t len, unsigned int flags);

#endif /* _XCRYPT_RX_H */
