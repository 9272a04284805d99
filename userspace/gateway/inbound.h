/* SPDX-License-Identifier: GPL-2.0 */
/* An inbound session: a client of the outside, and the MTA behind us. */
#ifndef XCRYPT_GATEWAY_INBOUND_H
#define XCRYPT_GATEWAY_INBOUND_H

#include "state.h"

/* Connect to the other side. */
void inbound_connect(struct session *s);

/* As far as there is something to do. */
void inbound_dialogue(struct session *s);

/* The exchange has ended, as s->outcome has it. */
void inbound_exchanged(struct session *s);

#endif
