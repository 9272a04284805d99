/* SPDX-License-Identifier: GPL-2.0 */
/* An outbound session: the MTA, and the server that it wanted. */
#ifndef XCRYPT_GATEWAY_OUTBOUND_H
#define XCRYPT_GATEWAY_OUTBOUND_H

#include "state.h"

/* Connect to the other side. */
void outbound_connect(struct session *s);

/* As far as there is something to do. */
void outbound_dialogue(struct session *s);

/* The exchange has ended, as s->outcome has it. */
void outbound_exchanged(struct session *s);

#endif
