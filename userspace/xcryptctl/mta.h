/* SPDX-License-Identifier: GPL-2.0 */
/* As much of an MTA as it takes to ask the kernel for an exchange. */
#ifndef XCRYPTCTL_MTA_H
#define XCRYPTCTL_MTA_H

#include <stddef.h>
#include <linux/xcrypt.h>

/* 0 or -errno. */
int mta_attach(int fd);

/* Ask for an exchange; on a non-blocking socket -EINPROGRESS. 0 or -errno. */
int mta_ask(int fd, int role, const char *line, size_t len, const char *host);

/* How it ended. 0 or -errno; -EINPROGRESS if it has not. */
int mta_outcome(int fd, struct xcrypt_outcome *outcome);

const char *mta_class_name(int class);

/*
 * An exchange between two sockets of ours over loopback; how the client's part ended. 0 or
 * -errno if it did not come to that.
 */
int mta_self(struct xcrypt_outcome *outcome);

#endif
