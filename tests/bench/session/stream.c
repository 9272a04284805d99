// SPDX-License-Identifier: GPL-2.0
#include <err.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include "stream.h"

void stream_open(struct stream *s, int fd)
{
	s->fd = fd;
	s->ssl = NULL;
	s->used = 0;
	s->end = 0;
}

void stream_close(struct stream *s)
{
	if (s->ssl)
		SSL_shutdown(s->ssl);
	SSL_free(s->ssl);
	close(s->fd);
	/* The other end may be gone without a word. */
	ERR_clear_error();
}

void stream_write(struct stream *s, const char *data, size_t len)
{
	size_t n;

	if (s->ssl && !SSL_write_ex(s->ssl, data, len, &n)) {
		ERR_print_errors_fp(stderr);
		errx(1, "SSL_write");
	}
	if (s->ssl)
		return;
	for (; len; data += n, len -= n) {
		ssize_t done = write(s->fd, data, len);

		if (done < 0)
			err(1, "write");
		n = done;
	}
}

void stream_say(struct stream *s, const char *line)
{
	char text[LINE_MAX_OCTETS + 2];
	size_t len = strlen(line);

	if (len > LINE_MAX_OCTETS)
		errx(1, "a line of %zu octets", len);
	memcpy(text, line, len);
	memcpy(text + len, "\r\n", 2);
	stream_write(s, text, len + 2);
}

bool stream_pending(const struct stream *s)
{
	return s->used < s->end;
}

static void fill(struct stream *s)
{
	ssize_t n;

	memmove(s->buf, s->buf + s->used, s->end - s->used);
	s->end -= s->used;
	s->used = 0;
	if (s->ssl)
		n = SSL_read(s->ssl, s->buf + s->end, sizeof(s->buf) - s->end);
	else
		n = read(s->fd, s->buf + s->end, sizeof(s->buf) - s->end);
	if (n <= 0) {
		ERR_print_errors_fp(stderr);
		err(1, "the other end is gone");
	}
	s->end += n;
}

void stream_line(struct stream *s, char *line)
{
	char *start, *end;
	size_t len;

	while (!memchr(s->buf + s->used, '\n', s->end - s->used))
		fill(s);
	start = s->buf + s->used;
	end = memchr(start, '\n', s->end - s->used);
	s->used = end + 1 - s->buf;
	len = end - start;
	if (len && start[len - 1] == '\r')
		len--;
	if (len >= LINE_MAX_OCTETS)
		errx(1, "a line of %zu octets", len);
	memcpy(line, start, len);
	line[len] = '\0';
}
