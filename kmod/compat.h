/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that the module is built for, 6.1 and 6.12. It is
 * included ahead of every source file. Kbuild looks at the kernel's headers for what is
 * there and defines COMPAT_*: versions say little about kernels with backports.
 */
#ifndef _XCRYPT_COMPAT_H
#define _XCRYPT_COMPAT_H

#include <linux/bvec.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/splice.h>
#include <net/tcp.h>

#ifdef CONFIG_HIGHMEM
#error "xcrypt encrypts in place in the linear map: build it for a 64-bit kernel"
#endif

#ifdef COMPAT_SENDPAGE		/* before 6.5 */

#define COMPAT_NOTLAST	MSG_SENDPAGE_NOTLAST

bool xcrypt_tx_plain(const struct sock *sk);
int xcrypt_sendmsg(struct sock *sk, struct msghdr *msg, size_t size);

/* sendfile and splice come with a page: encrypt from it, or let plain TCP have it. */
static inline int compat_sendpage(struct sock *sk, struct page *page, int offset,
				  size_t size, int flags)
{
	struct msghdr msg = { .msg_flags = flags };
	struct bio_vec bvec;
	int ret = 0;
	bool plain;

	lock_sock(sk);
	plain = xcrypt_tx_plain(sk);
	if (plain)
		ret = tcp_sendpage_locked(sk, page, offset, size, flags);
	release_sock(sk);
	if (plain)
		return ret;
	bvec_set_page(&bvec, page, size, offset);
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, &bvec, 1, size);
	return xcrypt_sendmsg(sk, &msg, size);
}

static inline void compat_set_prot(struct proto *prot)
{
	prot->sendpage = compat_sendpage;
}

static inline void compat_set_ops(struct proto_ops *ops)
{
	ops->sendpage_locked = NULL;
}

/*
 * Hand [@offset, @offset + @size) of @page to TCP, which keeps a reference to what it
 * takes and copies nothing. @more: another piece follows at once. MSG_SPLICE_PAGES has a
 * value in late 6.1 kernels, but their TCP does not know it.
 */
static inline int compat_give_page(struct sock *sk, struct page *page, int offset,
				   size_t size, int flags, bool more)
{
	flags |= MSG_DONTWAIT | MSG_NOSIGNAL | MSG_NO_SHARED_FRAGS;
	if (more)
		flags |= MSG_MORE | MSG_SENDPAGE_NOTLAST;
	tcp_rate_check_app_limited(sk);
	return do_tcp_sendpages(sk, page, offset, size, flags);
}

/* Splice by way of recvmsg. */
static inline ssize_t compat_splice_read(struct socket *sock, loff_t *ppos,
					 struct pipe_inode_info *pipe, size_t len,
					 unsigned int flags)
{
	return generic_file_splice_read(sock->file, ppos, pipe, len, flags);
}

#else /* MSG_SPLICE_PAGES took the place of sendpage */

#define COMPAT_NOTLAST	0

static inline void compat_set_prot(struct proto *prot)
{
}

static inline void compat_set_ops(struct proto_ops *ops)
{
}

static inline int compat_give_page(struct sock *sk, struct page *page, int offset,
				   size_t size, int flags, bool more)
{
	struct msghdr msg = { .msg_flags = flags | MSG_DONTWAIT | MSG_NOSIGNAL |
					   MSG_NO_SHARED_FRAGS | MSG_SPLICE_PAGES };
	struct bio_vec bvec;

	if (more)
		msg.msg_flags |= MSG_MORE;
	bvec_set_page(&bvec, page, size, offset);
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, &bvec, 1, size);
	return tcp_sendmsg_locked(sk, &msg, size);
}

static inline ssize_t compat_splice_read(struct socket *sock, loff_t *ppos,
					 struct pipe_inode_info *pipe, size_t len,
					 unsigned int flags)
{
	return copy_splice_read(sock->file, ppos, pipe, len, flags);
}

#endif /* COMPAT_SENDPAGE */

#ifdef COMPAT_FILE_ACTIVE	/* since 6.7 */
static inline struct file *compat_file_active(struct file *file)
{
	return get_file_active(&file);
}
#else
/* A reference, or NULL if the last one is being put. The file is not yet freed. */
static inline struct file *compat_file_active(struct file *file)
{
	return get_file_rcu(file) ? file : NULL;
}
#endif

#ifndef COMPAT_FRAGS_READABLE	/* before 6.12, when all are */
static inline bool skb_frags_readable(const struct sk_buff *skb)
{
	return true;
}
#endif

#endif /* _XCRYPT_COMPAT_H */
