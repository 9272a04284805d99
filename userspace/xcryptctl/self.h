/* SPDX-License-Identifier: GPL-2.0 */
#ifndef XCRYPTCTL_SELF_H
#define XCRYPTCTL_SELF_H

#include <linux/xcrypt.h>

/*
 * An exchange between two sockets of ours over loopback; how the client's part ended. 0 or
 * -errno if it did not come to that.
 */
int self_check(struct xcrypt_outcome *outcome);

#endif
