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
 *	ENOPROTOOPT	an MPTCP socket (the core's answer)
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
#define XCRYPT_HANDSHAKE	3	/* set: xcrypt_handshake, get: xcrypt_outcome */
#define XCRYPT_SUITES		4	/* get: the words to list in the EHLO reply */

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
 *	ECONNABORTED	a handshake ended with XCRYPT_CLASS_CLOSED
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
 *	ENOPROTOOPT	an unknown option; the ULP is not attached (IPv4: EOPNOTSUPP)
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
 * Errors of I/O on a keyed direction, besides those of TCP: ENOMEM from recv, if the cipher
 * finds no memory; nothing was taken, try again. The other two last: the direction is dead,
 * close the socket.
 *	EBADMSG		the cipher's position and TCP's sequence number differ: somebody
 *			moved the stream behind the ULP
 *	EKEYEXPIRED	the cipher may not go on (ChaCha20: 2^38 octets)
 * and, of calls that would pass the cipher by, on an attached socket:
 *	EOPNOTSUPP	TCP_REPAIR*, TCP_ZEROCOPY_RECEIVE, SO_PEEK_OFF, sockmap; with a TX key:
 *			MSG_OOB, MSG_ZEROCOPY, MSG_FASTOPEN
 *	EINVAL		connect(AF_UNSPEC), listen; with an RX key: recv with MSG_OOB
 *	EBUSY		IPV6_ADDRFORM
 *	ENODEV		mmap
 */

/*
 * The handshake: the kernel asks xcryptd to run the XCRYPT exchange (protocol.md) on this
 * very socket and to key both directions. The socket must be attached; what the MTA has
 * buffered must be flushed, and nothing may be buffered behind the line it hands over.
 *
 * A blocking socket waits. A non-blocking one gets EINPROGRESS; poll says nothing until the
 * exchange has ended and then EPOLLOUT, and getsockopt gives the outcome. While it runs,
 * reading and writing by others than the daemon fail with EBUSY.
 */
#define XCRYPT_ROLE_CLIENT	1
#define XCRYPT_ROLE_SERVER	2

#define XCRYPT_LINE_MAX		2048	/* octets: protocol.md, section 2 */
#define XCRYPT_HOST_MAX		255	/* octets */
#define XCRYPT_SUITES_MAX	510	/* octets: the whole line in the EHLO reply */
#define XCRYPT_SUITE_MAX	24	/* octets of a suite's name that is spoken, with its NUL */
#define XCRYPT_TIMEOUT_MAX	600000	/* milliseconds */

/**
 * struct xcrypt_handshake - a request; @optlen is its size plus @line_len plus @host_len
 * @version:	XCRYPT_VERSION
 * @role:	XCRYPT_ROLE_*
 * @flags:	zero
 * @timeout:	milliseconds for the whole exchange, 0 for the daemon's limit
 * @line_len:	octets of the line, 1 to XCRYPT_LINE_MAX
 * @host_len:	octets of the peer's host name for policy and logs, 0 to XCRYPT_HOST_MAX
 * @reserved:	zero
 * @data:	the line, then the name; no NUL. Client: what followed "XCRYPT " in the
 *		EHLO reply. Server: the client's line as it was read, with or without its end
 *
 * setsockopt returns 0 when both directions are encrypted. Else errno, and getsockopt gives
 * the class of the outcome, which says what the MTA may do:
 *
 *	XCRYPT_CLASS_NONE: nothing was read or written. A server answers "454 4.7.0 XCRYPT
 *	FAIL" itself, a client goes on in the clear if its policy lets it.
 *	ESRCH		no daemon serves this network namespace
 *	EUSERS, EDQUOT	too many requests under way, in all or of this user
 *	EINVAL		@optlen, a length, role, flag or reserved field is wrong
 *	EPROTONOSUPPORT	unknown @version
 *	EFAULT		@optval cannot be read
 *	EBUSY		a handshake is under way, a direction has a key, or a writer sleeps
 *	ENOTCONN	the connection is not open
 *	ETIMEDOUT	the daemon did not take the request in time
 *	EINTR		a signal came before the daemon took the request
 *	EACCES		the daemon's policy is not to encrypt to this peer
 *	EOPNOTSUPP	the server's list has no suite that the daemon accepts
 *	ENOMEM		out of memory
 *	Of these, EINVAL, EPROTONOSUPPORT, EFAULT, EBUSY, ENOTCONN and ENOMEM are no
 *	handshake: getsockopt goes on giving the outcome of the one before.
 *
 *	XCRYPT_CLASS_ANSWERED: the exchange ended by an answer, at a line's end. The MTA
 *	writes nothing about it and goes on in the clear if its policy lets it.
 *	ECONNREFUSED	the peer answered FAIL, or this side did: see the daemon's log
 *
 *	XCRYPT_CLASS_CLOSED: nobody knows where the streams stand, or policy requires
 *	encryption. Both directions are shut down; reading and writing fail with
 *	ECONNABORTED.
 *	EPROTO		the peer broke the protocol where it could not be answered
 *	ETIMEDOUT	the time limit passed
 *	EINTR		a signal came while the exchange was under way
 *	ECONNABORTED	the daemon is gone
 *	ECONNRESET	the peer is gone
 *	EACCES		the exchange failed and the daemon's policy requires encryption
 */
struct xcrypt_handshake {
	__u16	version;
	__u8	role;
	__u8	flags;
	__u32	timeout;
	__u16	line_len;
	__u16	host_len;
	__u32	reserved;
	char	data[];
};

#define XCRYPT_CLASS_ENCRYPTED	0
#define XCRYPT_CLASS_NONE	1
#define XCRYPT_CLASS_ANSWERED	2
#define XCRYPT_CLASS_CLOSED	3

#define XCRYPT_STATE_IDLE	0	/* no handshake was ever asked for */
#define XCRYPT_STATE_RUNNING	1
#define XCRYPT_STATE_ENDED	2

/**
 * struct xcrypt_outcome - how the last handshake of this socket ended
 * @version:	XCRYPT_VERSION
 * @state:	XCRYPT_STATE_*; unless ENDED all that follows is zero
 * @class:	XCRYPT_CLASS_*
 * @error:	errno, 0 for XCRYPT_CLASS_ENCRYPTED
 * @suite:	name, padded with NUL, if the exchange came so far
 * @session:	session identifier (protocol.md, sections 4 and 5)
 * @cache_hit:	1 if no public-key operation was needed
 * @reserved:	zero
 */
struct xcrypt_outcome {
	__u16	version;
	__u8	state;
	__u8	class;
	__u32	error;
	char	suite[XCRYPT_SUITE_MAX];
	__u8	session[XCRYPT_SESSION_LEN];
	__u8	cache_hit;
	__u8	reserved[7];
};

/*
 * getsockopt(XCRYPT_SUITES): the words to list behind "XCRYPT " in the EHLO reply, NUL
 * terminated, @optlen set to the octets with the NUL. The first answer is remembered with
 * the socket, given again, and goes into the exchange. ESRCH: no daemon serves, so do not
 * list XCRYPT. EINVAL: @optlen is too small (XCRYPT_SUITES_MAX is enough).
 */

/*
 * The daemon's side: a generic netlink family. Every command needs CAP_NET_ADMIN in the
 * user namespace of the network namespace. One socket serves a network namespace; when it
 * is closed, every request under way ends at once.
 */
#define XCRYPT_GENL_NAME	"xcrypt"
#define XCRYPT_GENL_VERSION	1
#define XCRYPT_UPCALL_VERSION	1	/* of what the attributes below mean */

enum {
	XCRYPT_CMD_UNSPEC,
	XCRYPT_CMD_SERVE,	/* VERSION_MIN, VERSION_MAX, SUITES, and TIMEOUT if not 30 s.
				 * Reply: VERSION. Once more from the same socket: other
				 * SUITES. EBUSY: another one serves; EPROTONOSUPPORT: no
				 * version in common
				 */
	XCRYPT_CMD_READY,	/* from the kernel: requests are waiting. Said once until an
				 * ACCEPT fails: ACCEPT until EAGAIN, also at the start; after
				 * another error try again
				 */
	XCRYPT_CMD_ACCEPT,	/* Reply: ID, FD, ROLE, TIMEOUT, UID, LINE, and if there is
				 * one HOST, OFFER. EAGAIN: no request is waiting
				 */
	XCRYPT_CMD_DONE,	/* ID, CLASS, ERROR, and if known SUITE, CACHE_HIT. The session
				 * identifier is that of the keys.
				 * ENOENT: the request has ended already
				 */
	XCRYPT_CMD_CANCEL,	/* from the kernel: ID, ERROR. Close the FD, send no DONE. It may
				 * come before the reply to the ACCEPT
				 */
	__XCRYPT_CMD_MAX,
};

enum {
	XCRYPT_A_UNSPEC,
	XCRYPT_A_VERSION_MIN,	/* u32 */
	XCRYPT_A_VERSION_MAX,	/* u32 */
	XCRYPT_A_VERSION,	/* u32 */
	XCRYPT_A_SUITES,	/* string, words and single spaces; empty: serve clients only */
	XCRYPT_A_ID,		/* u32 */
	XCRYPT_A_FD,		/* u32, a descriptor of the MTA's very file, close-on-exec */
	XCRYPT_A_ROLE,		/* u8 */
	XCRYPT_A_TIMEOUT,	/* u32, milliseconds, 0 if the MTA said none */
	XCRYPT_A_UID,		/* u32, of the MTA, in the daemon's user namespace */
	XCRYPT_A_LINE,		/* binary, as the MTA gave it */
	XCRYPT_A_HOST,		/* binary, as the MTA gave it */
	XCRYPT_A_OFFER,		/* string: what XCRYPT_SUITES answered on this socket */
	XCRYPT_A_CLASS,		/* u8 */
	XCRYPT_A_ERROR,		/* u32, errno */
	XCRYPT_A_SUITE,		/* string */
	XCRYPT_A_SESSION,	/* XCRYPT_SESSION_LEN octets */
	XCRYPT_A_CACHE_HIT,	/* u8 */
	XCRYPT_A_PAD,
	__XCRYPT_A_MAX,
};

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
