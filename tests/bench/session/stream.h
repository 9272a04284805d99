/* SPDX-License-Identifier: GPL-2.0 */
/* Lines over a socket, or over a user-space TLS on it. */
#ifndef _SESSION_STREAM_H
#define _SESSION_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

#define LINE_MAX_OCTETS	2048

/**
 * struct stream - one end of a connection
 * @ssl:	what protects it in user space, or NULL
 * @used, @end:	what of @buf has been read from the socket and not been taken yet
 */
struct stream {
	int fd;
	SSL *ssl;
	size_t used;
	size_t end;
	char buf[16384];
};

/* All end the program with a message if they fail. */
void stream_open(struct stream *s, int fd);
void stream_close(struct stream *s);
void stream_write(struct stream *s, const char *data, size_t len);
void stream_say(struct stream *s, const char *line);

/* The next line without its end, of at most LINE_MAX_OCTETS with its NUL. */
void stream_line(struct stream *s, char *line);

/* Whether octets have come that nobody has taken. */
bool stream_pending(const struct stream *s);

#endif /* _SESSION_STREAM_H */
