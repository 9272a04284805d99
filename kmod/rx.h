/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_RX_H
#define _XCRYPT_RX_H

#include <net/sock.h>

struct pipe_inode_info;

void xcrypt_rx_exit(void);
int xcrypt_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags, int *addr_len);
ssize_t xcrypt_splice_read(struct socket *sock, loff_t *ppos, struct pipe_inode_info *pipe,
			   size_t len, unsigned int flags);

#endif /* _XCRYPT_RX_H */
