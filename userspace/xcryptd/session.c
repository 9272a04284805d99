// SPDX-License-Identifier: GPL-2.0
#include "session.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/xcrypt.h>

#include "attempt.h"
#include "common/addr.h"
#include "state.h"
#include "exchange/report.h"
#include "common/secret.h"
#include "ulp.h"

/* Milliseconds until the next try, where a program keeps its own socket's lock: ever more. */
#define LOCKED_RETRY_MIN	20
#define LOCKED_RETRY_MAX	640

/* Of what comes after the connection's end was said: milliseconds, octets. */
#define DRAIN_TIME	2000
#define DRAIN_MAX	65536

/**
 * struct xc_session - one exchange
 * @source:	the MTA's socket
 * @limit:	for the whole exchange
 * @again:	the socket's lock was not to be had
 * @drain:	what comes after the end is dropped until then
 * @drained:	octets of it; -1: the end has not been said
 * @locked:	by the last call
 * @delay:	milliseconds until the next try, 0: got on since the last one
 * @receive_key: it is in
 * @d:		the daemon
 * @next:	in its bucket
 * @place:	one of those that there are
 * @x:		the state machine
 * @id:		the kernel's number
 * @attempt:	as a: what is made of it
 * @began:	microseconds
 * @report:	for the log
 * @name:	the peer's
 * @domain:	the recipient's
 */
struct xc_session {
	struct xc_source source;
	struct xc_timer limit;
	struct xc_timer again;
	struct xc_timer drain;
	long drained;
	bool locked;
	unsigned int delay;
	bool receive_key;
	struct xc_daemon *d;
	struct xc_session *next;
	struct xc_place place;
	struct xc_exchange *x;
	uint32_t id;
	struct xc_attempt attempt;
	uint64_t began;
	struct xc_report report;
	char name[XCRYPT_HOST_MAX + 1];
	char domain[XCRYPT_DOMAIN_MAX + 1];
};

static uint64_t microseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * UINT64_C(1000000) + ts.tv_nsec / 1000;
}

/* --- the table --- */

static struct xc_session **session_place(struct xc_sessions *all, uint32_t id)
{
	struct xc_session **at = &all->bucket[id % XC_SESSION_BUCKETS];

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

static void enter(struct xc_sessions *all, struct xc_session *s)
{
	struct xc_session **at = &all->bucket[s->id % XC_SESSION_BUCKETS];

	s->next = *at;
	*at = s;
	all->count++;
	xc_stats_enter(&s->d->stats);
}

/* From here on the descriptor is the MTA's alone. */
static void leave(struct xc_session *s)
{
	struct xc_sessions *all = &s->d->sessions;

	*session_place(all, s->id) = s->next;
	all->count--;
	xc_stats_leave(&s->d->stats);
	xc_places_give(&all->places, &s->place);
	xc_loop_wait(&s->d->loop, &s->source, 0);
	close(s->source.fd);
}

static void release(struct xc_session *s)
{
	xc_timer_clear(&s->d->loop, &s->limit);
	xc_timer_clear(&s->d->loop, &s->again);
	xc_timer_clear(&s->d->loop, &s->drain);
	xc_places_give(&s->d->sessions.places, &s->place);
	xc_exchange_free(s->x);
	xc_secret_free(s, sizeof(*s));
}

/* --- the end --- */

/* One line and one count for each request, declined or not. outcome is the verdict. */
static void account(struct xc_daemon *d, struct xc_report *report, uint64_t began,
		    const struct xc_outcome *outcome)
{
	xc_stats_end(&d->stats, report->in, outcome);
	if (outcome->class == XCRYPT_CLASS_ENCRYPTED)
		xc_recent_add(&d->recent, outcome->session, outcome->suite, xc_loop_now());
	report->usec = microseconds() - began;
	if (xc_lograte_allow(&d->rate, &d->log, &report->addr, xc_loop_now()))
		xc_report(&d->log, report, outcome);
}

/* text is NULL, or why the MTA may not send. */
static void session_tell(struct xc_daemon *d, uint32_t id, const struct xc_outcome *outcome,
			 const char *text)
{
	const struct xc_verdict verdict = {
		.id = id,
		.class = outcome->class,
		.error = outcome->error,
		.suite = outcome->suite ? outcome->suite->name : NULL,
		.hit = outcome->hit,
		.early_sent = outcome->early_sent,
		.text = text,
	};

	xc_upcall_done(&d->upcall, &verdict);
}

/*
 * Whether it broke off without an answer to our first line, which was a long one: some firewalls
 * drop those, and the connection with them.
 */
static bool may_be_too_long(const struct xc_session *s, const struct xc_outcome *outcome)
{
	return !s->report.in && outcome->class == XCRYPT_CLASS_CLOSED && !outcome->code &&
	       outcome->suite && xc_kex_has_long_lines(outcome->suite->kex);
}

static void note_path(struct xc_session *s, const struct xc_outcome *outcome)
{
	struct xc_daemon *d = s->d;
	char addr[XC_ADDR_TEXT];

	if (!may_be_too_long(s, outcome))
		return;
	xc_shortpath_add(&d->shortpath, &s->report.addr, xc_loop_now());
	xc_addr_format(addr, &s->report.addr, s->report.port);
	xc_log(&d->log, LOG_NOTICE,
	       "short-lines peer=%s suite=%s hint=\"nothing came back: for an hour suites with lines of less than 512 octets are taken; if this lasts, look for a firewall that cuts longer ones\"",
	       addr, outcome->suite->name);
}

static enum xc_protection protection_of(const struct xc_outcome *outcome)
{
	if (outcome->class == XCRYPT_CLASS_ENCRYPTED)
		return outcome->suite->kex->identity ? XC_PROTECTED_3 : XC_PROTECTED_2;
	return outcome->reason == XC_WHY_TLS ? XC_PROTECTED_TLS : XC_PROTECTED_NOT;
}

/* As a: what is known of the server is to be told, as far as its site has lines left. */
static void log_attempt(struct xc_session *s)
{
	struct xc_daemon *d = s->d;

	if (s->attempt.news &&
	    xc_lograte_allow(&d->rate, &d->log, &s->report.addr, xc_loop_now()))
		xc_attempt_log(&d->known, &s->attempt);
	s->attempt.news = false;
}

/* Whether the message may be sent over what came about; as b that is not asked. */
static bool passes(struct xc_session *s, enum xc_protection end)
{
	bool go = s->report.in || xc_attempt_end(&s->d->known, &s->attempt, end);

	log_attempt(s);
	return go;
}

static const char *text_of(const struct xc_session *s, bool refused)
{
	return refused && s->attempt.text[0] ? s->attempt.text : NULL;
}

static void conclude(struct xc_session *s)
{
	struct xc_outcome outcome = *xc_exchange_outcome(s->x);
	struct xc_daemon *d = s->d;
	bool refused;

	note_path(s, &outcome);
	refused = !passes(s, protection_of(&outcome));
	xc_outcome_settle(&outcome, refused);
	leave(s);
	session_tell(d, s->id, &outcome, text_of(s, refused));
	account(d, &s->report, s->began, &outcome);
	release(s);
}

void xc_session_cancel(void *ctx, uint32_t id, int error)
{
	struct xc_daemon *d = ctx;
	struct xc_session *s = *session_place(&d->sessions, id);
	struct xc_outcome outcome;

	if (!s)
		return;
	xc_exchange_cancel(s->x);
	/* Whatever was said: the kernel has shut both directions. */
	outcome = *xc_exchange_outcome(s->x);
	outcome.class = XCRYPT_CLASS_CLOSED;
	outcome.error = error;
	passes(s, XC_PROTECTED_NOT);
	leave(s);
	session_tell(d, id, &outcome, NULL);
	account(d, &s->report, s->began, &outcome);
	release(s);
}

void xc_session_drop_all(struct xc_daemon *d)
{
	int i;

	for (i = 0; i < XC_SESSION_BUCKETS; i++) {
		while (d->sessions.bucket[i]) {
			struct xc_session *s = d->sessions.bucket[i];

			leave(s);
			release(s);
		}
	}
}

/* --- the actions --- */

/*
 * Each gives false where there is nothing to be had but waiting: for octets or room, or until
 * nobody else is within a call on the socket (EBUSY).
 */

static bool has_to_wait(struct xc_session *s, int err)
{
	s->locked = err == EBUSY;
	return err == EBUSY || err == EAGAIN;
}

static bool do_read(struct xc_session *s)
{
	char buf[XC_LINE_MAX];
	ssize_t n, take = 0;

	n = recv(s->source.fd, buf, xc_exchange_room(s->x), MSG_PEEK | MSG_DONTWAIT);
	if (n > 0) {
		take = xc_exchange_take(buf, n);
		n = recv(s->source.fd, buf, take, MSG_DONTWAIT);
	}
	if (n < 0 && has_to_wait(s, errno))
		return false;
	if (n < 0)
		xc_exchange_failed(s->x, -errno);
	else if (n != take)
		/* Somebody else reads here: nobody knows where the stream stands. */
		xc_exchange_failed(s->x, -EIO);
	else
		xc_exchange_read(s->x, buf, n);
	return true;
}

static bool do_write(struct xc_session *s)
{
	size_t len;
	const char *out = xc_exchange_output(s->x, &len);
	ssize_t n = send(s->source.fd, out, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && has_to_wait(s, errno))
		return false;
	if (n < 0)
		xc_exchange_failed(s->x, -errno);
	else
		xc_exchange_written(s->x, n);
	return true;
}

static bool do_look(struct xc_session *s)
{
	char octet;
	ssize_t n = recv(s->source.fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT);

	if (n < 0 && has_to_wait(s, errno) && s->locked)
		return false;
	if (n < 0 && errno != EAGAIN)
		xc_exchange_failed(s->x, -errno);
	else
		xc_exchange_done(s->x, n > 0 ? -ENOTEMPTY : 0);
	return true;
}

static bool do_key(struct xc_session *s, int err)
{
	if (err && has_to_wait(s, -err))
		return false;
	xc_exchange_done(s->x, err);
	return true;
}

/* True when enough was dropped, or nothing more can come. */
static bool drop_input(struct xc_session *s)
{
	char buf[4096];
	ssize_t n;

	while (s->drained < DRAIN_MAX) {
		n = recv(s->source.fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n <= 0)
			return !n || !has_to_wait(s, errno);
		s->drained += n;
	}
	return true;
}

static bool do_drain(struct xc_session *s)
{
	if (s->drained < 0) {
		if (shutdown(s->source.fd, SHUT_WR) && has_to_wait(s, errno))
			return false;
		s->drained = 0;
		xc_timer_set(&s->d->loop, &s->drain, DRAIN_TIME);
	}
	if (!drop_input(s))
		return false;
	xc_exchange_done(s->x, 0);
	return true;
}

static int key_both(struct xc_session *s)
{
	int err = s->receive_key ? 0 : xc_ulp_receive_key(s->source.fd, s->x, false);

	s->receive_key = !err;
	return err ? err : xc_ulp_send_key(s->source.fd, s->x, s->d->config->padding);
}

static void do_judge(struct xc_session *s)
{
	const struct xc_outcome *outcome = xc_exchange_outcome(s->x);
	bool go = xc_attempt_identity(&s->d->known, &s->attempt, outcome->identity,
				      xc_exchange_suite(s->x)->kex->version);

	log_attempt(s);
	xc_exchange_done(s->x, go ? 0 : -EACCES);
}

static bool do_action(struct xc_session *s)
{
	switch (xc_exchange_action(s->x)) {
	case XC_DO_READ:
		return do_read(s);
	case XC_DO_WRITE:
		return do_write(s);
	case XC_DO_QUEUED:
		return do_look(s);
	case XC_DO_PREPARE:
		/* The MTA has attached the ULP, and setting a key is all or nothing. */
		xc_exchange_done(s->x, 0);
		break;
	case XC_DO_JUDGE:
		do_judge(s);
		break;
	case XC_DO_DRAIN:
		return do_drain(s);
	case XC_DO_KEY_RX:
		return do_key(s, xc_ulp_receive_key(s->source.fd, s->x, false));
	case XC_DO_KEY_RX_STRICT:
		return do_key(s, xc_ulp_receive_key(s->source.fd, s->x, true));
	case XC_DO_KEY_TX:
		return do_key(s, xc_ulp_send_key(s->source.fd, s->x, s->d->config->padding));
	case XC_DO_KEY_BOTH:
		return do_key(s, key_both(s));
	case XC_DO_FINISH:
		break;
	}
	return true;
}

static unsigned int next_delay(unsigned int delay)
{
	if (!delay)
		return LOCKED_RETRY_MIN;
	return delay < LOCKED_RETRY_MAX ? 2 * delay : delay;
}

static int wait_for(struct xc_session *s)
{
	uint32_t events = xc_exchange_action(s->x) == XC_DO_WRITE ? EPOLLOUT : EPOLLIN;

	if (!s->locked)
		return xc_loop_wait(&s->d->loop, &s->source, events);
	/* Octets and room may be there: epoll would say so all the time. */
	xc_loop_wait(&s->d->loop, &s->source, 0);
	s->delay = next_delay(s->delay);
	return xc_timer_set(&s->d->loop, &s->again, s->delay);
}

/* As far as it goes at present. */
static void advance(struct xc_session *s)
{
	int err;

	while (xc_exchange_action(s->x) != XC_DO_FINISH) {
		if (do_action(s)) {
			s->delay = 0;
			continue;
		}
		err = wait_for(s);
		if (!err)
			return;
		xc_exchange_failed(s->x, err);
	}
	conclude(s);
}

static void session_ready(struct xc_source *source, uint32_t events)
{
	(void)events;
	advance((struct xc_session *)source);
}

static void try_again(struct xc_timer *timer)
{
	advance((void *)((char *)timer - offsetof(struct xc_session, again)));
}

static void expired(struct xc_timer *timer)
{
	struct xc_session *s = (void *)((char *)timer - offsetof(struct xc_session, limit));

	xc_exchange_timeout(s->x);
	if (xc_exchange_action(s->x) == XC_DO_WRITE) {
		do_write(s);
		xc_exchange_timeout(s->x);
	}
	conclude(s);
}

static void drain_expired(struct xc_timer *timer)
{
	struct xc_session *s = (void *)((char *)timer - offsetof(struct xc_session, drain));

	xc_exchange_done(s->x, 0);
	conclude(s);
}

/* --- the beginning --- */

static struct xc_exchange *exchange_of(struct xc_session *s, const struct xc_request *request,
				       const struct xc_offer *offer)
{
	const struct xc_exchange_env *env = &s->d->env;
	struct xc_shortpath *paths = &s->d->shortpath;
	const struct xc_wish wish = {
		.early = request->early, .early_len = request->early_len,
		.short_lines = xc_shortpath_has(paths, &s->report.addr, xc_loop_now()),
	};

	if (!request->server) {
		paths->used += wish.short_lines;
		return xc_exchange_client(env, offer, &s->report.addr, &wish);
	}
	return xc_exchange_server(env, offer, request->line, request->line_len,
				  &s->report.addr);
}

/* An MTA may be content with less than the configuration has, but gets no more. */
static unsigned long limit_of(const struct xc_daemon *d, const struct xc_request *request)
{
	unsigned long most = d->config->time_limit * 1000UL;

	return request->timeout && request->timeout < most ? request->timeout : most;
}

/* A name as rules and log lines have it: in lower case, without the dot of the root. */
static void set_name(char dst[XCRYPT_HOST_MAX + 1], const char *name, size_t len)
{
	size_t i;

	if (len > XCRYPT_HOST_MAX)
		return;
	if (len && name[len - 1] == '.')
		len--;
	for (i = 0; i < len; i++)
		dst[i] = name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i];
}

_Static_assert(XCRYPT_DOMAIN_MAX == XCRYPT_HOST_MAX, "a domain is a name");

/*
 * Pages of its own, as the exchange has: a thousand in between what lives for longer would stay
 * with malloc for ever, since it cannot give back what is locked but at its end.
 */
static struct xc_session *session_new(struct xc_daemon *d, const struct xc_request *request)
{
	struct xc_session *s = xc_secret_alloc(sizeof(*s));

	if (!s)
		return NULL;
	s->d = d;
	s->id = request->id;
	s->began = microseconds();
	s->source.fd = request->fd;
	s->source.ready = session_ready;
	s->limit.expired = expired;
	s->again.expired = try_again;
	s->drain.expired = drain_expired;
	s->drained = -1;
	set_name(s->name, request->host, request->host_len);
	set_name(s->domain, request->domain, request->domain_len);
	s->report.in = request->server;
	s->report.addr = request->peer;
	s->report.port = request->peer_port;
	s->report.name = s->name;
	return s;
}

static int offer_of(const struct xc_request *request, struct xc_offer *offer)
{
	if (!request->server)
		return xc_offer_parse(offer, request->line, request->line_len);
	return request->offer ? xc_offer_parse(offer, request->offer, strlen(request->offer)) :
				-EINVAL;
}

/* XC_WHY_DONE, or why there is none. */
static enum xc_reason take_place(struct xc_session *s, uint32_t uid)
{
	struct xc_daemon *d = s->d;
	const struct xc_place_limits limits = {
		.all = d->config->exchanges, .share = d->config->exchange_share,
	};
	const struct xc_place_wish wish = {
		.addr = &s->report.addr, .in = s->report.in, .uid = uid,
	};

	switch (xc_places_take(&d->sessions.places, &limits, &s->place, &wish)) {
	case 0:
		return XC_WHY_DONE;
	case -EDQUOT:
		return XC_WHY_SITE_LIMIT;
	case -EPERM:
		return XC_WHY_USER_LIMIT;
	default:
		return XC_WHY_LIMIT;
	}
}

/* As a. What the MTA asks for goes before the configuration, to be stricter. */
static enum xc_policy_mode policy_of(const struct xc_session *s, const struct xc_request *request)
{
	const struct xc_destination to = { &s->report.addr, s->name, s->domain };
	const bool verify = request->flags & XCRYPT_H_VERIFY;

	return xc_policy_find(&s->d->config->policy, &to,
			      verify ? XC_POLICY_VERIFY : XC_POLICY_OPPORTUNISTIC);
}

/*
 * Whether an exchange makes sense: one that cannot prove an identity, with a server that has to or
 * that is known to, is not begun.
 */
static bool promises(struct xc_session *s)
{
	const struct xc_suite *suite = xc_exchange_suite(s->x);

	if (s->report.in || !suite || suite->kex->identity)
		return true;
	return passes(s, XC_PROTECTED_2);
}

/*
 * Fill in what decides whether there is an exchange at all: XC_WHY_DONE, or why there is none.
 * Nothing waits for a place: the daemon that asks it may hold the place of the one that answers.
 */
static enum xc_reason session_prepare(struct xc_session *s, const struct xc_request *request)
{
	struct xc_daemon *d = s->d;
	enum xc_reason reason;
	struct xc_offer offer;

	if (!request->server)
		xc_attempt_begin(&s->attempt, policy_of(s, request), s->name, s->domain,
				 &s->report.addr);
	s->attempt.stranger = xc_attempt_is_stranger(request->uid);
	if (request->flags & (XCRYPT_H_UNLISTED | XCRYPT_H_TLS))
		return request->flags & XCRYPT_H_TLS ? XC_WHY_TLS : XC_WHY_UNLISTED;
	if (!request->server && s->attempt.policy == XC_POLICY_OFF)
		return XC_WHY_POLICY;
	if (offer_of(request, &offer))
		return XC_WHY_NO_OFFER;
	reason = take_place(s, request->uid);
	if (reason != XC_WHY_DONE)
		return reason;
	s->x = exchange_of(s, request, &offer);
	if (!s->x || xc_timer_set(&d->loop, &s->limit, limit_of(d, request)))
		return XC_WHY_FAULT;
	return promises(s) ? XC_WHY_DONE : XC_WHY_PEER;
}

/* Not begun: nothing was read or written. s is NULL where there was no memory for it. */
static void decline(struct xc_daemon *d, const struct xc_request *request, struct xc_session *s,
		    enum xc_reason reason)
{
	struct xc_report unknown = { .in = request->server, .name = "" };
	struct xc_outcome outcome = { .class = XCRYPT_CLASS_NONE, .reason = reason };
	bool refused = s && !passes(s, protection_of(&outcome));

	xc_outcome_settle(&outcome, refused);
	close(request->fd);
	session_tell(d, request->id, &outcome, s ? text_of(s, refused) : NULL);
	account(d, s ? &s->report : &unknown, s ? s->began : microseconds(), &outcome);
	if (s)
		release(s);
}

void xc_session_request(void *ctx, const struct xc_request *request)
{
	struct xc_daemon *d = ctx;
	struct xc_session *s = session_new(d, request);
	enum xc_reason reason = s ? session_prepare(s, request) : XC_WHY_FAULT;

	xc_stats_begin(&d->stats, request->server);
	if (reason != XC_WHY_DONE) {
		decline(d, request, s, reason);
		return;
	}
	enter(&d->sessions, s);
	advance(s);
}
