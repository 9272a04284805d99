/* SPDX-License-Identifier: GPL-2.0 */
/* What belongs to one attached socket, and where its parts are found. */
#ifndef _XCRYPT_CONTEXT_H
#define _XCRYPT_CONTEXT_H

#include <linux/build_bug.h>
#include <linux/rcupdate.h>
#include <net/inet_connection_sock.h>
#include <linux/xcrypt.h>
#include "cipher/cipher.h"

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

/**
 * struct xcrypt_family - an address family's functions
 * @base:	those of its sockets before us
 * @base_ops:	likewise
 * @prot:	ours
 * @asked:	the same while a handshake runs: whoever gives the lock back looks for its end.
 *		Other sockets do not pay for that
 * @ops:	ours
 */
struct xcrypt_family {
	struct proto *base;
	const struct proto_ops *base_ops;
	struct proto prot;
	struct proto asked;
	struct proto_ops ops;
};

/* How a handshake ended, as struct xcrypt_outcome has it. */
struct xcrypt_result {
	u8 state;
	u8 class;
	u8 cache_hit;
	u8 early_sent;
	u16 error;
	char suite[24];
};

/**
 * struct xcrypt_ctx - what an attached socket has
 * @family:	its functions
 * @tx:		octets written
 * @rx:		octets read
 * @snap:	the position of a cipher that cannot seek while a call may have to return to it.
 *		Only ever under the socket lock, so both directions share it
 * @snap_size:	octets that fit in @snap
 * @fingerprint: of the first key installed
 * @rcu:	frees the context, for diag.c
 * @stat:	its namespace's counters, by enum xcrypt_stat
 * @request:	the handshake under way
 * @daemon:	who may use the socket meanwhile; compared, never followed
 * @guard:	0, or the errno of all others' calls (xcrypt_guard())
 * @words:	what XCRYPT_SUITES answered; or, with @refused, why a handshake was refused:
 *		servers have the one, clients the other
 * @refused:	see there
 * @result:	of the last handshake
 */
struct xcrypt_ctx {
	struct xcrypt_family *family;
	struct xcrypt_dir tx;
	struct xcrypt_dir rx;
	union {
		struct {
			void *snap;
			u64 fingerprint;
		};
		struct rcu_head rcu;
	};
	unsigned long __percpu *stat;
	struct xcrypt_request *request;
	struct pid *daemon;
	char *words;
	s16 guard;
	u16 snap_size;
	bool refused;
	struct xcrypt_result result;
};

/* One socket's worth with both keys is to stay under 512 octets. */
static_assert(sizeof(struct xcrypt_ctx) <= 192);

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
