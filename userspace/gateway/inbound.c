// SPDX-License-Identifier: GPL-2.0
/*
 * Inbound: a client of the outside, and the MTA behind us. The gateway lists XCRYPT in the reply to
 * EHLO and answers the verb; all else passes as it is. It stops reading along when the client goes
 * on to anything by which the session is settled.
 */
#include "inbound.h"

#include <string.h>
#include <sys/socket.h>

#include "common/mta.h"
#include "dialogue.h"
#include "net.h"
#include "proxyline.h"
#include "spawn.h"

#define SAY_FAIL	"454 4.7.0 XCRYPT FAIL\r\n"
#define SAY_MOMENT	"503 5.5.1 XCRYPT FAIL\r\n"
#define SAY_LENGTH	"501 5.5.4 XCRYPT FAIL\r\n"
#define SAY_MUST	"530 5.7.0 Must issue XCRYPT first\r\n"
#define SAY_HELLO	"503 5.5.1 EHLO first\r\n"
#define SAY_LATER	"454 4.7.0 XCRYPT not available, try later\r\n"

static void connect_mta(struct session *s)
{
	const struct gw_listen *listen = s->listen;
	char header[PROXYLINE_MAX];
	size_t len = 0;
	int fd;

	if (listen->backend == GW_COMMAND)
		fd = spawn(listen, &s->peer);
	else
		fd = net_connect(NULL, &listen->to, s->gw->conf->mark);
	if (fd < 0) {
		s->gw->counts[GW_IN].unreachable++;
		session_abort(s, "cannot reach the MTA");
		return;
	}
	session_leg(s, MTA, fd);
	session_expect(s, SMTP_NOOP);
	if (listen->backend == GW_COMMAND) {
		s->phase = PHASE_DIALOGUE;
		return;
	}
	/* It leaves in one piece: it is all that there is when the connection is there. */
	len = proxyline(header, listen->backend, &s->peer, &s->local);
	if (!buffer_put(&s->leg[MTA].out, header, len))
		session_abort(s, "out of memory");
}

void inbound_connect(struct session *s)
{
	const struct xc_destination to = { &s->peer.addr, "", "" };

	if (net_ends(s->leg[PEER].source.fd, &s->local, &s->peer)) {
		session_abort(s, "reset");
		return;
	}
	sites_add(&s->gw->sites, &s->site, &s->peer.addr);
	s->policy = xc_policy_find(&s->gw->conf->inbound, &to, XC_POLICY_OPPORTUNISTIC);
	connect_mta(s);
}

/* --- version 3, which begins with another EHLO --- */

static void hello_again(struct session *s)
{
	session_expect(s, smtp_verb(s->hello.data, s->hello.len));
	if (!buffer_put(&s->leg[MTA].out, s->hello.data, s->hello.len))
		session_abort(s, "out of memory");
}

static void connect_anew(struct session *s)
{
	session_leg_close(s, MTA, false);
	s->anew = true;
	s->phase = PHASE_CONNECT;
	connect_mta(s);
}

/* OpenSMTPD takes one EHLO a connection: it gets another connection, and greets us. */
static void renewed_reply(struct session *s, enum smtp_verb verb, int code, size_t len)
{
	struct leg *mta = &s->leg[MTA];

	if (verb == SMTP_NOOP && code == 220) {
		buffer_skip(&mta->in, len);
		hello_again(s);
	} else if (code == 503 && !s->anew) {
		connect_anew(s);
	} else {
		session_pass(mta, len);
		session_settle(s, GW_PLAIN_FAILED);
	}
}

/* --- from the MTA --- */

/* What we list; fixed with the socket when first asked for. */
static bool offer(struct session *s)
{
	socklen_t len = sizeof(s->words);
	int fd = s->leg[PEER].source.fd;

	if (s->policy == XC_POLICY_OFF || s->secured)
		return false;
	if (!s->attached && mta_attach(fd)) {
		s->own_fault = true;
		return false;
	}
	s->attached = true;
	if (getsockopt(fd, SOL_XCRYPT, XCRYPT_SUITES, s->words, &len) || len < 2) {
		s->own_fault = true;
		return false;
	}
	return true;
}

/* Return: octets of the reply that are dealt with. */
static void pass_hello(struct session *s, size_t len)
{
	struct leg *mta = &s->leg[MTA];
	char reply[BUFFER_MAX];
	size_t n = len;

	memcpy(reply, mta->in.data, len);
	/* An MTA that lists it itself is left alone: it has its own way to the kernel. */
	if (!smtp_lists(reply, len, "XCRYPT") && offer(s))
		n = smtp_add(reply, len, sizeof(reply), s->words);
	s->listed = n > len;
	s->helo = false;
	buffer_skip(&mta->in, len);
	if (!buffer_put(&s->leg[PEER].out, reply, n ? n : len))
		session_abort(s, "out of memory");
}

/* Replies in the order of the commands. */
static bool from_mta(struct session *s)
{
	struct leg *mta = &s->leg[MTA];
	enum smtp_verb verb;
	size_t len;
	int code;

	len = mta->in.len ? session_reply(&mta->in, &code) : 0;
	if (!len && mta->in.len < BUFFER_MAX)
		return false;
	/* No reply, one that nobody waits for, one without end: not what we could change. */
	if (!len || code < 0 || !s->pendings) {
		if (s->policy == XC_POLICY_REQUIRE)
			session_abort(s, "the MTA speaks no SMTP");
		else
			session_settle(s, GW_PLAIN_SPOKE);
		return false;
	}
	verb = session_answered(s);
	if (s->hello.len) {
		renewed_reply(s, verb, code, len);
	} else if (verb == SMTP_EHLO && code == 250) {
		pass_hello(s, len);
	} else if (verb == SMTP_STARTTLS && code == 220) {
		session_pass(mta, len);
		s->secured = true;
		s->plain = GW_PLAIN_TLS;
		session_settle(s, GW_PLAIN_TLS);
	} else {
		s->helo = s->helo || (verb == SMTP_HELO && code == 250);
		session_pass(mta, len);
	}
	return !s->closing && s->phase == PHASE_DIALOGUE;
}

/* --- from the client --- */

static void xcrypt(struct session *s, size_t len)
{
	struct buffer *in = &s->leg[PEER].in;
	char line[XCRYPT_LINE_MAX];
	const struct mta_request request = { .role = XCRYPT_ROLE_SERVER, .line = line, .len = len };
	int err;

	if (in->len > len) {
		/* Whatever stands behind the line was not sent by who waits for an answer. */
		session_refuse(s, PEER, SAY_MOMENT);
		s->end = "octets behind the XCRYPT line";
		return;
	}
	if (len > sizeof(line)) {
		session_refuse(s, PEER, SAY_LENGTH);
		s->end = "an XCRYPT line that is too long";
		return;
	}
	memcpy(line, in->data, len);
	buffer_clear(in);
	if (!s->listed || s->helo || s->tried) {
		session_say(s, PEER, SAY_MOMENT);
		return;
	}
	err = session_ask(s, &request);
	if (err) {
		s->own_fault = true;
		session_say(s, PEER, SAY_FAIL);
	}
}

/* Policy wants encryption and there is none yet. A fault that passes does not bounce mail. */
static void must(struct session *s, size_t len)
{
	buffer_skip(&s->leg[PEER].in, len);
	session_say(s, PEER, s->own_fault || !s->listed ? SAY_LATER : SAY_MUST);
}

static bool is_passing(enum smtp_verb verb)
{
	return verb == SMTP_EHLO || verb == SMTP_HELO || verb == SMTP_NOOP || verb == SMTP_RSET ||
	       verb == SMTP_QUIT || verb == SMTP_STARTTLS;
}

static bool required(const struct session *s)
{
	return s->policy == XC_POLICY_REQUIRE && !s->secured;
}

/* Why a session is settled in the clear by this. */
static enum gw_plain reason(const struct session *s)
{
	if (s->policy == XC_POLICY_OFF)
		return GW_PLAIN_POLICY;
	if (s->tried)
		return GW_PLAIN_FAILED;
	return s->own_fault ? GW_PLAIN_ABSENT : GW_PLAIN_NOT_OFFERED;
}

static void other(struct session *s, size_t len)
{
	if (!required(s))
		session_settle(s, reason(s));
	else if (len)
		must(s, len);
	else
		session_abort(s, "a line without end where encryption is required");
}

/*
 * Version 3: what was said in the clear is forgotten, the EHLO name among it, and until there is
 * another one nothing else is done.
 */
static void renewed(struct session *s, enum smtp_verb verb, size_t len)
{
	struct buffer *in = &s->leg[PEER].in;

	if (len && (verb == SMTP_EHLO || verb == SMTP_HELO)) {
		if (buffer_put(&s->hello, in->data, len))
			hello_again(s);
		else
			session_abort(s, "out of memory");
		buffer_skip(in, len);
	} else if (len) {
		buffer_skip(in, len);
		session_say(s, PEER, SAY_HELLO);
	} else {
		session_abort(s, "a line without end in the place of EHLO");
	}
}

static bool is_renewing(const struct session *s, enum smtp_verb verb)
{
	return s->renews && verb != SMTP_NOOP && verb != SMTP_RSET && verb != SMTP_QUIT;
}

static bool from_client(struct session *s)
{
	struct leg *peer = &s->leg[PEER];
	size_t len = smtp_line(peer->in.data, peer->in.len);
	enum smtp_verb verb;

	if (!len && peer->in.len < BUFFER_MAX)
		return false;
	verb = len ? smtp_verb(peer->in.data, len) : SMTP_OTHER;
	/* Behind STARTTLS comes a TLS record, or a command if it fails. */
	if (s->pendings && s->pending[s->pendings - 1] == SMTP_STARTTLS)
		return false;
	if (s->hello.len)
		return false;
	if (is_renewing(s, verb)) {
		if (s->pendings)
			return false;
		renewed(s, verb, len);
	} else if (is_passing(verb)) {
		if (!session_expect(s, verb))
			return false;
		session_pass(peer, len);
	} else if (s->pendings && (verb == SMTP_XCRYPT || required(s))) {
		/* Our own answer has to wait for those before it. */
		return false;
	} else if (verb == SMTP_XCRYPT) {
		xcrypt(s, len);
	} else {
		other(s, len);
	}
	return !s->closing && s->phase == PHASE_DIALOGUE;
}

/* A line waits for room behind it only while what was passed on is not yet written. */
static bool room(const struct session *s, enum side side)
{
	return s->leg[side].out.len <= BUFFER_MAX / 4;
}

void inbound_dialogue(struct session *s)
{
	bool more = true;

	while (more && s->phase == PHASE_DIALOGUE) {
		more = room(s, PEER) && from_mta(s);
		if (!s->closing && s->phase == PHASE_DIALOGUE && room(s, MTA))
			more = (s->leg[PEER].in.len && from_client(s)) || more;
	}
}

void inbound_exchanged(struct session *s)
{
	switch (s->outcome.outcome_class) {
	case XCRYPT_CLASS_ENCRYPTED:
		if (session_is_v3(s))
			s->renews = true;
		else
			session_settle(s, GW_PLAIN_FAILED);
		break;
	case XCRYPT_CLASS_NONE:
		s->own_fault = true;
		session_say(s, PEER, SAY_FAIL);
		break;
	case XCRYPT_CLASS_ANSWERED:
		break;
	default:
		session_abort(s, "the exchange broke off");
	}
}
