// SPDX-License-Identifier: GPL-2.0
#include "dialogue.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"

/* --- legs --- */

void session_leg(struct session *s, enum side side, int fd)
{
	struct leg *leg = &s->leg[side];

	leg->source = (struct xc_source){ .fd = fd, .ready = s->ready };
	leg->session = s;
	leg->flow = (struct flow){ .pipe = { -1, -1 } };
	if (fd >= 0)
		net_prompt(fd);
}

void session_leg_close(struct session *s, enum side side, bool reset)
{
	struct linger linger = { .l_onoff = 1 };
	struct leg *leg = &s->leg[side];

	if (leg->source.fd < 0)
		return;
	xc_loop_wait(&s->gw->loop, &leg->source, 0);
	if (reset)
		setsockopt(leg->source.fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(leg->source.fd);
	leg->source.fd = -1;
	flow_end(&leg->flow);
	buffer_clear(&leg->in);
	buffer_clear(&leg->out);
	leg->eof = false;
}

void session_end(struct session *s, const char *how, bool reset)
{
	if (s->closing)
		return;
	s->closing = true;
	if (!s->end)
		s->end = how;
	session_leg_close(s, PEER, reset);
	session_leg_close(s, MTA, reset);
}

void session_abort(struct session *s, const char *why)
{
	session_end(s, why, true);
}

/* --- the parts of a dialogue --- */

void session_pass(struct leg *from, size_t len)
{
	struct leg *to = other_leg(from);

	/* There is room: nothing was read while the other side had octets waiting. */
	if (buffer_put(&to->out, from->in.data, len))
		buffer_skip(&from->in, len);
	else
		session_abort(from->session, "out of memory");
}

void session_say(struct session *s, enum side side, const char *text)
{
	if (!buffer_put(&s->leg[side].out, text, strlen(text)))
		session_abort(s, "out of memory");
}

bool session_expect(struct session *s, enum smtp_verb verb)
{
	if (s->pendings == SESSION_PENDING)
		return false;
	s->pending[s->pendings++] = verb;
	return true;
}

enum smtp_verb session_answered(struct session *s)
{
	enum smtp_verb verb = s->pending[0];

	s->spoke = true;
	s->pendings--;
	memmove(s->pending, s->pending + 1, s->pendings * sizeof(s->pending[0]));
	return verb;
}

size_t session_reply(const struct buffer *in, int *code)
{
	size_t at, n;
	bool last = false;

	for (at = 0; !last; at += n) {
		n = smtp_line(in->data + at, in->len - at);
		if (!n)
			return 0;
		*code = smtp_reply(in->data + at, n, &last);
		if (*code < 0)
			return at + n;
	}
	return at;
}

void session_settle(struct session *s, enum gw_plain why)
{
	s->phase = PHASE_SETTLED;
	if (!s->secured)
		s->plain = why;
	buffer_clear(&s->hello);
	buffer_clear(&s->reply);
	buffer_clear(&s->clear);
}

int session_ask(struct session *s, const struct mta_request *request)
{
	int fd = s->leg[PEER].source.fd, err = 0;

	s->tried = s->tried || !request->flags;
	if (!s->attached)
		err = mta_attach(fd);
	if (err)
		return err;
	s->attached = true;
	err = mta_ask(fd, request);
	if (err != -EINPROGRESS)
		return err;
	s->asked = request->flags;
	s->phase = PHASE_EXCHANGE;
	return 0;
}

bool session_is_v3(const struct session *s)
{
	const char *version = strrchr(s->outcome.suite, '_');

	return s->encrypted && version && version[1] == '3';
}

void session_refuse(struct session *s, enum side side, const char *text)
{
	session_say(s, side, text);
	if (side == MTA)
		session_say(s, PEER, "QUIT\r\n");
	buffer_clear(&s->leg[PEER].in);
	buffer_clear(&s->leg[MTA].in);
	s->gw->counts[s->listen->direction].refused++;
	s->end = "refused";
	s->phase = PHASE_FAREWELL;
}
