/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that the module is built for, 6.1 to 7.3. It is
 * included ahead of every source file. Kbuild looks at the kernel's headers for what is
 * there and defines COMPAT_*: versions say little about kernels with backports.
 */
#ifndef _XCRYPT_COMPAT_H
#define _XCRYPT_COMPAT_H

#include <linux/bvec.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/socket.h>
#include <linux/splice.h>
#include <crypto/chacha.h>
#include <net/tcp.h>

#ifdef CONFIG_HIGHMEM
#error "xcrypt encrypts in place in the linear map: build it for a 64-bit kernel"
#endif

#ifdef COMPAT_SENDPAGE		/* before 6.5 */

#define COMPAT_NOTLAST	MSG_SENDPAGE_NOTLAST

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

/*
 * Options at SOL_SOCKET go to proto_ops.setsockopt while this is set, since 6.4. Before, the core
 * has them for itself.
 */
static inline void compat_catch_options(struct socket *sock, bool catch)
{
#ifdef COMPAT_CUSTOM_SOCKOPT
	if (catch)
		set_bit(SOCK_CUSTOM_SOCKOPT, &sock->flags);
	else
		clear_bit(SOCK_CUSTOM_SOCKOPT, &sock->flags);
#endif
}

#ifndef COMPAT_FRAGS_READABLE	/* before 6.12, when all are */
static inline bool skb_frags_readable(const struct sk_buff *skb)
{
	return true;
}
#endif

/*
 * Parameters of the functions that have one more or one less: of proto.recvmsg, where TCP
 * has no use for it but with MSG_ERRQUEUE, and of tcp_ulp_ops.get_info and get_info_size,
 * to which it says whether an administrator asks; what we tell is for everybody.
 */
#ifdef COMPAT_ADDR_LEN		/* 6.12 has it, 7.3 has not */
#define COMPAT_RECVMSG(...)	__VA_ARGS__, int *addr_len
#define compat_recvmsg(prot, ...) ((prot)->recvmsg(__VA_ARGS__, addr_len))
#else
#define COMPAT_RECVMSG(...)	__VA_ARGS__
#define compat_recvmsg(prot, ...) ((prot)->recvmsg(__VA_ARGS__))
#endif

#ifdef COMPAT_INFO_ADMIN	/* 7.3 has it, 6.12 has not */
#define COMPAT_INFO(...)	__VA_ARGS__, bool net_admin
#define COMPAT_INFO_FOR_ADMIN	net_admin
#else
#define COMPAT_INFO(...)	__VA_ARGS__
#define COMPAT_INFO_FOR_ADMIN	true
#endif

/* proto.ioctl answers by a pointer; before 6.5 it wrote to the caller's memory itself. */
#ifdef COMPAT_IOCTL_KARG
#define COMPAT_IOCTL(...)	__VA_ARGS__, int *karg
#define compat_ioctl_answer(n)	({ *karg = (n); 0; })
#define compat_ioctl(prot, ...) ((prot)->ioctl(__VA_ARGS__, karg))
#else
#define COMPAT_IOCTL(...)	__VA_ARGS__, unsigned long arg
#define compat_ioctl_answer(n)	put_user(n, (int __user *)arg)
#define compat_ioctl(prot, ...) ((prot)->ioctl(__VA_ARGS__, arg))
#endif

#ifndef COMPAT_SOCKADDR_UNSIZED	/* before 6.19: what proto_ops.connect and bind get */
#define sockaddr_unsized sockaddr
#endif

#ifndef COMPAT_CHACHA_STATE	/* before 6.16 it was an array */
struct chacha_state {
	u32 x[CHACHA_STATE_WORDS];
};

static inline void compat_chacha_init(struct chacha_state *state, const u32 *key, const u8 *iv)
{
	chacha_init(state->x, key, iv);
}

static inline void compat_chacha_crypt(struct chacha_state *state, u8 *dst, const u8 *src,
				       unsigned int len, int rounds)
{
	chacha_crypt(state->x, dst, src, len, rounds);
}

#define chacha_init	compat_chacha_init
#define chacha_crypt	compat_chacha_crypt
#endif

#endif /* _XCRYPT_COMPAT_H */
