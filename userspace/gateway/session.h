/* SPDX-License-Identifier: GPL-2.0 */
/* The life of a session: from an accepted connection to its line in the log. */
#ifndef XCRYPT_GATEWAY_SESSION_H
#define XCRYPT_GATEWAY_SESSION_H

#include "state.h"

/* An accepted connection; the descriptor is the session's from here on. */
void session_begin(struct gateway *gw, const struct gw_listen *listen, int fd);

#endif
