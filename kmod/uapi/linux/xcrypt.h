/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * xcrypt: TCP sockets whose octet stream the kernel encrypts: with stream ciphers,
 * length-preserving, or in records with integrity.
 *
 *	setsockopt(fd, SOL_TCP, TCP_ULP, "xcrypt", sizeof("xcrypt"));
 *	setsockopt(fd, SOL_XCRYPT, XCRYPT_TX, &key, sizeof(key));
 *	setsockopt(fd, SOL_XCRYPT, XCRYPT_RX, &key, sizeof(key));
 *
 * From the return of the second call on, every octet written is encrypted; from
 * the return of the third, every octet read is decrypted, those already queued
 * included. A direction without a key is plain TCP. A key is set once and never
 * replaced, never returned. With a stream cipher there is no integrity; with records,
 * what was changed or cut on its way is noticed, and shutdown and the last close send an
 * end record. Nobody is authenticated here: the exchange of keys does that, or not.
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
#define XCRYPT_PADDING_DEFAULT	128	/* octets */
#define XCRYPT_PADDING_MAX	4096	/* octets */

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
 *		"t32" (10, 0), "arrsyfor" (10, 0); of records: "chachapoly" (32, 12),
 *		"aes256gcm" (32, 12)
 * @session:	session identifier (protocol.md, sections 4 and 5), returned by getsockopt
 * @key:	the key, unused octets zero
 * @iv:		the initial counter block or nonce, unused octets zero
 * @start:	zero. A debug build of the module starts the cipher at this octet, or at the
 *		record of this number
 * @padding:	record ciphers: L is rounded up to a multiple of it, 1 or a power of two up to
 *		XCRYPT_PADDING_MAX; 0: XCRYPT_PADDING_DEFAULT. What is received may have any
 *		padding. Stream ciphers: zero
 * @reserved:	zero
 *
 * A (key, IV) serves one direction of one connection, once.
 *
 * setsockopt errors (nothing is installed)
 *	EFAULT		@optval cannot be read
 *	EINVAL		@optlen is not the size of this structure; a length does not fit
 *			the cipher; an unknown flag, a reserved or unused octet is set; a
 *			padding that the cipher has not; the other direction has the same
 *			cipher, key and IV
 *	EPROTONOSUPPORT	unknown @version
 *	EOPNOTSUPP	unknown cipher, or one that this kernel lacks (the log said so when
 *			the module was loaded)
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
	__u16	padding;
	__u8	reserved[6];
};

/**
 * struct xcrypt_info - what may be known of one direction; never a key
 * @version:	XCRYPT_VERSION
 * @keyed:	1 once a key is installed, else all that follows is zero
 * @error:	errno of the fault that ended this direction for good, or 0
 * @cipher:	name, padded with NUL
 * @session:	session identifier as installed
 * @octets:	octets encrypted and accepted by TCP, or decrypted and read
 * @records:	record ciphers: records sealed or opened, the end record included
 * @padding:	record ciphers: as installed
 * @ended:	record ciphers: 1 once the end record was sent or received
 * @reserved:	zero
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
	__u32	records;
	__u16	padding;
	__u8	ended;
	__u8	reserved;
};

/*
 * Errors of I/O on a keyed direction, besides those of TCP: ENOMEM from recv, if the cipher
 * finds no memory; nothing was taken, try again. The others last: the direction is dead,
 * close the socket.
 *	EBADMSG		the cipher's position and TCP's sequence number differ: somebody
 *			moved the stream behind the ULP. Records, recv: one was changed, cut,
 *			left out, repeated or put in on its way, or the connection ended
 *			without the end record. What came in whole records before was given out
 *	EKEYEXPIRED	the cipher may not go on (ChaCha20: 2^38 octets; records: 2^24)
 *	ECONNABORTED	records, send: no memory in mid-record; close sends RST
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
 * reading and writing by others than the daemon fail with EBUSY, and so do all options but
 * those of SOL_XCRYPT (SOL_SOCKET: setsockopt alone, from Linux 6.4 on). To the daemon EBUSY says
 * that somebody else has the socket's lock, for which it never waits.
 */
#define XCRYPT_ROLE_CLIENT	1
#define XCRYPT_ROLE_SERVER	2

#define XCRYPT_LINE_MAX		2048	/* octets: protocol.md, section 2 */
#define XCRYPT_HOST_MAX		255	/* octets */
#define XCRYPT_DOMAIN_MAX	255	/* octets */
#define XCRYPT_EARLY_MAX	512	/* octets: a command of RFC 5321 */
#define XCRYPT_TEXT_MAX		256	/* octets of a reason with its NUL */
#define XCRYPT_SUITES_MAX	510	/* octets: the whole line in the EHLO reply */
#define XCRYPT_SUITE_MAX	24	/* octets of a suite's name that is spoken, with its NUL */
#define XCRYPT_TIMEOUT_MAX	600000	/* milliseconds */

/*
 * xcrypt_handshake.flags, of a client. With one of the first two no exchange is wanted, but the
 * daemon, which knows this server from other days, is to hear of it and may refuse. Nothing is
 * read or written; the class is XCRYPT_CLASS_NONE, and the errno of a refusal, after which the
 * client must quit and keep the message, is EACCES. Else it is EOPNOTSUPP.
 */
#define XCRYPT_H_UNLISTED	0x01	/* the server listed no XCRYPT: @line_len is zero */
#define XCRYPT_H_TLS		0x02	/* TLS takes its place; with what was listed, if it was */
#define XCRYPT_H_VERIFY		0x04	/* policy `verify', whatever the daemon's own is */

/**
 * struct xcrypt_handshake - a request; @optlen is its size plus @line_len, @host_len,
 *			     @domain_len and @early_len
 * @version:	XCRYPT_VERSION
 * @role:	XCRYPT_ROLE_*
 * @flags:	XCRYPT_H_*
 * @timeout:	milliseconds for the whole exchange, 0 for the daemon's limit
 * @line_len:	octets of the line, to XCRYPT_LINE_MAX; at least 1 for an exchange
 * @host_len:	octets of the peer's host name for policy and logs, 0 to XCRYPT_HOST_MAX
 * @domain_len:	client: octets of the recipient's domain for policy, 0 to XCRYPT_DOMAIN_MAX
 * @early_len:	client, for an exchange: octets of what it would write first once encrypted, such as
 *		"EHLO name\r\n", 0 to XCRYPT_EARLY_MAX. Version 3 sends it with less waiting;
 *		xcrypt_outcome.early_sent says whether that was done, else the client writes it
 * @data:	the line, the name, the domain, the early octets; no NUL. Client: what followed
 *		"XCRYPT " in the EHLO reply. Server: the client's line as it was read, with or
 *		without its end
 *
 * setsockopt returns 0 when both directions are encrypted. Else errno, and getsockopt gives
 * the class of the outcome, which says what the MTA may do:
 *
 *	XCRYPT_CLASS_NONE: nothing was read or written. A server answers "454 4.7.0 XCRYPT
 *	FAIL" itself, a client goes on in the clear if its policy lets it.
 *	ESRCH		no daemon serves this network namespace
 *	EUSERS, EDQUOT	too many requests under way: in all or of this direction; of this
 *			user or with this peer
 *	EINVAL		@optlen, a length, role, flag or reserved field is wrong
 *	EPROTONOSUPPORT	unknown @version
 *	EFAULT		@optval cannot be read
 *	EBUSY		a handshake is under way, a direction has a key, or a writer sleeps
 *	ENOTCONN	the connection is not open
 *	ETIMEDOUT	the daemon did not take the request in time
 *	EINTR		a signal came before the daemon took the request
 *	EACCES		the daemon's policy is not to encrypt to this peer; with flags, that the
 *			message may not go to it now
 *	EOPNOTSUPP	the server's list has no suite that the daemon accepts; with flags, that
 *			it may
 *	ENOMEM		out of memory, or another fault of this host
 *	Of these, EINVAL, EPROTONOSUPPORT, EFAULT, EBUSY, ENOTCONN and ENOMEM are no
 *	handshake: getsockopt goes on giving the outcome of the one before.
 *
 *	XCRYPT_CLASS_ANSWERED: the exchange ended by an answer, at a line's end. The MTA
 *	writes nothing about it and goes on in the clear if its policy lets it.
 *	ECONNREFUSED	the peer answered FAIL, or this side did: see the daemon's log
 *	ENOMEM		this side did, out of memory or for another fault of this host
 *
 *	XCRYPT_CLASS_CLOSED: nobody knows where the streams stand, or policy requires
 *	encryption. Both directions are shut down; reading and writing fail with
 *	ECONNABORTED.
 *	EPROTO		the peer broke the protocol where it could not be answered
 *	ETIMEDOUT	the time limit passed
 *	EINTR		a signal came while the exchange was under way
 *	ECONNABORTED	the daemon is gone
 *	ECONNRESET	the peer is gone, or says that it is closing (421)
 *	ENOMEM		a fault of this host, such as a key that the kernel did not take
 *	EACCES		the exchange failed and the daemon's policy requires encryption, or the
 *			server is not the one that it has to be; xcrypt_outcome.text has more
 */
struct xcrypt_handshake {
	__u16	version;
	__u8	role;
	__u8	flags;
	__u32	timeout;
	__u16	line_len;
	__u16	host_len;
	__u16	domain_len;
	__u16	early_len;
	char	data[];
};

/* How a handshake ended, for what the MTA may do next; also in XCRYPT_A_CLASS. */
enum xcrypt_class {
	XCRYPT_CLASS_ENCRYPTED	= 0,	/* both keys are in: encrypted from here on */
	XCRYPT_CLASS_NONE	= 1,	/* nothing was read or written */
	XCRYPT_CLASS_ANSWERED	= 2,	/* ended by an answer; in the clear, at a line's end */
	XCRYPT_CLASS_CLOSED	= 3,	/* the position is unknown or a key half in: shut down */
};

#define XCRYPT_STATE_IDLE	0	/* no handshake was ever asked for */
#define XCRYPT_STATE_RUNNING	1
#define XCRYPT_STATE_ENDED	2

/**
 * struct xcrypt_outcome - how the last handshake of this socket ended
 * @version:	XCRYPT_VERSION
 * @state:	XCRYPT_STATE_*; unless ENDED all that follows is zero
 * @outcome_class: enum xcrypt_class. Not "class": C++ includes this header, too
 * @error:	errno, 0 for XCRYPT_CLASS_ENCRYPTED
 * @suite:	name, padded with NUL, if the exchange came so far
 * @session:	session identifier (protocol.md, sections 4 and 5)
 * @cache_hit:	1 if no public-key operation was needed
 * @early_sent:	1 if the early octets have been sent, so that the client goes on by reading
 * @reserved:	zero
 * @text:	client: why it was refused, in words for the queue and the log, where the daemon has
 *		any; NUL terminated if @optlen has room for all of it
 *
 * getsockopt copies as much as @optlen has room for and sets @optlen to that.
 */
struct xcrypt_outcome {
	__u16	version;
	__u8	state;
	__u8	outcome_class;
	__u32	error;
	char	suite[XCRYPT_SUITE_MAX];
	__u8	session[XCRYPT_SESSION_LEN];
	__u8	cache_hit;
	__u8	early_sent;
	__u8	reserved[6];
	char	text[XCRYPT_TEXT_MAX];
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
#define XCRYPT_UPCALL_VERSION	3	/* of what the commands and attributes below mean */

enum {
	XCRYPT_CMD_UNSPEC,
	XCRYPT_CMD_SERVE,	/* VERSION_MIN, VERSION_MAX, SUITES, and TIMEOUT if not 30 s.
				 * Reply: VERSION, CIPHERS. Once more from the same socket: other
				 * SUITES. EBUSY: another one serves; EPROTONOSUPPORT: no
				 * version in common
				 */
	XCRYPT_CMD_READY,	/* from the kernel: requests are waiting. Said once until an
				 * ACCEPT fails: ACCEPT until EAGAIN, also at the start; after
				 * another error try again
				 */
	XCRYPT_CMD_ACCEPT,	/* Reply: ID, FD, ROLE, TIMEOUT, UID, LINE, PEER_ADDR,
				 * PEER_PORT, LOCAL_ADDR, LOCAL_PORT, FLAGS, and if there is
				 * one HOST, DOMAIN, EARLY, OFFER. Users are served in turn.
				 * EAGAIN: no request is waiting; ENOBUFS: the answer does not
				 * fit in the queue, and the request waits on, its ten seconds
				 * in all
				 */
	XCRYPT_CMD_DONE,	/* Once for each ACCEPT, when FD is closed. ID, CLASS, ERROR, and
				 * if known SUITE, CACHE_HIT, EARLY_SENT, TEXT. The session
				 * identifier is that of the keys. ENOENT: the request has ended
				 * already; the kernel waits ten seconds for this word of one
				 * that it ended itself
				 */
	XCRYPT_CMD_CANCEL,	/* from the kernel: ID, ERROR. The request has ended. Close the FD,
				 * then send DONE, which fails. It may come before the reply to
				 * the ACCEPT
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
	XCRYPT_A_TIMEOUT,	/* u32, milliseconds. SERVE: the most an exchange may take.
				 * ACCEPT: what this one may take, the least of that and
				 * what the MTA wishes
				 */
	XCRYPT_A_UID,		/* u32, of the MTA, in the daemon's user namespace; of one within
				 * a user namespace, of who made the outermost
				 */
	XCRYPT_A_LINE,		/* binary, as the MTA gave it */
	XCRYPT_A_HOST,		/* binary, as the MTA gave it */
	XCRYPT_A_OFFER,		/* string: what XCRYPT_SUITES answered on this socket */
	XCRYPT_A_CLASS,		/* u8 */
	XCRYPT_A_ERROR,		/* u32, errno */
	XCRYPT_A_SUITE,		/* string */
	XCRYPT_A_SESSION,	/* XCRYPT_SESSION_LEN octets */
	XCRYPT_A_CACHE_HIT,	/* u8 */
	XCRYPT_A_PAD,
	XCRYPT_A_CIPHERS,	/* string: names as in struct xcrypt_key of the ciphers that
				 * this kernel has, parted by single spaces
				 */
	XCRYPT_A_PEER_ADDR,	/* 16 octets: the other end's IPv6 address; IPv4 ones are mapped */
	XCRYPT_A_PEER_PORT,	/* u16, in the processor's order */
	XCRYPT_A_LOCAL_ADDR,	/* 16 octets: ours */
	XCRYPT_A_LOCAL_PORT,	/* u16 */
	XCRYPT_A_FLAGS,		/* u8, XCRYPT_H_* */
	XCRYPT_A_DOMAIN,	/* binary, as the MTA gave it */
	XCRYPT_A_EARLY,		/* binary, as the MTA gave it */
	XCRYPT_A_EARLY_SENT,	/* u8 */
	XCRYPT_A_TEXT,		/* string, for xcrypt_outcome.text; of a client's request */
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
