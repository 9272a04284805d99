/* SPDX-License-Identifier: GPL-2.0 */
/* The MTA's side of the handshake. It is a process of its own: the daemon may what it may not. */
#ifndef _SELFTESTS_ASK_H
#define _SELFTESTS_ASK_H

#include <sys/types.h>
#include <linux/xcrypt.h>

#include "genl.h"

#define ASK_SIZE	(sizeof(struct xcrypt_handshake) + XCRYPT_LINE_MAX + XCRYPT_HOST_MAX + \
			 XCRYPT_DOMAIN_MAX + XCRYPT_EARLY_MAX)
#define ASK_LINE	"t32 arrsyfor"

/* What a client may say besides. */
struct ask_more {
	__u8 flags;
	const char *domain;
	const char *early;
};

/* A request in a buffer of ASK_SIZE; its length. */
size_t ask_make(void *buf, int role, const char *line, const char *host, __u32 timeout);
size_t ask_make_more(void *buf, int role, const char *line, const char *host,
		     const struct ask_more *more);

/* 0, or -1 and errno. */
int xc_ask(int fd, int role, const char *line, const char *host, __u32 timeout);
int xc_ask_more(int fd, int role, const char *line, const char *host,
		const struct ask_more *more);
int xc_outcome(int fd, struct xcrypt_outcome *outcome);
int xc_suites(int fd, char suites[XCRYPT_SUITES_MAX]);

/* The plain case, for a client. */
int xc_ask_client(int fd);

/* The outcome's class if the last handshake ended with @error, else -1. */
int xc_class(int fd, int error);

/* How a blocking request in another process ended. */
struct mta {
	pid_t pid;
	struct mta_end {
		int ret;
		int err;
		double at;
	} *end;
};

/* @genl is closed in the child: the daemon's end has to be its end. */
void mta_start(struct mta *mta, const struct genl *genl, int fd, int (*fn)(int fd));

/* 0, or -1 and the errno it saw. */
int mta_wait(struct mta *mta);

/* At once and to its end: what another process than this one gets. */
int elsewhere(int fd, int (*fn)(int fd));

#endif /* _SELFTESTS_ASK_H */
