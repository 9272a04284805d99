// SPDX-License-Identifier: GPL-2.0
#include "buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static bool have_memory(struct buffer *buffer)
{
	if (!buffer->data)
		buffer->data = malloc(BUFFER_MAX);
	return buffer->data;
}

bool buffer_put(struct buffer *buffer, const void *data, size_t len)
{
	if (!len)
		return true;
	if (len > BUFFER_MAX - buffer->len || !have_memory(buffer))
		return false;
	memcpy(buffer->data + buffer->len, data, len);
	buffer->len += len;
	return true;
}

void buffer_skip(struct buffer *buffer, size_t len)
{
	buffer->len -= len;
	if (buffer->len)
		memmove(buffer->data, buffer->data + len, buffer->len);
	else
		buffer_clear(buffer);
}

void buffer_clear(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){ 0 };
}

int buffer_fill(struct buffer *buffer, int fd)
{
	ssize_t n;

	if (buffer->len == BUFFER_MAX)
		return -ENOSPC;
	if (!have_memory(buffer))
		return -ENOMEM;
	n = recv(fd, buffer->data + buffer->len, BUFFER_MAX - buffer->len, MSG_DONTWAIT);
	if (n > 0)
		buffer->len += n;
	else if (n < 0)
		n = -errno;
	if (!buffer->len)
		buffer_clear(buffer);
	return n;
}

int buffer_drain(struct buffer *buffer, int fd)
{
	ssize_t n;

	while (buffer->len) {
		n = send(fd, buffer->data, buffer->len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		buffer_skip(buffer, n);
	}
	return 0;
}
