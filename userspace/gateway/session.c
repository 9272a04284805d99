// SPDX-License-Identifier: GPL-2.0
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/mta.h"
#include "dialogue.h"
#include "inbound.h"
#include "net.h"
#include "outbound.h"
#include "record.h"

/* Seconds. RFC 5321, section 4.5.3.2, gives a greeting and a command five minutes. */
#define DIALOGUE_LIMIT	300
#define EXCHANGE_LIMIT	600	/* xcryptd's own limit comes first */
#define FAREWELL_LIMIT	10

/* --- life --- */

/* Nobody refers to it any more. */
static void session_free(struct session *s)
{
	struct gateway *gw = s->gw;

	record_session(s);
	xc_timer_clear(&gw->loop, &s->timer);
	buffer_clear(&s->hello);
	buffer_clear(&s->reply);
	buffer_clear(&s->clear);
	sites_remove(&s->site);
	if (s->prev)
		s->prev->next = s->next;
	else
		gw->sessions = s->next;
	if (s->next)
		s->next->prev = s->prev;
	free(s);
	gw->count--;
	if (gw->draining && !gw->count)
		gw->loop.stop = true;
}

static uint64_t limit(const struct session *s)
{
	switch (s->phase) {
	case PHASE_CONNECT:
		return s->gw->conf->connect;
	case PHASE_SETTLED:
		return s->gw->conf->idle;
	case PHASE_EXCHANGE:
		return EXCHANGE_LIMIT;
	case PHASE_FAREWELL:
		return FAREWELL_LIMIT;
	default:
		return DIALOGUE_LIMIT;
	}
}

static void expired(struct xc_timer *timer)
{
	struct session *s = (struct session *)((char *)timer - offsetof(struct session, timer));
	uint64_t quiet = xc_loop_now() - s->active, patience = limit(s) * 1000;

	/* Set anew here rather than at each octet. */
	if (quiet < patience && !xc_timer_set(&s->gw->loop, timer, patience - quiet))
		return;
	s->gw->counts[s->listen->direction].unreachable += s->phase == PHASE_CONNECT;
	session_abort(s, s->phase == PHASE_CONNECT ? "no connection in time" : "timed out");
	session_free(s);
}

/* A shorter time may have begun. */
static int set_timer(struct session *s)
{
	uint64_t due = s->active + limit(s) * 1000;

	if (s->timer.place && s->timer.due <= due)
		return 0;
	return xc_timer_set(&s->gw->loop, &s->timer, limit(s) * 1000);
}

/* --- what each phase does with what there is --- */

static void drain(struct session *s)
{
	int side, err;

	for (side = PEER; side <= MTA && !s->closing; side++) {
		err = s->leg[side].source.fd < 0 ? 0 :
		      buffer_drain(&s->leg[side].out, s->leg[side].source.fd);
		if (err)
			session_abort(s, "reset");
	}
}

/* An end in the dialogue. */
static void ended(struct session *s)
{
	if (s->policy != XC_POLICY_REQUIRE || s->secured) {
		session_settle(s, GW_PLAIN_SPOKE);
		return;
	}
	/* What the other side was told last, a 421 perhaps, goes out; nothing more in the clear. */
	drain(s);
	session_end(s, "ended before it was encrypted", false);
}

static bool read_along(struct leg *leg)
{
	int n;

	/* Back-pressure: not while the other side has not taken what came before. */
	if (leg->eof || other_leg(leg)->out.len || leg->in.len == BUFFER_MAX)
		return true;
	n = buffer_fill(&leg->in, leg->source.fd);
	leg->eof = !n;
	return n >= 0 || n == -EAGAIN || n == -EINTR;
}

static void dialogue(struct session *s)
{
	if (!read_along(&s->leg[PEER]) || !read_along(&s->leg[MTA])) {
		session_abort(s, "reset");
		return;
	}
	if (s->listen->direction == GW_IN)
		inbound_dialogue(s);
	else
		outbound_dialogue(s);
	if (s->closing || s->phase != PHASE_DIALOGUE)
		return;
	if (s->leg[PEER].eof || s->leg[MTA].eof)
		ended(s);
}

/* What was read in the dialogue goes first. */
static void move(struct session *s, struct leg *from)
{
	struct leg *to = other_leg(from);
	struct buffer empty = { 0 };
	int err;

	if (!to->out.len && from->in.len) {
		to->out = from->in;
		from->in = empty;
		drain(s);
	}
	if (s->closing || to->out.len)
		return;
	err = flow_pump(&from->flow, from->source.fd, to->source.fd);
	if (err)
		session_abort(s, "reset");
}

static void settled(struct session *s)
{
	move(s, &s->leg[PEER]);
	if (!s->closing)
		move(s, &s->leg[MTA]);
	if (!s->closing && s->leg[PEER].flow.shut && s->leg[MTA].flow.shut)
		session_end(s, "closed", false);
}

static void exchange(struct session *s)
{
	int err = mta_outcome(s->leg[PEER].source.fd, &s->outcome);

	if (err == -EINPROGRESS)
		return;
	s->phase = PHASE_DIALOGUE;
	if (err || s->outcome.outcome_class == XCRYPT_CLASS_CLOSED)
		s->outcome.outcome_class = XCRYPT_CLASS_CLOSED;
	s->encrypted = !err && s->outcome.outcome_class == XCRYPT_CLASS_ENCRYPTED;
	s->secured = s->encrypted;
	if (s->listen->direction == GW_IN)
		inbound_exchanged(s);
	else
		outbound_exchanged(s);
}

static enum side connecting(const struct session *s)
{
	return s->listen->direction == GW_IN ? MTA : PEER;
}

static void connected(struct session *s, const struct leg *leg)
{
	if (leg != &s->leg[connecting(s)]) {
		session_abort(s, "the MTA gave up");
		return;
	}
	if (net_connected(leg->source.fd)) {
		s->gw->counts[s->listen->direction].unreachable++;
		session_abort(s, "cannot connect");
		return;
	}
	s->phase = PHASE_DIALOGUE;
}

static void farewell(struct session *s)
{
	if (!s->leg[PEER].out.len && !s->leg[MTA].out.len)
		session_end(s, "refused", false);
}

/* A phase may come to its end and leave octets for the next one. */
static void session_run(struct session *s)
{
	enum phase phase;

	do {
		phase = s->phase;
		switch (phase) {
		case PHASE_CONNECT:
			return;
		case PHASE_DIALOGUE:
			dialogue(s);
			break;
		case PHASE_EXCHANGE:
			break;
		case PHASE_SETTLED:
			settled(s);
			break;
		case PHASE_FAREWELL:
			drain(s);
			if (!s->closing)
				farewell(s);
			return;
		}
		if (!s->closing)
			drain(s);
	} while (!s->closing && s->phase != phase);
}

static uint32_t interest(const struct session *s, enum side side)
{
	const struct leg *leg = &s->leg[side], *to = &s->leg[!side];
	uint32_t events = leg->out.len ? EPOLLOUT : 0;

	switch (s->phase) {
	case PHASE_CONNECT:
		if (side == connecting(s))
			return EPOLLOUT;
		/* An MTA that waits no longer closes; a client may have said all that it has to. */
		return s->listen->direction == GW_OUT ? EPOLLRDHUP : 0;
	case PHASE_EXCHANGE:
		/* Until the exchange has ended poll says nothing of this socket. */
		return side == PEER ? EPOLLOUT : events;
	case PHASE_DIALOGUE:
		if (!leg->eof && !to->out.len && leg->in.len < BUFFER_MAX)
			events |= EPOLLIN;
		return events;
	case PHASE_SETTLED:
		if (!leg->flow.held && !leg->flow.eof && !to->out.len)
			events |= EPOLLIN;
		return events | (to->flow.held ? EPOLLOUT : 0);
	default:
		return events;
	}
}

static bool wait_for_more(struct session *s)
{
	struct xc_loop *loop = &s->gw->loop;
	int side;

	for (side = PEER; side <= MTA; side++) {
		if (s->leg[side].source.fd >= 0 &&
		    xc_loop_wait(loop, &s->leg[side].source, interest(s, side)))
			return false;
	}
	return !set_timer(s);
}

static void go_on(struct session *s)
{
	s->active = xc_loop_now();
	if (!s->closing)
		session_run(s);
	if (!s->closing && !wait_for_more(s))
		session_abort(s, "out of memory");
	if (s->closing)
		session_free(s);
}

static void session_ready(struct xc_source *source, uint32_t events)
{
	struct leg *leg = (struct leg *)source;
	struct session *s = leg->session;

	(void)events;
	if (s->phase == PHASE_CONNECT)
		connected(s, leg);
	else if (s->phase == PHASE_EXCHANGE && leg == &s->leg[PEER])
		exchange(s);
	go_on(s);
}

/* --- the beginning --- */

void session_begin(struct gateway *gw, const struct gw_listen *listen, int fd)
{
	struct session *s = calloc(1, sizeof(*s));
	bool in = listen->direction == GW_IN;

	if (!s) {
		close(fd);
		return;
	}
	s->gw = gw;
	s->listen = listen;
	s->id = ++gw->last_id;
	s->began = s->active = xc_loop_now();
	s->plain = GW_PLAIN_SPOKE;
	s->ready = session_ready;
	s->timer.expired = expired;
	s->next = gw->sessions;
	if (s->next)
		s->next->prev = s;
	gw->sessions = s;
	gw->count++;
	gw->counts[listen->direction].sessions++;
	session_leg(s, PEER, in ? fd : -1);
	session_leg(s, MTA, in ? -1 : fd);
	if (in)
		inbound_connect(s);
	else
		outbound_connect(s);
	go_on(s);
}
