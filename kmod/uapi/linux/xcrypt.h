/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * xcrypt: TCP sockets whose octet stream the kernel encrypts, length-preserving.
 *
 *	setsockopt(fd, SOL_TCP, TCP_ULP, "xcrypt", sizeof("xcrypt"));
 *	setsockopt(fd, SOL_XCRYPT, XCRYPT_TX, &key, sizeof(key));
 *	setsockopt(fd, SOL_XCRYPT, XCRYPT_RX, &key, sizeof(key));
 *
 * From the return of the second call on, every octet written is encrypted; from
 * the return of the third, every octet read is decrypted, those already queued
 * included. A direction without a key is plain TCP. A key is set once and never
 * replaced, never returned. There is no integrity and no authentication.
 *
 * TCP_ULP errors (the socket is unchanged)
 *	ENOENT		the module is not loaded (loading on demand needs CAP_NET_ADMIN)
 *	ENOTCONN	the socket is not ESTABLISHED
 *	EEXIST		the socket has a ULP already
 *	EOPNOTSUPP	not a plain TCP socket: sockmap, SMC, TCP_REPAIR, ...
 *	EINVAL		SO_PEEK_OFF is set
 *	ENOMEM		out of memory
 *
 * What an attached socket refuses is listed in docs/errors.md.
 */
#ifndef _UAPI_LINUX_XCRYPT_H
#define _UAPI_LINUX_XCRYPT_H

#include <linux/types.h>

#define SOL_XCRYPT		0x5843	/* "XC" */

/* Options at SOL_XCRYPT. */
#define XCRYPT_TX		1	/* set: struct xcrypt_key, get: struct xcrypt_info */
#define XCRYPT_RX		2	/* set: struct xcrypt_key, get: struct xcrypt_info */
#define XCRYPT_HANDSHAKE	3	/* reserved: ENOPROTOOPT */
#define XCRYPT_SUITES		4	/* reserved: ENOPROTOOPT */

#define XCRYPT_VERSION		1	/* of the two structures below */

#define XCRYPT_NAME_MAX		16	/* octets of a cipher's name with its NUL */
#define XCRYPT_KEY_MAX		32	/* octets */
#define XCRYPT_IV_MAX		16	/* octets */
#define XCRYPT_SESSION_LEN	16	/* octets */

/*
 * xcrypt_key.flags. XCRYPT_F_STRICT, XCRYPT_RX only: fail with ENOTEMPTY if octets
 * that came in the clear are queued unread, so that plaintext injected behind a
 * protocol switch is never taken for the peer's (the CVE-2011-0411 class).
 */
#define XCRYPT_F_STRICT		0x0001

/**
 * struct xcrypt_key - the key of one direction of one connection
 * @version:	XCRYPT_VERSION
 * @flags:	XCRYPT_F_*
 * @key_len:	octets of @key in use, exactly what the cipher takes
 * @iv_len:	octets of @iv in use, exactly what the cipher takes
 * @cipher:	name, padded with NUL: "chacha20" (key 32, IV 12), "aes256ctr" (32, 16),
 *		"t32" (10, 0), "arrsyfor" (10, 0)
 * @session:	session identifier (protocol.md, sections 4 and 5), returned by getsockopt
 * @key:	the key, unused octets zero
 * @iv:		the initial counter block or nonce, unused octets zero
 * @start:	zero. A debug build of the module starts the cipher at this octet
 * @reserved:	zero
 *
 * A (key, IV) serves one direction of one connection, once.
 *
 * setsockopt errors (nothing is installed)
 *	EFAULT		@optval cannot be read
 *	EINVAL		@optlen is not the size of this structure; a length does not fit
 *			the cipher; an unknown flag, a reserved or unused octet is set;
 *			the other direction has the same cipher, key and IV
 *	EPROTONOSUPPORT	unknown @version
 *	EOPNOTSUPP	unknown cipher
 *	EBUSY		the direction has a key; XCRYPT_TX: a writer sleeps in the clear
 *	ENOTEMPTY	XCRYPT_F_STRICT and octets are queued
 *	ENOTCONN	the connection is not open in both directions any more
 *	ENOPROTOOPT	the ULP is not attached, or an unknown option
 *	ENOMEM		out of memory
 */
struct xcrypt_key {
	__u16	version;
	__u16	flags;
	__u16	key_len;
	__u16	iv_len;
	char	cipher[XCRYPT_NAME_MAX];
	__u8	session[XCRYPT_SESSION_LEN];
	__u8	key[XCRYPT_KEY_MAX];
	__u8	iv[XCRYPT_IV_MAX];
	__u64	start;
	__u64	reserved;
};

/**
 * struct xcrypt_info - what may be known of one direction; never a key
 * @version:	XCRYPT_VERSION
 * @keyed:	1 once a key is installed, else all that follows is zero
 * @error:	errno of the fault that ended this direction for good, or 0
 * @cipher:	name, padded with NUL
 * @session:	session identifier as installed
 * @octets:	octets encrypted and accepted by TCP, or decrypted and read
 *
 * getsockopt copies as much as @optlen has room for and sets @optlen to that.
 *
 * getsockopt errors
 *	EFAULT		@optval or @optlen cannot be accessed
 *	EINVAL		@optlen is negative or less than 8
 *	ENOPROTOOPT	the ULP is not attached, or an unknown option
 */
struct xcrypt_info {
	__u16	version;
	__u16	keyed;
	__u32	error;
	char	cipher[XCRYPT_NAME_MAX];
	__u8	session[XCRYPT_SESSION_LEN];
	__u64	octets;
};

/*
 * Errors of I/O on a keyed direction, besides those of TCP. Both last: the direction
 * is dead, close the socket.
 *	EBADMSG		the cipher's position and TCP's sequence number differ: somebody
 *			moved the stream behind the ULP
 *	EKEYEXPIRED	the cipher may not go on (ChaCha20: 2^38 octets)
 * and, of calls that would pass the cipher by:
 *	EOPNOTSUPP	MSG_OOB, MSG_ZEROCOPY, MSG_FASTOPEN, MSG_SOCK_DEVMEM, TCP_REPAIR*,
 *			TCP_ZEROCOPY_RECEIVE, SO_PEEK_OFF, IPV6_ADDRFORM, mmap
 *	EINVAL		sockmap; recv with MSG_OOB; connect(AF_UNSPEC), listen
 */

/*
 * inet_diag: nested in INET_DIAG_ULP_INFO beside the ULP's name, for CAP_NET_ADMIN. The
 * low numbers there are the core's and other ULPs'.
 */
#define XCRYPT_DIAG_ULP_INFO	16	/* nest of the two below */

enum {
	XCRYPT_DIAG_UNSPEC,
	XCRYPT_DIAG_TX,			/* nested, absent without key */
	XCRYPT_DIAG_RX,			/* nested, absent without key */
	__XCRYPT_DIAG_MAX,
};

enum {
	XCRYPT_DIAG_DIR_UNSPEC,
	XCRYPT_DIAG_DIR_CIPHER,		/* string */
	XCRYPT_DIAG_DIR_SESSION,	/* XCRYPT_SESSION_LEN octets */
	XCRYPT_DIAG_DIR_OCTETS,		/* u64 */
	XCRYPT_DIAG_DIR_ERROR,		/* u32, errno or 0 */
	XCRYPT_DIAG_DIR_PAD,
	__XCRYPT_DIAG_DIR_MAX,
};

#endif /* _UAPI_LINUX_XCRYPT_H */
