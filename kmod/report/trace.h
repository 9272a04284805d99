/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints. Ports tell the connection; no key, no octet of the stream is ever shown. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM xcrypt

#if !defined(_XCRYPT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _XCRYPT_TRACE_H

#include <linux/tracepoint.h>
#include <linux/xcrypt.h>
#include <net/inet_sock.h>

#define XCRYPT_TRACE_CAUSE	64	/* octets */

/* A socket was attached (@err 0) or refused. */
TRACE_EVENT(xcrypt_attach,
	    TP_PROTO(const struct sock *sk, int err),
	    TP_ARGS(sk, err),
	    TP_STRUCT__entry(__field(u16, family)
			     __field(u16, sport)
			     __field(u16, dport)
			     __field(int, err)),
	    TP_fast_assign(__entry->family = sk->sk_family;
			   __entry->sport = ntohs(inet_sk(sk)->inet_sport);
			   __entry->dport = ntohs(inet_sk(sk)->inet_dport);
			   __entry->err = err;),
	    TP_printk("family=%u sport=%u dport=%u err=%d",
		      __entry->family, __entry->sport, __entry->dport, __entry->err)
);

/* A direction was keyed (@err 0) or refused. */
TRACE_EVENT(xcrypt_key,
	    TP_PROTO(const struct sock *sk, bool tx, const char *cipher, int err),
	    TP_ARGS(sk, tx, cipher, err),
	    TP_STRUCT__entry(__field(u16, sport)
			     __field(u16, dport)
			     __field(bool, tx)
			     __field(int, err)
			     __array(char, cipher, XCRYPT_NAME_MAX)),
	    TP_fast_assign(__entry->sport = ntohs(inet_sk(sk)->inet_sport);
			   __entry->dport = ntohs(inet_sk(sk)->inet_dport);
			   __entry->tx = tx;
			   __entry->err = err;
			   strscpy(__entry->cipher, cipher, XCRYPT_NAME_MAX);),
	    TP_printk("sport=%u dport=%u dir=%s cipher=%s err=%d",
		      __entry->sport, __entry->dport, __entry->tx ? "tx" : "rx",
		      __entry->cipher, __entry->err)
);

/* A direction is dead: the cipher was to go on at @expected, TCP was at @found. */
TRACE_EVENT(xcrypt_abort,
	    TP_PROTO(const struct sock *sk, bool tx, int err, u32 expected, u32 found),
	    TP_ARGS(sk, tx, err, expected, found),
	    TP_STRUCT__entry(__field(u16, sport)
			     __field(u16, dport)
			     __field(bool, tx)
			     __field(int, err)
			     __field(u32, expected)
			     __field(u32, found)),
	    TP_fast_assign(__entry->sport = ntohs(inet_sk(sk)->inet_sport);
			   __entry->dport = ntohs(inet_sk(sk)->inet_dport);
			   __entry->tx = tx;
			   __entry->err = err;
			   __entry->expected = expected;
			   __entry->found = found;),
	    TP_printk("sport=%u dport=%u dir=%s err=%d expected=%u found=%u",
		      __entry->sport, __entry->dport, __entry->tx ? "tx" : "rx",
		      __entry->err, __entry->expected, __entry->found)
);

/* A record was refused, and with it the direction: @number was due. */
TRACE_EVENT(xcrypt_record,
	    TP_PROTO(const struct sock *sk, int err, u32 number, const char *cause),
	    TP_ARGS(sk, err, number, cause),
	    TP_STRUCT__entry(__field(u16, sport)
			     __field(u16, dport)
			     __field(int, err)
			     __field(u32, number)
			     __array(char, cause, XCRYPT_TRACE_CAUSE)),
	    TP_fast_assign(__entry->sport = ntohs(inet_sk(sk)->inet_sport);
			   __entry->dport = ntohs(inet_sk(sk)->inet_dport);
			   __entry->err = err;
			   __entry->number = number;
			   strscpy(__entry->cause, cause, XCRYPT_TRACE_CAUSE);),
	    TP_printk("sport=%u dport=%u err=%d number=%u cause=%s",
		      __entry->sport, __entry->dport, __entry->err, __entry->number,
		      __entry->cause)
);

#endif /* _XCRYPT_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH report
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
