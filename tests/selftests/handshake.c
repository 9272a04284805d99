// SPDX-License-Identifier: GPL-2.0
/* XCRYPT_HANDSHAKE as the MTA sees it: what it may ask, and what comes of it. */
#include "handshake.h"

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
	BAD(flags, 1, EINVAL),
	BAD(timeout, XCRYPT_TIMEOUT_MAX + 1, EINVAL),
	BAD(line_len, 0, EINVAL),
	BAD(line_len, sizeof(ASK_LINE), EINVAL),
	BAD(line_len, XCRYPT_LINE_MAX + 1, EINVAL),
	BAD(host_len, 1, EINVAL),
	BAD(host_len, XCRYPT_HOST_MAX + 1, EINVAL),
	BAD(reserved, 1, EINVAL),
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
	size_t len;

	memset(line, 'x', sizeof(line));
	line[XCRYPT_LINE_MAX + 1] = 0;
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	len = ask_make(buf, variant->role, line, "", 0);
	EXPECT_ERRNO(EINVAL, setsockopt(self->a, SOL_XCRYPT, XCRYPT_HANDSHAKE, buf, len));
	line[XCRYPT_HOST_MAX + 1] = 0;
	len = ask_make(buf, variant->role, "x", line, 0);
	EXPECT_ERRNO(EINVAL, setsockopt(self->a, SOL_XCRYPT, XCRYPT_HANDSHAKE, buf, len));
	EXPECT_ERRNO(EAGAIN, genl_accept(&self->nl, &self->req));
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
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	EXPECT_ERRNO(EACCES, mta_wait(&self->mta));
}

static char longest_line[XCRYPT_LINE_MAX + 1], longest_host[XCRYPT_HOST_MAX + 1];

static int ask_longest(int fd)
{
	return xc_ask(fd, role, longest_line, longest_host, XCRYPT_TIMEOUT_MAX);
}

TEST_F(handshake, longest_request)
{
	char suites[XCRYPT_SUITES_MAX];

	role = variant->role;
	memset(longest_line, 'l', XCRYPT_LINE_MAX);
	memset(longest_host, 'h', XCRYPT_HOST_MAX);
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, xc_suites(self->a, suites));
	mta_start(&self->mta, &self->nl, self->a, ask_longest);
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	EXPECT_STREQ(longest_line, self->req.line);
	EXPECT_STREQ(longest_host, self->req.host);
	EXPECT_STREQ(SUITES, self->req.offer);
	EXPECT_EQ(XCRYPT_TIMEOUT_MAX, self->req.timeout);
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	EXPECT_ERRNO(EACCES, mta_wait(&self->mta));
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
	EXPECT_EQ(XCRYPT_CLASS_ENCRYPTED, outcome.class);
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

TEST_HARNESS_MAIN
