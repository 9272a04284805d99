/* SPDX-License-Identifier: GPL-2.0 */
/* What is told of sessions: one log line each, and counters. */
#ifndef XCRYPT_GATEWAY_RECORD_H
#define XCRYPT_GATEWAY_RECORD_H

#include "state.h"

const char *gw_plain_name(enum gw_plain plain);

/* A session has ended. */
void record_session(struct session *s);

#endif
