/* SPDX-License-Identifier: GPL-2.0 */
/* One session: a message from client to server. */
#ifndef _SESSION_SMTP_H
#define _SESSION_SMTP_H

#include "protect.h"

/* @nth: sessions before this one. @message: text with its last line's end and the final dot. */
void smtp_client(struct protect *p, struct stream *s, unsigned int nth, const char *message);
void smtp_server(struct protect *p, struct stream *s, unsigned int nth);

#endif /* _SESSION_SMTP_H */
