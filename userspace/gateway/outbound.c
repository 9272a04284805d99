// SPDX-License-Identifier: GPL-2.0
/*
 * Outbound: the MTA, whose connection nftables led to us, and the server that it wanted. The
 * exchange is run before the MTA sees the reply to its EHLO; or, where the server offers STARTTLS
 * and that goes first, when the MTA's next command shows that it does not use it.
 */
#include "outbound.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dialogue.h"
#include "net.h"

#define SAY_REQUIRED	"421 4.7.0 encryption is required for this host, and XCRYPT "

static const char not_offered[] = SAY_REQUIRED "is not offered\r\n";
static const char failed[] = SAY_REQUIRED "failed: see the log of xcryptd\r\n";
static const char changed[] =
	"421 4.7.0 what the server offers is not what it had offered in the clear\r\n";
static const char unspoken[] = SAY_REQUIRED "needs EHLO\r\n";

void outbound_connect(struct session *s)
{
	const struct xc_destination to = { &s->peer.addr, "", "" };
	struct endpoint here, from;
	int mta = s->leg[MTA].source.fd, err, fd;

	err = s->anew ? 0 : net_original(mta, &s->peer);
	if (err) {
		session_abort(s, "not redirected: this port is for nftables alone");
		return;
	}
	s->policy = xc_policy_find(&s->gw->conf->policy, &to, XC_POLICY_OPPORTUNISTIC);
	/* The server is to see the address that the MTA chose. */
	err = net_ends(mta, &here, &from);
	fd = err ? err : net_connect(&from, &s->peer, s->gw->conf->mark);
	if (fd < 0) {
		s->gw->counts[GW_OUT].unreachable++;
		session_abort(s, "cannot connect");
		return;
	}
	s->local = from;
	session_leg(s, PEER, fd);
	session_expect(s, SMTP_NOOP);
}

static bool required(const struct session *s)
{
	return s->policy == XC_POLICY_REQUIRE && !s->secured;
}

/* --- the reply to EHLO --- */

/* What the MTA may see of it, now or when the exchange has ended. */
static void deliver(struct session *s)
{
	if (s->reply.len && !buffer_put(&s->leg[MTA].out, s->reply.data, s->reply.len))
		session_abort(s, "out of memory");
	buffer_clear(&s->reply);
	s->delivered = true;
}

static bool has_version(const char *words, char major)
{
	const char *at;

	for (at = strchr(words, '_'); at; at = strchr(at + 1, '_')) {
		if (at[1] == major && at[2] == '.')
			return true;
	}
	return false;
}

/* Does XCRYPT go before a STARTTLS that the server offers as well? */
static bool over_tls(const struct session *s)
{
	enum gw_over_tls rule = s->gw->conf->over_tls;

	return rule == GW_OVER_TLS_ALL || (rule == GW_OVER_TLS_3 && has_version(s->words, '3'));
}

static void without(struct session *s, enum gw_plain why)
{
	if (required(s))
		session_refuse(s, MTA, why == GW_PLAIN_NOT_OFFERED ? not_offered : failed);
	else
		session_settle(s, why);
}

/* The MTA's EHLO, which is said again where version 3 has made the first one void. */
static const char *early(const struct session *s, char text[XCRYPT_EARLY_MAX + 1])
{
	size_t len = s->hello.len;

	if (!len || len > XCRYPT_EARLY_MAX || memchr(s->hello.data, '\0', len))
		return NULL;
	memcpy(text, s->hello.data, len);
	text[len] = '\0';
	return text;
}

static void begin_exchange(struct session *s)
{
	char text[XCRYPT_EARLY_MAX + 1];
	const struct mta_request request = {
		.role = XCRYPT_ROLE_CLIENT, .line = s->words, .len = strlen(s->words),
		.early = early(s, text),
	};
	int err = session_ask(s, &request);

	s->armed = false;
	if (!err)
		return;
	s->own_fault = true;
	if (!required(s))
		deliver(s);
	without(s, GW_PLAIN_ABSENT);
}

/* xcryptd may know this server from other days, and refuse. True: its answer is awaited. */
static bool tell(struct session *s, int flags)
{
	const struct mta_request request = {
		.role = XCRYPT_ROLE_CLIENT, .flags = flags,
		.line = s->words, .len = flags == XCRYPT_H_TLS ? strlen(s->words) : 0,
	};

	return s->policy != XC_POLICY_OFF && !s->tried && !s->anew && !session_ask(s, &request);
}

/* There is no XCRYPT, and the MTA does not use TLS. */
static void unlisted(struct session *s)
{
	if (!required(s) && !s->delivered)
		deliver(s);
	without(s, s->policy == XC_POLICY_OFF ? GW_PLAIN_POLICY :
		   s->anew ? GW_PLAIN_BROKEN : GW_PLAIN_NOT_OFFERED);
}

static void hello_reply(struct session *s, size_t len)
{
	struct buffer *in = &s->leg[PEER].in;
	bool offered = smtp_words(in->data, len, s->words), tls;

	if (!buffer_put(&s->reply, in->data, len)) {
		session_abort(s, "out of memory");
		return;
	}
	buffer_skip(in, len);
	s->reply.len = smtp_remove(s->reply.data, s->reply.len, "XCRYPT");
	tls = smtp_lists(s->reply.data, s->reply.len, "STARTTLS");
	if (s->policy == XC_POLICY_OFF || s->tried)
		offered = false;
	if (offered && (!tls || over_tls(s))) {
		begin_exchange(s);
	} else if (tls) {
		s->armed = true;
		if (!offered)
			s->words[0] = '\0';
		else if (has_version(s->words, '3'))
			buffer_put(&s->clear, s->reply.data, s->reply.len);
		deliver(s);
	} else if (!tell(s, XCRYPT_H_UNLISTED)) {
		unlisted(s);
	}
}

/* --- version 3: nothing that was learned in the clear holds --- */

/* Does the reply say what the MTA was told before? Its STARTTLS was not used, and may be gone. */
static bool is_same(struct buffer *first, struct buffer *second)
{
	first->len = smtp_remove(first->data, first->len, "STARTTLS");
	second->len = smtp_remove(second->data, second->len, "STARTTLS");
	return first->len == second->len && !memcmp(first->data, second->data, first->len);
}

static void renew(struct session *s)
{
	buffer_clear(&s->reply);
	s->renews = true;
	session_expect(s, SMTP_EHLO);
	if (!s->outcome.early_sent &&
	    !buffer_put(&s->leg[PEER].out, s->hello.data, s->hello.len))
		session_abort(s, "out of memory");
}

/* The reply to the other EHLO is the one that the MTA gets; or it had one, which has to be true. */
static void renewed_reply(struct session *s, int code, size_t len)
{
	struct buffer *in = &s->leg[PEER].in;
	bool good = !s->delivered;

	if (!buffer_put(&s->reply, in->data, len)) {
		session_abort(s, "out of memory");
		return;
	}
	buffer_skip(in, len);
	if (code == 250)
		s->reply.len = smtp_remove(s->reply.data, s->reply.len, "XCRYPT");
	if (good)
		deliver(s);
	else
		good = code == 250 && s->clear.len && is_same(&s->clear, &s->reply);
	if (good)
		session_settle(s, GW_PLAIN_FAILED);
	else
		session_refuse(s, MTA, changed);
}

/* --- after an exchange that broke off: the MTA's words once more, on a new connection --- */

/* True if the reply was for us. */
static bool again(struct session *s, int code, enum smtp_verb verb, size_t len)
{
	struct leg *peer = &s->leg[PEER];

	if (!s->anew || !s->hello.len)
		return false;
	if (verb == SMTP_NOOP && code == 220) {
		buffer_skip(&peer->in, len);
		session_expect(s, SMTP_EHLO);
		if (!buffer_put(&peer->out, s->hello.data, s->hello.len))
			session_abort(s, "out of memory");
		return true;
	}
	if (verb == SMTP_EHLO && code == 250) {
		buffer_clear(&s->reply);
		if (!s->delivered && buffer_put(&s->reply, peer->in.data, len)) {
			s->reply.len = smtp_remove(s->reply.data, s->reply.len, "XCRYPT");
			deliver(s);
		}
		buffer_skip(&peer->in, len);
		session_settle(s, GW_PLAIN_BROKEN);
		return true;
	}
	session_abort(s, "refused at the second connection");
	return true;
}

/* --- from the server --- */

static bool from_server(struct session *s)
{
	struct leg *peer = &s->leg[PEER];
	enum smtp_verb verb;
	size_t len;
	int code;

	len = peer->in.len ? session_reply(&peer->in, &code) : 0;
	if (!len && peer->in.len < BUFFER_MAX)
		return false;
	if (!len || code < 0 || !s->pendings) {
		if (required(s))
			session_refuse(s, MTA, unspoken);
		else
			session_settle(s, GW_PLAIN_SPOKE);
		return false;
	}
	verb = session_answered(s);
	if (again(s, code, verb, len)) {
		/* Dealt with. */
	} else if (s->renews) {
		renewed_reply(s, code, len);
	} else if (verb == SMTP_EHLO && code == 250) {
		hello_reply(s, len);
	} else {
		session_pass(peer, len);
		if (verb == SMTP_STARTTLS && code == 220) {
			s->secured = true;
			s->plain = GW_PLAIN_TLS;
			session_settle(s, GW_PLAIN_TLS);
		}
	}
	return !s->closing && s->phase == PHASE_DIALOGUE;
}

/* --- from the MTA --- */

static bool remember(struct session *s, size_t len)
{
	buffer_clear(&s->hello);
	s->delivered = false;
	return buffer_put(&s->hello, s->leg[MTA].in.data, len);
}

/* The MTA does not use the STARTTLS that it saw. Its command waits. */
static void unused_tls(struct session *s)
{
	if (s->words[0])
		begin_exchange(s);
	else if (!tell(s, XCRYPT_H_UNLISTED))
		unlisted(s);
}

/* TLS in the place of XCRYPT. */
static bool used_tls(struct session *s)
{
	if (!s->told && tell(s, XCRYPT_H_TLS))
		return false;
	session_expect(s, SMTP_STARTTLS);
	return true;
}

static bool from_mta(struct session *s)
{
	struct leg *mta = &s->leg[MTA];
	size_t len = smtp_line(mta->in.data, mta->in.len);
	enum smtp_verb verb;

	if (!len && mta->in.len < BUFFER_MAX)
		return false;
	verb = len ? smtp_verb(mta->in.data, len) : SMTP_OTHER;
	/* Not before the server has answered: the reply decides what becomes of the rest. */
	if (s->pendings && verb != SMTP_EHLO)
		return false;
	switch (verb) {
	case SMTP_EHLO:
		if (!remember(s, len) || !session_expect(s, verb))
			session_abort(s, "out of memory");
		else
			session_pass(mta, len);
		break;
	case SMTP_STARTTLS:
		if (used_tls(s))
			session_pass(mta, len);
		break;
	case SMTP_NOOP:
	case SMTP_RSET:
	case SMTP_QUIT:
		session_expect(s, verb);
		session_pass(mta, len);
		break;
	default:
		if (s->armed)
			unused_tls(s);
		else if (required(s))
			session_refuse(s, MTA, unspoken);
		else
			session_settle(s, GW_PLAIN_SPOKE);
	}
	return !s->closing && s->phase == PHASE_DIALOGUE;
}

static bool room(const struct session *s, enum side side)
{
	return s->leg[side].out.len <= BUFFER_MAX / 4;
}

void outbound_dialogue(struct session *s)
{
	bool more = true;

	while (more && s->phase == PHASE_DIALOGUE) {
		more = room(s, MTA) && from_server(s);
		if (!s->closing && s->phase == PHASE_DIALOGUE && room(s, PEER))
			more = (s->leg[MTA].in.len && from_mta(s)) || more;
	}
}

/* Once more to the peer, without XCRYPT. */
static void connect_anew(struct session *s)
{
	session_leg_close(s, PEER, false);
	s->anew = true;
	s->attached = false;
	s->pendings = 0;
	s->phase = PHASE_CONNECT;
	outbound_connect(s);
}

/* The daemon's words, for the MTA's queue. */
static void refuse(struct session *s)
{
	char text[sizeof("421 4.7.0 \r\n") + XCRYPT_TEXT_MAX];
	size_t i;

	s->outcome.text[XCRYPT_TEXT_MAX - 1] = '\0';
	if (!s->outcome.text[0]) {
		session_refuse(s, MTA, failed);
		return;
	}
	for (i = 0; s->outcome.text[i]; i++) {
		if (s->outcome.text[i] < ' ' || s->outcome.text[i] > '~')
			s->outcome.text[i] = '?';
	}
	snprintf(text, sizeof(text), "421 4.7.0 %s\r\n", s->outcome.text);
	session_refuse(s, MTA, text);
}

/* xcryptd has heard that there is no exchange. */
static void was_told(struct session *s)
{
	bool tls = s->asked == XCRYPT_H_TLS;

	s->asked = 0;
	if (s->outcome.error == EACCES)
		refuse(s);
	else if (tls)
		s->told = true;
	else
		unlisted(s);
}

void outbound_exchanged(struct session *s)
{
	bool closed = s->outcome.outcome_class == XCRYPT_CLASS_CLOSED;

	if (s->asked) {
		was_told(s);
		return;
	}
	/* xcryptd's own policy may require what ours leaves open. */
	if (closed && s->outcome.error == EACCES)
		s->policy = XC_POLICY_REQUIRE;
	if (session_is_v3(s)) {
		renew(s);
	} else if (s->secured) {
		deliver(s);
		session_settle(s, GW_PLAIN_FAILED);
	} else if (required(s)) {
		refuse(s);
	} else if (closed) {
		connect_anew(s);
	} else {
		deliver(s);
		session_settle(s, GW_PLAIN_FAILED);
	}
}
