/* SPDX-License-Identifier: GPL-2.0 */
/* What the process that talks to peers gives up before it does. */
#ifndef XCRYPT_GATEWAY_CONFINE_H
#define XCRYPT_GATEWAY_CONFINE_H

#include "common/log.h"

/*
 * As many descriptors as the sessions need; another user than root; no capability but that to mark
 * connections; no files. 0 or -errno, which has been logged.
 */
int confine(const struct xc_log *log, const char *user, unsigned int sessions);

/* Only the system calls that sessions need, for all threads. 0 or -errno, which has been logged. */
int confine_calls(const struct xc_log *log);

#endif
