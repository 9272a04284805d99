/* SPDX-License-Identifier: GPL-2.0 */
/* As much of an MTA as it takes to ask the kernel for an exchange. */
#ifndef XCRYPT_COMMON_MTA_H
#define XCRYPT_COMMON_MTA_H

#include <stddef.h>
#include <linux/xcrypt.h>

/* 0 or -errno. */
int mta_attach(int fd);

/**
 * struct mta_request - as struct xcrypt_handshake has it
 * @role:	XCRYPT_ROLE_*
 * @flags:	XCRYPT_H_*, of a client: no exchange, the daemon is only told; or policy
 * @line:	octets that need no NUL
 * @len:	of them
 * @host:	the peer's name, or NULL
 * @domain:	the recipient's, or NULL
 * @early:	what a client would write first once encrypted, or NULL
 */
struct mta_request {
	int role;
	int flags;
	const char *line;
	size_t len;
	const char *host;
	const char *domain;
	const char *early;
};

/* Ask for an exchange; on a non-blocking socket -EINPROGRESS. 0 or -errno. */
int mta_ask(int fd, const struct mta_request *request);

/* How it ended. 0 or -errno; -EINPROGRESS if it has not. */
int mta_outcome(int fd, struct xcrypt_outcome *outcome);

const char *mta_class_name(int class);

#endif
