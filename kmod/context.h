/* SPDX-License-Identifier: GPL-2.0 */
/* What belongs to one attached socket, and where its parts are found. */
#ifndef _XCRYPT_CONTEXT_H
#define _XCRYPT_CONTEXT_H

#include <linux/rcupdate.h>
#include <net/inet_connection_sock.h>
#include <linux/xcrypt.h>
#include "cipher.h"

#define XCRYPT_ULP_NAME "xcrypt"

/*
 * One direction. The cipher's position is a TCP sequence number: octets have been
 * drawn up to @next_seq, and that is where TCP has to be when a call begins.
 * Written under the socket lock; diag.c reads without it.
 */
struct xcrypt_dir {
	const struct xcrypt_cipher *cipher;	/* NULL: plain TCP */
	void *state;				/* NULL once the socket is closed */
	u64 octets;
	u32 next_seq;
	int error;				/* 0 or -errno, for good */
	u8 session[XCRYPT_SESSION_LEN];
};

/*
 * @snap and @snap_word hold a cipher's position while a call may have to return to it.
 * That is only ever under the socket lock, so both directions share them.
 */
struct xcrypt_ctx {
	struct proto *prot;			/* the socket's own, before us */
	const struct proto_ops *ops;
	struct xcrypt_dir tx;
	struct xcrypt_dir rx;
	void *snap;
	u64 snap_word;
	u16 snap_size;				/* octets that fit in @snap */
	u64 fingerprint;			/* of the first key installed */
	struct rcu_head rcu;
};

static inline struct xcrypt_ctx *xcrypt_ctx(const struct sock *sk)
{
	/* Not freed before the last reference to the socket. */
	return rcu_dereference_protected(inet_csk(sk)->icsk_ulp_data, 1);
}

/* The cipher of a direction, NULL if it is plain TCP, for those without the lock. */
static inline const struct xcrypt_cipher *xcrypt_dir_cipher(const struct xcrypt_dir *dir)
{
	/* Pairs with xcrypt_dir_set(): who finds the cipher finds the rest. */
	return smp_load_acquire(&dir->cipher);
}

#endif /* _XCRYPT_CONTEXT_H */
