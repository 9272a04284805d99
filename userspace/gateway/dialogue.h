/* SPDX-License-Identifier: GPL-2.0 */
/* What inbound and outbound dialogues are made of, and how any session comes to its end. */
#ifndef XCRYPT_GATEWAY_DIALOGUE_H
#define XCRYPT_GATEWAY_DIALOGUE_H

#include "common/mta.h"
#include "state.h"

static inline struct leg *other_leg(struct leg *leg)
{
	return &leg->session->leg[leg == &leg->session->leg[PEER] ? MTA : PEER];
}

/* A descriptor becomes this leg of the session, or the leg loses it. */
void session_leg(struct session *s, enum side side, int fd);
void session_leg_close(struct session *s, enum side side, bool reset);

/* Close both; how is for the log, unless a reason is known already. */
void session_end(struct session *s, const char *how, bool reset);

/* Both ends learn of it as by a reset. */
void session_abort(struct session *s, const char *why);

/* What is read goes on to the other side as it is. */
void session_pass(struct leg *from, size_t len);
/* Words of the gateway itself. */
void session_say(struct session *s, enum side side, const char *text);

bool session_expect(struct session *s, enum smtp_verb verb);
enum smtp_verb session_answered(struct session *s);

/* The whole reply at the beginning of the buffer: octets, code in *code; 0 if more must come. */
size_t session_reply(const struct buffer *in, int *code);

/* From here on the octets go their way. why counts if it is not secured. */
void session_settle(struct session *s, enum gw_plain why);
/*
 * Ask the kernel for the exchange on the peer's socket, or with flags only tell xcryptd that there
 * is none. 0: the outcome is awaited; -errno: there is none.
 */
int session_ask(struct session *s, const struct mta_request *request);
/* Is the session encrypted with a suite of version 3? */
bool session_is_v3(const struct session *s);
/* Say this to who waits for an answer, and end. */
void session_refuse(struct session *s, enum side side, const char *text);

#endif
