// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pattern.h"
#include "sock.h"

#define CHUNK 65536

/* Steele and Vigna's splitmix64, a word of the stream for each number. */
static __u64 word(__u64 n)
{
	n = (n + 1) * 0x9e3779b97f4a7c15;
	n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9;
	n = (n ^ (n >> 27)) * 0x94d049bb133111eb;
	return n ^ (n >> 31);
}

static __u64 word_at(__u64 pos)
{
	return word(pos / 8) >> (pos % 8 * 8);
}

void pattern_fill(void *buf, size_t len, __u64 pos)
{
	__u64 w = word_at(pos);
	__u8 *p = buf;

	for (size_t i = 0; i < len; i++, w >>= 8) {
		if ((pos + i) % 8 == 0)
			w = word_at(pos + i);
		p[i] = w;
	}
}

bool pattern_ok(const void *buf, size_t len, __u64 pos)
{
	__u64 w = word_at(pos);
	const __u8 *p = buf;

	for (size_t i = 0; i < len; i++, w >>= 8) {
		if ((pos + i) % 8 == 0)
			w = word_at(pos + i);
		if (p[i] == (__u8)w)
			continue;
		fprintf(stderr, "# octet %llu is 0x%02x, not 0x%02x\n",
			(unsigned long long)(pos + i), p[i], (__u8)w);
		return false;
	}
	return true;
}

static ssize_t write_some(int fd, __u64 pos, size_t len)
{
	__u8 buf[CHUNK];

	if (len > sizeof(buf))
		len = sizeof(buf);
	pattern_fill(buf, len, pos);
	return write(fd, buf, len);
}

int pattern_file(size_t len, __u64 pos)
{
	char name[] = "/tmp/xcrypt-selftest.XXXXXX";
	int fd = mkstemp(name);
	ssize_t n;

	if (fd < 0)
		return -1;
	unlink(name);
	for (size_t done = 0; done < len; done += n) {
		n = write_some(fd, pos + done, len - done);
		if (n <= 0)
			return -1;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

ssize_t pattern_send(int fd, __u64 pos, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = write_some(fd, pos + done, len - done);
		if (n < 0)
			return -1;
		done += n;
	}
	return done;
}

ssize_t pattern_recv_once(int fd, __u64 pos, size_t len)
{
	__u8 buf[CHUNK];
	ssize_t n;

	n = read(fd, buf, len < sizeof(buf) ? len : sizeof(buf));
	if (n > 0 && !pattern_ok(buf, n, pos)) {
		errno = EILSEQ;
		return -1;
	}
	return n;
}

ssize_t pattern_recv(int fd, __u64 pos, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pattern_recv_once(fd, pos + done, len - done);
		if (n < 0)
			return -1;
		if (!n)
			break;
		done += n;
	}
	return done;
}

ssize_t pattern_send_once(int fd, __u64 pos, size_t len)
{
	__u8 *buf = malloc(len);
	ssize_t n;
	int err;

	if (!buf)
		return -1;
	pattern_fill(buf, len, pos);
	n = send(fd, buf, len, MSG_NOSIGNAL);
	err = errno;
	free(buf);
	errno = err;
	return n;
}

static ssize_t send_now(int fd, __u64 pos)
{
	__u8 buf[CHUNK];
	ssize_t n;

	pattern_fill(buf, sizeof(buf), pos);
	n = send(fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_NOSIGNAL);
	return n < 0 && errno == EAGAIN ? 0 : n;
}

/* The receiver makes room while its last segments arrive: full is what stays full. */
ssize_t pattern_fill_up(int fd, __u64 pos)
{
	ssize_t done = 0;
	int full = 0;
	ssize_t n;

	while (full < 5) {
		n = send_now(fd, pos + done);
		if (n < 0)
			return -1;
		done += n;
		full = n ? 0 : full + 1;
		if (!n)
			pause_ms(20);
	}
	return done;
}
