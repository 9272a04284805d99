// SPDX-License-Identifier: GPL-2.0
#include "session.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/xcrypt.h>

#include "addr.h"
#include "daemon.h"
#include "report.h"
#include "secret.h"
#include "ulp.h"

/**
 * struct xc_session - one exchange
 * @source:	the MTA's socket
 * @limit:	for the whole exchange
 * @d:		the daemon
 * @next:	in its bucket
 * @x:		the state machine
 * @id:		the kernel's number
 * @require:	an end in the clear is none
 * @began:	microseconds
 * @report:	for the log
 * @name:	the peer's
 */
struct xc_session {
	struct xc_source source;
	struct xc_timer limit;
	struct xc_daemon *d;
	struct xc_session *next;
	struct xc_exchange *x;
	uint32_t id;
	bool require;
	uint64_t began;
	struct xc_report report;
	char name[XCRYPT_HOST_MAX + 1];
};

static uint64_t microseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * UINT64_C(1000000) + ts.tv_nsec / 1000;
}

/* --- the table --- */

static struct xc_session **place_of(struct xc_sessions *all, uint32_t id)
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
}

/* From here on the descriptor is the MTA's alone. */
static void leave(struct xc_session *s)
{
	struct xc_sessions *all = &s->d->sessions;

	*place_of(all, s->id) = s->next;
	all->count--;
	xc_timer_clear(&s->d->loop, &s->limit);
	xc_loop_wait(&s->d->loop, &s->source, 0);
	close(s->source.fd);
}

static void release(struct xc_session *s)
{
	xc_exchange_free(s->x);
	xc_secret_free(s, sizeof(*s));
}

/* --- the end --- */

/* The class and errno of linux/xcrypt.h. */
static int closed_error(const struct xc_outcome *outcome)
{
	switch (outcome->reason) {
	case XC_WHY_TIMEOUT:
		return ETIMEDOUT;
	case XC_WHY_PEER_CLOSED:
	case XC_WHY_IO:
		return ECONNRESET;
	default:
		return EPROTO;
	}
}

static int none_error(const struct xc_outcome *outcome)
{
	switch (outcome->reason) {
	case XC_WHY_NO_SUITE:
		return EOPNOTSUPP;
	case XC_WHY_TIMEOUT:
		return ETIMEDOUT;
	case XC_WHY_IO:
		return ENOTCONN;
	default:
		return ENOMEM;
	}
}

static void judge(const struct xc_outcome *outcome, bool require, struct xc_verdict *verdict)
{
	switch (outcome->class) {
	case XC_KEYED:
		verdict->class = XCRYPT_CLASS_ENCRYPTED;
		verdict->error = 0;
		return;
	case XC_CLOSED:
		verdict->class = XCRYPT_CLASS_CLOSED;
		verdict->error = closed_error(outcome);
		break;
	case XC_ANSWERED:
		verdict->class = XCRYPT_CLASS_ANSWERED;
		verdict->error = ECONNREFUSED;
		break;
	case XC_NONE:
		verdict->class = XCRYPT_CLASS_NONE;
		verdict->error = none_error(outcome);
		break;
	}
	/* An MTA that is told another reason may connect anew and go on in the clear. */
	if (require) {
		verdict->class = XCRYPT_CLASS_CLOSED;
		verdict->error = EACCES;
	}
}

static void account(struct xc_session *s, const struct xc_outcome *outcome)
{
	struct xc_daemon *d = s->d;

	xc_stats_end(&d->stats, s->report.in, outcome);
	if (outcome->class == XC_KEYED)
		xc_recent_add(&d->recent, outcome->session, outcome->suite, xc_loop_now());
	s->report.usec = microseconds() - s->began;
	xc_report(&d->log, &s->report, outcome);
}

static void conclude(struct xc_session *s)
{
	const struct xc_outcome *outcome = xc_exchange_outcome(s->x);
	struct xc_daemon *d = s->d;
	struct xc_verdict verdict = {
		.id = s->id,
		.suite = outcome->suite ? outcome->suite->name : NULL,
		.hit = outcome->hit,
	};

	judge(outcome, s->require, &verdict);
	leave(s);
	xc_upcall_done(&d->upcall, &verdict);
	account(s, outcome);
	release(s);
	xc_upcall_more(&d->upcall);
}

void xc_session_cancel(void *ctx, uint32_t id, int error)
{
	struct xc_daemon *d = ctx;
	struct xc_session *s = *place_of(&d->sessions, id);
	struct xc_outcome outcome;

	if (!s)
		return;
	xc_exchange_cancel(s->x);
	/* Whatever was said: the kernel has shut both directions. */
	outcome = *xc_exchange_outcome(s->x);
	outcome.class = XC_CLOSED;
	outcome.error = error;
	leave(s);
	account(s, &outcome);
	release(s);
	xc_upcall_more(&d->upcall);
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

/* Each gives false where there is nothing to be had but waiting. */

static bool do_read(struct xc_session *s)
{
	char buf[XC_LINE_MAX];
	ssize_t n, take = 0;

	n = recv(s->source.fd, buf, xc_exchange_room(s->x), MSG_PEEK | MSG_DONTWAIT);
	if (n > 0) {
		take = xc_exchange_take(buf, n);
		n = recv(s->source.fd, buf, take, MSG_DONTWAIT);
	}
	if (n < 0 && errno == EAGAIN)
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

	if (n < 0 && errno == EAGAIN)
		return false;
	if (n < 0)
		xc_exchange_failed(s->x, -errno);
	else
		xc_exchange_written(s->x, n);
	return true;
}

static void do_look(struct xc_session *s)
{
	char octet;
	ssize_t n = recv(s->source.fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT);

	if (n < 0 && errno != EAGAIN)
		xc_exchange_failed(s->x, -errno);
	else
		xc_exchange_done(s->x, n > 0 ? -ENOTEMPTY : 0);
}

static int key_both(const struct xc_session *s)
{
	int err = xc_ulp_receive_key(s->source.fd, s->x, false);

	return err ? err : xc_ulp_send_key(s->source.fd, s->x);
}

static bool do_action(struct xc_session *s)
{
	switch (xc_exchange_action(s->x)) {
	case XC_DO_READ:
		return do_read(s);
	case XC_DO_WRITE:
		return do_write(s);
	case XC_DO_QUEUED:
		do_look(s);
		break;
	case XC_DO_PREPARE:
		/* The MTA has attached the ULP, and setting a key is all or nothing. */
		xc_exchange_done(s->x, 0);
		break;
	case XC_DO_KEY_RX_STRICT:
		xc_exchange_done(s->x, xc_ulp_receive_key(s->source.fd, s->x, true));
		break;
	case XC_DO_KEY_TX:
		xc_exchange_done(s->x, xc_ulp_send_key(s->source.fd, s->x));
		break;
	case XC_DO_KEY_BOTH:
		xc_exchange_done(s->x, key_both(s));
		break;
	case XC_DO_FINISH:
		break;
	}
	return true;
}

/* As far as it goes at present. */
static void advance(struct xc_session *s)
{
	uint32_t events;
	int err;

	while (xc_exchange_action(s->x) != XC_DO_FINISH) {
		if (do_action(s))
			continue;
		events = xc_exchange_action(s->x) == XC_DO_WRITE ? EPOLLOUT : EPOLLIN;
		err = xc_loop_wait(&s->d->loop, &s->source, events);
		if (!err)
			return;
		xc_exchange_failed(s->x, err);
	}
	conclude(s);
}

static void ready(struct xc_source *source, uint32_t events)
{
	(void)events;
	advance((struct xc_session *)source);
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

/* --- the beginning --- */

/* Not begun: nothing was read or written. */
static void decline(struct xc_daemon *d, const struct xc_request *request, int class, int error)
{
	struct xc_verdict verdict = { .id = request->id, .class = class, .error = error };

	close(request->fd);
	xc_upcall_done(&d->upcall, &verdict);
}

static int peer_of(int fd, struct xc_report *report)
{
	struct sockaddr_in6 sa = { 0 };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&sa;
	socklen_t len = sizeof(sa);

	if (getpeername(fd, (struct sockaddr *)&sa, &len))
		return -errno;
	report->port = ntohs(sa.sin6_port);
	report->addr = sa.sin6_addr;
	if (sa.sin6_family == AF_INET) {
		memset(&report->addr, 0, sizeof(report->addr));
		report->addr.s6_addr[10] = 0xff;
		report->addr.s6_addr[11] = 0xff;
		memcpy(&report->addr.s6_addr[12], &v4->sin_addr, 4);
	}
	return 0;
}

static struct xc_exchange *exchange_of(struct xc_session *s, const struct xc_request *request,
				       const struct xc_offer *offer)
{
	const struct xc_exchange_env *env = &s->d->env;
	time_t now = time(NULL);

	if (!request->server)
		return xc_exchange_client(env, offer, &s->report.addr, now);
	return xc_exchange_server(env, offer, request->line, request->line_len,
				  &s->report.addr, now);
}

static unsigned long limit_of(const struct xc_daemon *d, const struct xc_request *request)
{
	return request->timeout ? request->timeout : d->config->time_limit * 1000UL;
}

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
	s->source.ready = ready;
	s->limit.expired = expired;
	if (request->host_len <= XCRYPT_HOST_MAX)
		memcpy(s->name, request->host, request->host_len);
	s->report.in = request->server;
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

/* Fill in what decides whether there is an exchange at all. 0 or what to tell the MTA. */
static int session_prepare(struct xc_session *s, const struct xc_request *request)
{
	struct xc_daemon *d = s->d;
	enum xc_policy_mode mode = XC_POLICY_OPPORTUNISTIC;
	struct xc_offer offer;

	if (peer_of(request->fd, &s->report))
		return ENOTCONN;
	if (!request->server)
		mode = xc_policy_find(&d->config->policy, &s->report.addr, s->name, mode);
	if (mode == XC_POLICY_OFF)
		return EACCES;
	s->require = mode == XC_POLICY_REQUIRE;
	if (offer_of(request, &offer))
		return EINVAL;
	s->x = exchange_of(s, request, &offer);
	if (!s->x || xc_timer_set(&d->loop, &s->limit, limit_of(d, request)))
		return ENOMEM;
	return 0;
}

static void log_declined(struct xc_session *s, int error)
{
	const char *why = error == EACCES ? "policy" : error == EINVAL ? "no-offer" : "fault";
	char addr[XC_ADDR_TEXT], name[XC_LOG_PEER_MAX + 1];

	s->d->stats.policy_off += error == EACCES;
	xc_addr_format(addr, &s->report.addr, s->report.port);
	xc_log_escape(name, s->name, strlen(s->name));
	xc_log(&s->d->log, LOG_INFO,
	       "refused dir=%s peer=%s name=\"%s\" suite=- class=%s reason=%s error=%d",
	       s->report.in ? "in" : "out", addr, name, s->require ? "closed" : "none", why,
	       error);
}

bool xc_session_request(void *ctx, const struct xc_request *request)
{
	struct xc_daemon *d = ctx;
	struct xc_session *s = session_new(d, request);
	int error = s ? session_prepare(s, request) : ENOMEM;

	if (!error) {
		enter(&d->sessions, s);
		xc_stats_begin(&d->stats, request->server);
		advance(s);
	} else if (s) {
		log_declined(s, error);
		decline(d, request, s->require ? XCRYPT_CLASS_CLOSED : XCRYPT_CLASS_NONE,
			s->require ? EACCES : error);
		release(s);
	} else {
		decline(d, request, XCRYPT_CLASS_NONE, error);
	}
	return d->sessions.count < d->config->exchanges;
}
