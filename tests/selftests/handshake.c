// SPDX-License-Identifier: GPL-2.0
/* XCRYPT_HANDSHAKE as the MTA sees it: what it may ask, and what comes of it. */
#include "handshake.h"

#include <linux/net_tstamp.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

TEST_F(handshake, nobody_serves)
{
	char suites[XCRYPT_SUITES_MAX];

	EXPECT_ERRNO(ESRCH, xc_ask_client(self->a));
	EXPECT_EQ(XCRYPT_CLASS_NONE, xc_class(self->a, ESRCH));
	EXPECT_ERRNO(ESRCH, xc_suites(self->a, suites));
	EXPECT_TRUE(carries_both(self->a, self->b));
}

TEST_F(handshake, no_outcome_before)
{
	struct xcrypt_outcome outcome, none = { .version = XCRYPT_VERSION };

	ASSERT_EQ(0, xc_outcome(self->a, &outcome));
	EXPECT_EQ(0, memcmp(&outcome, &none, sizeof(none)));
}

TEST_F(handshake, before_attach)
{
	int fd[2];

	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, pair_open(variant->family, fd));
	EXPECT_ERRNO(ENOPROTOOPT, xc_ask_client(fd[0]));
	EXPECT_TRUE(carries_both(fd[0], fd[1]));
}

struct bad_ask {
	size_t at;
	size_t size;
	__u32 value;
	int err;
};

#define BAD(field, bad, errno_) {					\
	.at = offsetof(struct xcrypt_handshake, field),			\
	.size = sizeof(((struct xcrypt_handshake *)0)->field),		\
	.value = bad, .err = errno_,					\
}

static const struct bad_ask bad_asks[] = {
	BAD(version, 0, EPROTONOSUPPORT),
	BAD(version, XCRYPT_VERSION + 1, EPROTONOSUPPORT),
	BAD(role, 0, EINVAL),
	BAD(role, 3, EINVAL),
	BAD(flags, 8, EINVAL),
	BAD(flags, 0x80 | XCRYPT_H_TLS, EINVAL),
	BAD(flags, XCRYPT_H_UNLISTED, EINVAL),	/* with a line */
	BAD(timeout, XCRYPT_TIMEOUT_MAX + 1, EINVAL),
	BAD(line_len, 0, EINVAL),
	BAD(line_len, sizeof(ASK_LINE), EINVAL),
	BAD(line_len, XCRYPT_LINE_MAX + 1, EINVAL),
	BAD(host_len, 1, EINVAL),
	BAD(host_len, XCRYPT_HOST_MAX + 1, EINVAL),
	BAD(domain_len, 1, EINVAL),
	BAD(domain_len, XCRYPT_DOMAIN_MAX + 1, EINVAL),
	BAD(early_len, 1, EINVAL),
	BAD(early_len, XCRYPT_EARLY_MAX + 1, EINVAL),
};

TEST_F(handshake, bad_fields)
{
	char buf[ASK_SIZE];

	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	for (int i = 0; i < ARRAY_SIZE(bad_asks); i++) {
		const struct bad_ask *bad = &bad_asks[i];
		size_t len = ask_make(buf, variant->role, ASK_LINE, "", 0);

		memcpy(buf + bad->at, &bad->value, bad->size);
		EXPECT_EQ(-1, setsockopt(self->a, SOL_XCRYPT, XCRYPT_HANDSHAKE, buf, len));
		EXPECT_EQ(bad->err, errno) TH_LOG("line %d of the table", i);
	}
	EXPECT_ERRNO(EAGAIN, genl_accept(&self->nl, &self->req));
	EXPECT_TRUE(carries_both(self->a, self->b));
}

/* Lengths that agree with each other, but are more than allowed. */
TEST_F(handshake, too_long)
{
	char line[XCRYPT_LINE_MAX + 2], buf[2 * ASK_SIZE];
	struct ask_more more = { 0, line, "" };
	size_t len;

	memset(line, 'x', sizeof(line));
	line[XCRYPT_LINE_MAX + 1] = 0;
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	len = ask_make(buf, variant->role, line, "", 0);
	EXPECT_ERRNO(EINVAL, setsockopt(self->a, SOL_XCRYPT, XCRYPT_HANDSHAKE, buf, len));
	line[XCRYPT_HOST_MAX + 1] = 0;
	len = ask_make(buf, variant->role, "x", line, 0);
	EXPECT_ERRNO(EINVAL, setsockopt(self->a, SOL_XCRYPT, XCRYPT_HANDSHAKE, buf, len));
	line[XCRYPT_DOMAIN_MAX + 1] = 0;
	len = ask_make_more(buf, XCRYPT_ROLE_CLIENT, "x", "", &more);
	EXPECT_ERRNO(EINVAL, setsockopt(self->a, SOL_XCRYPT, XCRYPT_HANDSHAKE, buf, len));
	memset(line, 'x', sizeof(line));
	line[XCRYPT_EARLY_MAX + 1] = 0;
	more = (struct ask_more) { 0, "", line };
	len = ask_make_more(buf, XCRYPT_ROLE_CLIENT, "x", "", &more);
	EXPECT_ERRNO(EINVAL, setsockopt(self->a, SOL_XCRYPT, XCRYPT_HANDSHAKE, buf, len));
	EXPECT_ERRNO(EAGAIN, genl_accept(&self->nl, &self->req));
}

static const struct {
	int role;
	const char *line;
	struct ask_more more;
} bad_mores[] = {
	/* Nothing is exchanged: so there is nothing to be sent early. */
	{ XCRYPT_ROLE_CLIENT, "", { XCRYPT_H_UNLISTED, "", "EHLO a\r\n" } },
	{ XCRYPT_ROLE_CLIENT, ASK_LINE, { XCRYPT_H_TLS, "", "EHLO a\r\n" } },
	{ XCRYPT_ROLE_CLIENT, ASK_LINE, { XCRYPT_H_UNLISTED, "", "" } },
	{ XCRYPT_ROLE_CLIENT, ASK_LINE, { XCRYPT_H_UNLISTED | XCRYPT_H_TLS, "", "" } },
	{ XCRYPT_ROLE_CLIENT, "", { 0, "example.org", "" } },
	{ XCRYPT_ROLE_CLIENT, "", { XCRYPT_H_VERIFY, "", "" } },
	/* All of it is the client's. */
	{ XCRYPT_ROLE_SERVER, "", { XCRYPT_H_UNLISTED, "", "" } },
	{ XCRYPT_ROLE_SERVER, ASK_LINE, { XCRYPT_H_TLS, "", "" } },
	{ XCRYPT_ROLE_SERVER, ASK_LINE, { XCRYPT_H_VERIFY, "", "" } },
	{ XCRYPT_ROLE_SERVER, ASK_LINE, { 0, "example.org", "" } },
	{ XCRYPT_ROLE_SERVER, ASK_LINE, { 0, "", "EHLO a\r\n" } },
};

TEST_F(handshake, what_does_not_go_together)
{
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	for (int i = 0; i < ARRAY_SIZE(bad_mores); i++) {
		EXPECT_EQ(-1, xc_ask_more(self->a, bad_mores[i].role, bad_mores[i].line, "mx",
					  &bad_mores[i].more));
		EXPECT_EQ(EINVAL, errno) TH_LOG("line %d of the table", i);
	}
	EXPECT_ERRNO(EAGAIN, genl_accept(&self->nl, &self->req));
	EXPECT_TRUE(carries_both(self->a, self->b));
}

TEST_F(handshake, bad_option_length)
{
	char buf[2 * ASK_SIZE];
	size_t len = ask_make(buf, variant->role, ASK_LINE, "host", 0);
	const size_t bad[] = {
		0, 1, sizeof(struct xcrypt_handshake) - 1, sizeof(struct xcrypt_handshake),
		len - 1, len + 1, ASK_SIZE, ASK_SIZE + 1, sizeof(buf),
	};

	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	for (int i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_ERRNO(EINVAL, setsockopt(self->a, SOL_XCRYPT, XCRYPT_HANDSHAKE, buf,
						bad[i]));
	EXPECT_ERRNO(EAGAIN, genl_accept(&self->nl, &self->req));
}

TEST_F(handshake, bad_pointer)
{
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	EXPECT_ERRNO(EFAULT, setsockopt(self->a, SOL_XCRYPT, XCRYPT_HANDSHAKE, (void *)8, 100));
	EXPECT_ERRNO(EAGAIN, genl_accept(&self->nl, &self->req));
	EXPECT_TRUE(carries_both(self->a, self->b));
}

TEST_F(handshake, outcome_lengths)
{
	struct xcrypt_outcome outcome;
	socklen_t len = 8;

	EXPECT_ERRNO(ESRCH, xc_ask_client(self->a));
	EXPECT_EQ(0, getsockopt(self->a, SOL_XCRYPT, XCRYPT_HANDSHAKE, &outcome, &len));
	EXPECT_EQ(8, len);
	EXPECT_EQ(ESRCH, outcome.error);
	len = 7;
	EXPECT_ERRNO(EINVAL, getsockopt(self->a, SOL_XCRYPT, XCRYPT_HANDSHAKE, &outcome, &len));
	len = sizeof(outcome) + 100;
	EXPECT_ERRNO(EFAULT, getsockopt(self->a, SOL_XCRYPT, XCRYPT_HANDSHAKE, (void *)8, &len));
}

TEST_F(handshake, with_one_key)
{
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, install(self->a, self->b, true, false));
	EXPECT_ERRNO(EBUSY, xc_ask_client(self->a));
	EXPECT_ERRNO(EBUSY, xc_ask_client(self->b));
	EXPECT_TRUE(carries_both(self->a, self->b));
}

TEST_F(handshake, connection_not_open)
{
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, shutdown(self->a, SHUT_WR));
	EXPECT_ERRNO(ENOTCONN, xc_ask_client(self->a));
	close_reset(self->b);
	EXPECT_NE(0, poll_for(self->a, 0, 10000) & POLLERR);
	EXPECT_ERRNO(ENOTCONN, xc_ask_client(self->a));
}

static int ask_as_1000(int fd)
{
	if (setresuid(1000, 1000, 1000))
		return -1;
	return xc_ask(fd, role, "a line\r\n", "mx.example.org", 12345);
}

TEST_F(handshake, request_is_passed_on)
{
	role = variant->role;
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	mta_start(&self->mta, &self->nl, self->a, ask_as_1000);
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	EXPECT_EQ(variant->role, self->req.role);
	EXPECT_EQ(1000, self->req.uid);
	EXPECT_EQ(12345, self->req.timeout);
	EXPECT_EQ(8, self->req.line_len);
	EXPECT_STREQ("a line\r\n", self->req.line);
	EXPECT_EQ(14, self->req.host_len);
	EXPECT_STREQ("mx.example.org", self->req.host);
	EXPECT_STREQ("", self->req.offer);
	EXPECT_EQ(0, self->req.flags);
	EXPECT_EQ(-1, self->req.domain_len);
	EXPECT_EQ(-1, self->req.early_len);
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	EXPECT_ERRNO(EACCES, mta_wait(&self->mta));
}

/* What a client may say besides, each part alone and where it has to be. */
static const struct {
	const char *line;
	struct ask_more more;
} mores[] = {
	{ ASK_LINE, { 0, "example.org", "" } },
	{ ASK_LINE, { 0, "", "EHLO a\r\n" } },
	{ ASK_LINE, { 0, "example.org", "EHLO a\r\n" } },
	{ "", { XCRYPT_H_UNLISTED, "example.org", "" } },
	{ "", { XCRYPT_H_TLS, "", "" } },
	{ "", { XCRYPT_H_UNLISTED | XCRYPT_H_TLS, "", "" } },
	{ ASK_LINE, { XCRYPT_H_TLS, "example.org", "" } },
	{ ASK_LINE, { XCRYPT_H_VERIFY, "example.org", "EHLO a\r\n" } },
	{ "", { XCRYPT_H_VERIFY | XCRYPT_H_UNLISTED, "", "" } },
};

static int asked_more;

static int ask_one_of_mores(int fd)
{
	return xc_ask_more(fd, XCRYPT_ROLE_CLIENT, mores[asked_more].line, "mx",
			   &mores[asked_more].more);
}

TEST_F(handshake, more_is_passed_on)
{
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	for (int i = 0; i < ARRAY_SIZE(mores); i++) {
		asked_more = i;
		mta_start(&self->mta, &self->nl, self->a, ask_one_of_mores);
		ASSERT_EQ(0, genl_next(&self->nl, &self->req)) TH_LOG("line %d", i);
		EXPECT_EQ(mores[i].more.flags, self->req.flags);
		EXPECT_STREQ(mores[i].line, self->req.line);
		EXPECT_STREQ("mx", self->req.host);
		EXPECT_STREQ(mores[i].more.domain, self->req.domain);
		EXPECT_STREQ(mores[i].more.early, self->req.early);
		close(self->req.fd);
		EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EOPNOTSUPP));
		EXPECT_ERRNO(EOPNOTSUPP, mta_wait(&self->mta));
		EXPECT_EQ(XCRYPT_CLASS_NONE, xc_class(self->a, EOPNOTSUPP));
	}
	EXPECT_TRUE(carries_both(self->a, self->b));
}

static char longest_line[XCRYPT_LINE_MAX + 1], longest_host[XCRYPT_HOST_MAX + 1];
static char longest_domain[XCRYPT_DOMAIN_MAX + 1], longest_early[XCRYPT_EARLY_MAX + 1];

static int ask_longest(int fd)
{
	const struct ask_more more = { 0, longest_domain, longest_early };
	char buf[ASK_SIZE];
	size_t len = ask_make_more(buf, role, longest_line, longest_host, &more);

	((struct xcrypt_handshake *)buf)->timeout = XCRYPT_TIMEOUT_MAX;
	return setsockopt(fd, SOL_XCRYPT, XCRYPT_HANDSHAKE, buf, len);
}

TEST_F(handshake, longest_request)
{
	char suites[XCRYPT_SUITES_MAX];

	role = variant->role;
	memset(longest_line, 'l', XCRYPT_LINE_MAX);
	memset(longest_host, 'h', XCRYPT_HOST_MAX);
	if (role == XCRYPT_ROLE_CLIENT) {
		memset(longest_domain, 'd', XCRYPT_DOMAIN_MAX);
		memset(longest_early, 'e', XCRYPT_EARLY_MAX);
	}
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, xc_suites(self->a, suites));
	mta_start(&self->mta, &self->nl, self->a, ask_longest);
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	EXPECT_STREQ(longest_line, self->req.line);
	EXPECT_STREQ(longest_host, self->req.host);
	EXPECT_STREQ(longest_domain, self->req.domain);
	EXPECT_STREQ(longest_early, self->req.early);
	EXPECT_STREQ(SUITES, self->req.offer);
	EXPECT_EQ(30000, self->req.timeout);	/* no longer than whoever serves allows */
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	EXPECT_ERRNO(EACCES, mta_wait(&self->mta));
}

/* A socket's own address, an IPv4 one mapped into @addr; the port is at the same place. */
static int address_of(int fd, struct sockaddr_in6 *sa, struct in6_addr *addr)
{
	socklen_t len = sizeof(*sa);

	memset(sa, 0, sizeof(*sa));
	if (getsockname(fd, (struct sockaddr *)sa, &len))
		return -1;
	*addr = sa->sin6_addr;
	if (sa->sin6_family == AF_INET) {
		inet_pton(AF_INET6, "::ffff:0.0.0.0", addr);
		memcpy(&addr->s6_addr[12], &((struct sockaddr_in *)sa)->sin_addr, 4);
	}
	return 0;
}

TEST_F(handshake, descriptor_of_the_very_socket)
{
	struct stat mine, its;

	ASSERT_EQ(0, begin(self, variant->role));
	EXPECT_NE(self->a, self->req.fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->req.fd, F_GETFD));
	ASSERT_EQ(0, fstat(self->a, &mine));
	ASSERT_EQ(0, fstat(self->req.fd, &its));
	EXPECT_EQ(mine.st_ino, its.st_ino);
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	EXPECT_ERRNO(EACCES, mta_wait(&self->mta));
	/* The file is the same, too: its flags are. */
	ASSERT_EQ(0, set_nonblock(self->a));
	EXPECT_NE(0, fcntl(self->req.fd, F_GETFL) & O_NONBLOCK);
}

/* Asking the socket, the daemon would wait for its lock. */
TEST_F(handshake, addresses)
{
	struct sockaddr_in6 peer, local;
	struct in6_addr addr;

	ASSERT_EQ(0, begin(self, variant->role));
	ASSERT_EQ(0, address_of(self->b, &peer, &addr));
	EXPECT_EQ(0, memcmp(&addr, &self->req.peer, sizeof(addr)));
	EXPECT_EQ(ntohs(peer.sin6_port), self->req.peer_port);
	ASSERT_EQ(0, address_of(self->a, &local, &addr));
	EXPECT_EQ(0, memcmp(&addr, &self->req.local, sizeof(addr)));
	EXPECT_EQ(ntohs(local.sin6_port), self->req.local_port);
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	EXPECT_ERRNO(EACCES, mta_wait(&self->mta));
}

static int done_encrypted(FIXTURE_DATA(handshake) *self, const char *suite, const __u8 *session)
{
	struct genl_msg msg;

	genl_begin(&msg, &self->nl, XCRYPT_CMD_DONE);
	genl_put_u32(&msg, XCRYPT_A_ID, self->req.id);
	genl_put_u8(&msg, XCRYPT_A_CLASS, XCRYPT_CLASS_ENCRYPTED);
	genl_put_u32(&msg, XCRYPT_A_ERROR, 0);
	genl_put_string(&msg, XCRYPT_A_SUITE, suite);
	genl_put(&msg, XCRYPT_A_SESSION, session, XCRYPT_SESSION_LEN);
	genl_put_u8(&msg, XCRYPT_A_CACHE_HIT, 1);
	return genl_call(&self->nl, &msg);
}

TEST_F(handshake, encrypts)
{
	struct xcrypt_outcome outcome;
	struct xcrypt_info info;

	ASSERT_EQ(0, begin(self, variant->role));
	EXPECT_EQ(0, write_line(self->req.fd));
	EXPECT_EQ(0, read_line(self->b));
	EXPECT_EQ(0, write_line(self->b));
	EXPECT_EQ(0, read_line(self->req.fd));
	ASSERT_EQ(0, install(self->req.fd, self->b, true, true));
	ASSERT_EQ(0, xc_get(self->a, XCRYPT_TX, &info));
	ASSERT_EQ(0, done_encrypted(self, "t32-of-twenty-three-oct", info.session));
	EXPECT_EQ(0, mta_wait(&self->mta));
	close(self->req.fd);

	ASSERT_EQ(0, xc_outcome(self->a, &outcome));
	EXPECT_EQ(XCRYPT_STATE_ENDED, outcome.state);
	EXPECT_EQ(XCRYPT_CLASS_ENCRYPTED, outcome.outcome_class);
	EXPECT_EQ(0, outcome.error);
	EXPECT_EQ(1, outcome.cache_hit);
	EXPECT_STREQ("t32-of-twenty-three-oct", outcome.suite);
	EXPECT_EQ(0, memcmp(info.session, outcome.session, XCRYPT_SESSION_LEN));

	EXPECT_TRUE(carries_both(self->a, self->b));
	EXPECT_EQ(1000, xc_octets(self->a, XCRYPT_TX));
	EXPECT_EQ(1000, xc_octets(self->a, XCRYPT_RX));
	EXPECT_ERRNO(EBUSY, xc_ask_client(self->a));
	EXPECT_ERRNO(ENOENT, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	EXPECT_TRUE(carries_both(self->a, self->b));
}

/* DONE with EARLY_SENT, and TEXT if there is any. */
static int done_with(FIXTURE_DATA(handshake) *self, int class, int error, int early,
		     const char *text)
{
	struct genl_msg msg;

	genl_begin(&msg, &self->nl, XCRYPT_CMD_DONE);
	genl_put_u32(&msg, XCRYPT_A_ID, self->req.id);
	genl_put_u8(&msg, XCRYPT_A_CLASS, class);
	genl_put_u32(&msg, XCRYPT_A_ERROR, error);
	genl_put_u8(&msg, XCRYPT_A_EARLY_SENT, early);
	if (text)
		genl_put_string(&msg, XCRYPT_A_TEXT, text);
	return genl_call(&self->nl, &msg);
}

/* The text of the last outcome, NULL if there is no outcome. */
static const char *text_of(int fd)
{
	static struct xcrypt_outcome outcome;

	return xc_outcome(fd, &outcome) ? NULL : outcome.text;
}

TEST_F(handshake, early_sent)
{
	struct xcrypt_outcome outcome;

	ASSERT_EQ(0, begin(self, variant->role));
	EXPECT_ERRNO(ERANGE, done_with(self, XCRYPT_CLASS_ENCRYPTED, 0, 2, NULL));
	ASSERT_EQ(0, install(self->req.fd, self->b, true, true));
	ASSERT_EQ(0, done_with(self, XCRYPT_CLASS_ENCRYPTED, 0, 1, "for nobody"));
	EXPECT_EQ(0, mta_wait(&self->mta));
	ASSERT_EQ(0, xc_outcome(self->a, &outcome));
	EXPECT_EQ(1, outcome.early_sent);
	EXPECT_EQ(0, outcome.cache_hit);
	EXPECT_STREQ("", outcome.text);
}

/* A server's socket has no place for it. */
TEST_F(handshake, refused_in_words)
{
	const char *words = variant->role == XCRYPT_ROLE_CLIENT ? "not who it was" : "";

	ASSERT_EQ(0, begin(self, variant->role));
	ASSERT_EQ(0, done_with(self, XCRYPT_CLASS_CLOSED, EACCES, 0, "not who it was"));
	EXPECT_ERRNO(EACCES, mta_wait(&self->mta));
	EXPECT_STREQ(words, text_of(self->a));
	EXPECT_CLOSED(self, EACCES);
}

TEST_F(handshake, words_of_the_longest)
{
	char text[XCRYPT_TEXT_MAX + 1];

	memset(text, 't', sizeof(text));
	text[XCRYPT_TEXT_MAX] = 0;
	ASSERT_EQ(0, begin(self, XCRYPT_ROLE_CLIENT));
	EXPECT_ERRNO(EINVAL, done_with(self, XCRYPT_CLASS_NONE, EACCES, 0, text));
	text[XCRYPT_TEXT_MAX - 1] = 0;
	ASSERT_EQ(0, done_with(self, XCRYPT_CLASS_NONE, EACCES, 0, text));
	EXPECT_ERRNO(EACCES, mta_wait(&self->mta));
	EXPECT_STREQ(text, text_of(self->a));
}

/* Each outcome has its own words, or none. */
TEST_F(handshake, words_are_of_the_last)
{
	char suites[XCRYPT_SUITES_MAX];

	ASSERT_EQ(0, begin(self, XCRYPT_ROLE_CLIENT));
	ASSERT_EQ(0, done_with(self, XCRYPT_CLASS_NONE, EACCES, 0, "one"));
	EXPECT_ERRNO(EACCES, mta_wait(&self->mta));
	close(self->req.fd);
	EXPECT_STREQ("one", text_of(self->a));
	/* A list does not take their place, nor they that of a list. */
	EXPECT_EQ(0, xc_suites(self->a, suites));
	EXPECT_STREQ(SUITES, suites);
	EXPECT_STREQ("one", text_of(self->a));

	ASSERT_EQ(0, begin(self, XCRYPT_ROLE_CLIENT));
	EXPECT_STREQ("", self->req.offer);
	EXPECT_STREQ("", text_of(self->a));
	ASSERT_EQ(0, done_with(self, XCRYPT_CLASS_ANSWERED, ECONNREFUSED, 0, "two"));
	EXPECT_ERRNO(ECONNREFUSED, mta_wait(&self->mta));
	close(self->req.fd);
	EXPECT_STREQ("two", text_of(self->a));

	ASSERT_EQ(0, begin(self, XCRYPT_ROLE_CLIENT));
	ASSERT_EQ(0, done_with(self, XCRYPT_CLASS_NONE, EACCES, 0, NULL));
	EXPECT_ERRNO(EACCES, mta_wait(&self->mta));
	EXPECT_STREQ("", text_of(self->a));

	genl_close(&self->nl);
	EXPECT_ERRNO(ESRCH, xc_ask_client(self->a));
	EXPECT_STREQ("", text_of(self->a));
}

/* A program of before there were any reads as much as it has room for. */
TEST_F(handshake, words_beyond_the_room)
{
	struct xcrypt_outcome outcome;
	socklen_t len = offsetof(struct xcrypt_outcome, text);

	ASSERT_EQ(0, begin(self, XCRYPT_ROLE_CLIENT));
	ASSERT_EQ(0, done_with(self, XCRYPT_CLASS_NONE, EACCES, 0, "words"));
	EXPECT_ERRNO(EACCES, mta_wait(&self->mta));
	memset(&outcome, 'x', sizeof(outcome));
	EXPECT_EQ(0, getsockopt(self->a, SOL_XCRYPT, XCRYPT_HANDSHAKE, &outcome, &len));
	EXPECT_EQ(56, len);
	EXPECT_EQ(EACCES, outcome.error);
	EXPECT_EQ('x', outcome.text[0]);
	len += 3;
	EXPECT_EQ(0, getsockopt(self->a, SOL_XCRYPT, XCRYPT_HANDSHAKE, &outcome, &len));
	EXPECT_EQ(0, memcmp("worx", outcome.text, 4));
}

/* What the peer sent behind its last line is the MTA's, decrypted. */
TEST_F(handshake, first_octets_are_the_mtas)
{
	ASSERT_EQ(0, begin(self, variant->role));
	ASSERT_EQ(0, install(self->req.fd, self->b, true, true));
	ASSERT_EQ(1000, pattern_send(self->b, 0, 1000));
	ASSERT_EQ(1000, wait_queued(self->req.fd, 1000));
	ASSERT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_ENCRYPTED, 0));
	EXPECT_EQ(0, mta_wait(&self->mta));
	EXPECT_EQ(1000, pattern_recv(self->a, 0, 1000));
}

TEST_F(handshake, answered_goes_on_in_the_clear)
{
	ASSERT_EQ(0, begin(self, variant->role));
	EXPECT_EQ(0, write_line(self->req.fd));
	EXPECT_EQ(0, read_line(self->b));
	ASSERT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_ANSWERED, ECONNREFUSED));
	EXPECT_ERRNO(ECONNREFUSED, mta_wait(&self->mta));
	EXPECT_EQ(XCRYPT_CLASS_ANSWERED, xc_class(self->a, ECONNREFUSED));
	close(self->req.fd);
	EXPECT_TRUE(carries_both(self->a, self->b));
	/* And the next one may succeed. */
	ASSERT_EQ(0, begin(self, variant->role));
	ASSERT_EQ(0, install(self->req.fd, self->b, true, true));
	ASSERT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_ENCRYPTED, 0));
	EXPECT_EQ(0, mta_wait(&self->mta));
	EXPECT_EQ(XCRYPT_CLASS_ENCRYPTED, xc_class(self->a, 0));
	EXPECT_TRUE(carries_both(self->a, self->b));
}

TEST_F(handshake, none_goes_on_in_the_clear)
{
	ASSERT_EQ(0, begin(self, variant->role));
	ASSERT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	EXPECT_ERRNO(EACCES, mta_wait(&self->mta));
	EXPECT_EQ(XCRYPT_CLASS_NONE, xc_class(self->a, EACCES));
	EXPECT_TRUE(carries_both(self->a, self->b));
}

TEST_F(handshake, closed)
{
	ASSERT_EQ(0, begin(self, variant->role));
	ASSERT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_CLOSED, EPROTO));
	EXPECT_ERRNO(EPROTO, mta_wait(&self->mta));
	EXPECT_CLOSED(self, EPROTO);
	EXPECT_NE(0, poll_for(self->a, POLLIN | POLLOUT, 10000) & POLLHUP);
	EXPECT_ERRNO(ECONNABORTED, write(self->req.fd, "x", 1));
}

TEST_F(handshake, encrypted_without_keys_is_closed)
{
	ASSERT_EQ(0, begin(self, variant->role));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_ENCRYPTED, 0));
	EXPECT_ERRNO(EPROTO, mta_wait(&self->mta));
	EXPECT_CLOSED(self, EPROTO);
}

TEST_F(handshake, encrypted_with_one_key_is_closed)
{
	bool tx = variant->role == XCRYPT_ROLE_CLIENT;

	ASSERT_EQ(0, begin(self, variant->role));
	ASSERT_EQ(0, install(self->req.fd, self->b, tx, !tx));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_ENCRYPTED, 0));
	EXPECT_ERRNO(EPROTO, mta_wait(&self->mta));
	EXPECT_CLOSED(self, EPROTO);
}

TEST_F(handshake, answered_with_one_key_is_closed)
{
	bool tx = variant->role == XCRYPT_ROLE_CLIENT;

	ASSERT_EQ(0, begin(self, variant->role));
	ASSERT_EQ(0, install(self->req.fd, self->b, tx, !tx));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_ANSWERED, ECONNREFUSED));
	EXPECT_ERRNO(ECONNREFUSED, mta_wait(&self->mta));
	EXPECT_CLOSED(self, ECONNREFUSED);
}

TEST_F(handshake, none_with_both_keys_is_closed)
{
	ASSERT_EQ(0, begin(self, variant->role));
	ASSERT_EQ(0, install(self->req.fd, self->b, true, true));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	EXPECT_ERRNO(EACCES, mta_wait(&self->mta));
	EXPECT_CLOSED(self, EACCES);
}

static int read_now(int fd)
{
	char octet;

	return recv(fd, &octet, 1, MSG_DONTWAIT);
}

static int peek_now(int fd)
{
	char octet;

	return recv(fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT);
}

static int send_file(int fd)
{
	return sendfile(fd, pattern_file(4096, 0), NULL, 4096);
}

static int splice_in(int fd)
{
	int p[2];

	return pipe(p) || write(p[1], "x", 1) != 1 ? 0 : splice(p[0], NULL, fd, NULL, 1, 0);
}

static int splice_out(int fd)
{
	int p[2];

	return pipe(p) ? 0 : splice(fd, NULL, p[1], NULL, 1, SPLICE_F_NONBLOCK);
}

static int set_key(int fd, int direction)
{
	struct xcrypt_key key;

	key_random(&key, "chacha20");
	return xc_set(fd, direction, &key);
}

static int set_tx(int fd)
{
	return set_key(fd, XCRYPT_TX);
}

static int set_rx(int fd)
{
	return set_key(fd, XCRYPT_RX);
}

static const struct {
	const char *name;
	int (*fn)(int fd);
} others_calls[] = {
	{ "write", write_line },
	{ "read", read_now },
	{ "peek", peek_now },
	{ "sendfile", send_file },
	{ "splice in", splice_in },
	{ "splice out", splice_out },
	{ "XCRYPT_TX", set_tx },
	{ "XCRYPT_RX", set_rx },
	{ "XCRYPT_HANDSHAKE", xc_ask_client },
};

TEST_F(handshake, others_are_kept_out)
{
	/* Something to read, that stays for the daemon. */
	ASSERT_EQ(0, write_line(self->b));
	ASSERT_EQ(6, wait_queued(self->a, 6));
	ASSERT_EQ(0, begin(self, variant->role));
	for (int i = 0; i < ARRAY_SIZE(others_calls); i++) {
		EXPECT_EQ(-1, elsewhere(self->a, others_calls[i].fn));
		EXPECT_EQ(EBUSY, errno) TH_LOG("%s", others_calls[i].name);
	}
	EXPECT_EQ(0, read_line(self->req.fd));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_ANSWERED, ECONNREFUSED));
	EXPECT_ERRNO(ECONNREFUSED, mta_wait(&self->mta));
	EXPECT_EQ(0, elsewhere(self->a, write_line));
	EXPECT_EQ(0, read_line(self->b));
	EXPECT_EQ(0, queued(self->b));
}

/* Before it is taken it is nobody's, not even this process', which is not yet its daemon. */
TEST_F(handshake, all_are_kept_out_of_a_waiting_one)
{
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, set_nonblock(self->a));
	ASSERT_EQ(0, write_line(self->b));
	ASSERT_EQ(6, wait_queued(self->a, 6));
	EXPECT_ERRNO(EINPROGRESS, xc_ask_client(self->a));
	for (int i = 0; i < ARRAY_SIZE(others_calls); i++) {
		EXPECT_EQ(-1, others_calls[i].fn(self->a));
		EXPECT_EQ(EBUSY, errno) TH_LOG("%s", others_calls[i].name);
	}
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	EXPECT_EQ(0, read_line(self->a));
}

/* The daemon may all but this: one handshake at a time. */
TEST_F(handshake, daemon_asks_on_the_descriptor)
{
	ASSERT_EQ(0, begin(self, variant->role));
	ASSERT_EQ(0, set_nonblock(self->req.fd));
	EXPECT_ERRNO(EBUSY, xc_ask_client(self->req.fd));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	EXPECT_ERRNO(EACCES, mta_wait(&self->mta));
	EXPECT_ERRNO(EAGAIN, genl_accept(&self->nl, &self->req));
}

/* Octets that the peer calls urgent are octets of the exchange, inline or not. */
TEST_F(handshake, daemon_reads_urgent_octets)
{
	ASSERT_EQ(0, opt_set(self->a, SOL_SOCKET, SO_OOBINLINE, 0));
	ASSERT_EQ(0, begin(self, variant->role));
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(6, send(self->b, "hello\n", 6, MSG_OOB));
		ASSERT_EQ(0, wait_acked(self->b));
		EXPECT_ERRNO(EFAULT, recv(self->req.fd, (void *)8, 6, 0));
		EXPECT_EQ(0, read_line(self->req.fd));
	}
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	EXPECT_ERRNO(EACCES, mta_wait(&self->mta));
	EXPECT_TRUE(carries_both(self->a, self->b));
}

/* With its key, too, it does not wait; and leaves the rest to the MTA. */
TEST_F(handshake, daemon_reads_what_it_can_decrypt)
{
	ASSERT_EQ(0, begin(self, variant->role));
	ASSERT_EQ(0, install(self->req.fd, self->b, true, true));
	EXPECT_ERRNO(EAGAIN, read(self->req.fd, &(char) { 0 }, 1));
	EXPECT_EQ(1000, pattern_send(self->b, 0, 1000));
	ASSERT_EQ(1000, wait_queued(self->req.fd, 1000));
	EXPECT_EQ(100, pattern_recv(self->req.fd, 0, 100));
	ASSERT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_ENCRYPTED, 0));
	EXPECT_EQ(0, mta_wait(&self->mta));
	EXPECT_EQ(900, pattern_recv(self->a, 100, 900));
}

/* Its last word, while the peer goes on. */
TEST_F(handshake, daemon_shuts_down_sending)
{
	char octet;

	ASSERT_EQ(0, begin(self, variant->role));
	EXPECT_ERRNO(EOPNOTSUPP, shutdown(self->req.fd, SHUT_RD));
	EXPECT_ERRNO(EOPNOTSUPP, shutdown(self->req.fd, SHUT_RDWR));
	EXPECT_EQ(0, write_line(self->req.fd));
	EXPECT_EQ(0, shutdown(self->req.fd, SHUT_WR));
	EXPECT_EQ(0, read_line(self->b));
	EXPECT_EQ(0, read(self->b, &octet, 1));
	EXPECT_ERRNO(EPIPE, send(self->req.fd, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(0, write_line(self->b));
	EXPECT_EQ(0, read_line(self->req.fd));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_CLOSED, EPROTO));
	EXPECT_ERRNO(EPROTO, mta_wait(&self->mta));
	EXPECT_CLOSED(self, EPROTO);
}

static ssize_t thread_write(int fd, __u64 pos, size_t len)
{
	(void)pos;
	(void)len;
	return write_line(fd);
}

TEST_F(handshake, threads_of_the_daemon)
{
	struct job job;

	ASSERT_EQ(0, begin(self, variant->role));
	job_start(&job, thread_write, self->req.fd, 0, 0);
	EXPECT_EQ(0, job_join(&job));
	EXPECT_EQ(0, read_line(self->b));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	EXPECT_ERRNO(EACCES, mta_wait(&self->mta));
}

static int poll_nothing(int fd)
{
	errno = ENOMSG;
	return poll_for(fd, POLLIN | POLLOUT | POLLRDHUP, 0) ? -1 : 0;
}

/* Events that the daemon cannot take away would have it look again and again. */
TEST_F(handshake, error_queue_is_the_mtas)
{
	int flags = SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
		    SOF_TIMESTAMPING_OPT_TSONLY;
	struct msghdr msg = {};

	ASSERT_EQ(0, opt_set(self->a, SOL_SOCKET, SO_TIMESTAMPING, flags));
	ASSERT_EQ(0, begin(self, variant->role));
	ASSERT_EQ(0, write_line(self->req.fd));
	ASSERT_EQ(0, read_line(self->b));
	ASSERT_EQ(0, wait_acked(self->req.fd));
	EXPECT_EQ(0, poll_for(self->req.fd, POLLIN, 0));
	EXPECT_EQ(0, elsewhere(self->a, poll_nothing));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_ANSWERED, ECONNREFUSED));
	EXPECT_ERRNO(ECONNREFUSED, mta_wait(&self->mta));
	EXPECT_NE(0, poll_for(self->a, 0, 0) & POLLERR);
	EXPECT_EQ(0, recvmsg(self->a, &msg, MSG_ERRQUEUE)) TH_LOG("%s", strerror(errno));
}

TEST_HARNESS_MAIN
