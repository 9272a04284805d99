/* SPDX-License-Identifier: GPL-2.0 */
/* Octets on their way between two sockets while the gateway still reads along; bounded. */
#ifndef XCRYPT_GATEWAY_BUFFER_H
#define XCRYPT_GATEWAY_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#define BUFFER_MAX	16384	/* octets; more than any line or EHLO reply that is dealt with */

/* All zero at first; the memory comes with the first octet and goes with the last. */
struct buffer {
	char *data;
	size_t len;
};

/* False without memory or room. */
bool buffer_put(struct buffer *buffer, const void *data, size_t len);

/* Forget the first octets, or all. */
void buffer_skip(struct buffer *buffer, size_t len);
void buffer_clear(struct buffer *buffer);

/*
 * Read what a socket has, as far as there is room. Return: octets; 0 at its end; -EAGAIN; -ENOSPC,
 * or another -errno.
 */
int buffer_fill(struct buffer *buffer, int fd);

/* Write as much as the socket takes. 0 or -errno; what it did not take stays. */
int buffer_drain(struct buffer *buffer, int fd);

#endif
