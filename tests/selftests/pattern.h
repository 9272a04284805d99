/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A pseudo-random stream whose octet at any position is known, so that any side
 * can write or check any stretch of it.
 */
#ifndef _SELFTESTS_PATTERN_H
#define _SELFTESTS_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <sys/types.h>

void pattern_fill(void *buf, size_t len, __u64 pos);

/* Whether @buf holds the stream from @pos on; says on stderr where it does not. */
bool pattern_ok(const void *buf, size_t len, __u64 pos);

/* A new file with @len octets of the stream, already unlinked. */
int pattern_file(size_t len, __u64 pos);

/* I/O of the stream. What was moved; on failure -1 and errno, EILSEQ for wrong octets. */
ssize_t pattern_send(int fd, __u64 pos, size_t len);
ssize_t pattern_recv(int fd, __u64 pos, size_t len);

/* The same in one call, whatever it returns. */
ssize_t pattern_send_once(int fd, __u64 pos, size_t len);
ssize_t pattern_recv_once(int fd, __u64 pos, size_t len);

/* Write until nothing more is taken; what was taken. */
ssize_t pattern_fill_up(int fd, __u64 pos);

#endif /* _SELFTESTS_PATTERN_H */
