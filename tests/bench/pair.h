/* SPDX-License-Identifier: GPL-2.0 */
/* A TCP connection over loopback, both of its ends here. */
#ifndef _BENCH_PAIR_H
#define _BENCH_PAIR_H

/* Octets flow from @tx to @rx, or between the ends of a user-space TLS over them. */
struct pair {
	int tx;
	int rx;
	void *tls_tx;
	void *tls_rx;
};

/* All end the program with a message if they fail. @buffer: octets of socket buffer. */
void pair_open(struct pair *pair, int buffer);
void pair_close(struct pair *pair);

#endif /* _BENCH_PAIR_H */
