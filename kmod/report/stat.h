/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_STAT_H
#define _XCRYPT_STAT_H

#include <linux/percpu.h>
#include <net/sock.h>
#include "cipher/cipher.h"

enum xcrypt_stat {
	XCRYPT_STAT_CURR_SOCKETS,	/* attached now */
	XCRYPT_STAT_SOCKETS,		/* attached ever */
	XCRYPT_STAT_TX_OCTETS,		/* encrypted and accepted by TCP */
	XCRYPT_STAT_RX_OCTETS,		/* decrypted and read */
	XCRYPT_STAT_ROLLBACK,		/* TCP took less than was encrypted */
	XCRYPT_STAT_DESYNC,		/* directions ended with EBADMSG */
	XCRYPT_STAT_KEY_EXPIRED,	/* directions ended with EKEYEXPIRED */
	XCRYPT_STAT_CIPHER_FAULT,	/* a cipher failed */
	XCRYPT_STAT_USER_FAULT,		/* a caller's buffer could not be accessed */
	XCRYPT_STAT_REFUSED_ATTACH,
	XCRYPT_STAT_REFUSED_KEY,
	XCRYPT_STAT_REFUSED_BYPASS,	/* calls that would pass the cipher by */
	XCRYPT_STAT_TX_RECORDS,		/* sealed and accepted by TCP */
	XCRYPT_STAT_RX_RECORDS,		/* opened */
	XCRYPT_STAT_RECORD_REFUSED,	/* directions ended by a record not of the peer */
	XCRYPT_STAT_RECORD_CUT,		/* directions that ended without the end record */
	XCRYPT_STAT_RECORD_ABORTED,	/* connections given up in mid-record */
	XCRYPT_STAT_ENCRYPTED,		/* handshakes by class: the four in its order */
	XCRYPT_STAT_NONE,
	XCRYPT_STAT_ANSWERED,
	XCRYPT_STAT_CLOSED,
	XCRYPT_STAT_MAX,
};

int xcrypt_stat_init(void);
void xcrypt_stat_exit(void);
unsigned long __percpu *xcrypt_stat_of(const struct sock *sk);
void xcrypt_stat_add(const struct sock *sk, enum xcrypt_stat stat, long n);
void xcrypt_stat_key(const struct sock *sk, const struct xcrypt_cipher *cipher, bool tx, int n);

static inline void xcrypt_stat_inc(const struct sock *sk, enum xcrypt_stat stat)
{
	xcrypt_stat_add(sk, stat, 1);
}

#endif /* _XCRYPT_STAT_H */
