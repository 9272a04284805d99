// SPDX-License-Identifier: GPL-2.0
/* The generic netlink family as the daemon sees it, what it may get wrong, and its end. */
#include "harness.h"

#include <linux/genetlink.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sys/syscall.h>

#include "ask.h"
#include "genl.h"
#include "netns.h"

#define SUITES "t32 arrsyfor chacha20"

#define ALL_MAX		4096	/* requests in all */
#define RESERVE		512	/* of these for CAP_NET_ADMIN */

FIXTURE(upcall)
{
	int a;
	int b;
	struct genl nl;
	struct genl_request req;
};

FIXTURE_SETUP(upcall)
{
	int fd[2];

	ASSERT_EQ(0, pair_open(AF_INET, fd));
	self->a = fd[0];
	self->b = fd[1];
	ASSERT_EQ(0, xc_attach(self->a));
	ASSERT_EQ(0, xc_attach(self->b));
	ASSERT_EQ(0, genl_open(&self->nl)) TH_LOG("no family: %s", strerror(errno));
}

FIXTURE_TEARDOWN(upcall)
{
	genl_close(&self->nl);
	close(self->a);
	close(self->b);
}

/* A request of this process, which has to see to it that the answer does not matter. */
static int ask_nonblock(int fd)
{
	if (set_nonblock(fd))
		return -1;
	return xc_ask_client(fd) && errno == EINPROGRESS ? 0 : -1;
}

static int begin(FIXTURE_DATA(upcall) *self)
{
	if (genl_serve(&self->nl, SUITES, -1) || ask_nonblock(self->a))
		return -1;
	return genl_next(&self->nl, &self->req);
}

/* SERVE with each attribute if it is not negative or NULL. */
static int serve(struct genl *genl, int min, int max, const char *suites)
{
	struct genl_msg msg;

	genl_begin(&msg, genl, XCRYPT_CMD_SERVE);
	if (min >= 0)
		genl_put_u32(&msg, XCRYPT_A_VERSION_MIN, min);
	if (max >= 0)
		genl_put_u32(&msg, XCRYPT_A_VERSION_MAX, max);
	if (suites)
		genl_put_string(&msg, XCRYPT_A_SUITES, suites);
	return genl_call(genl, &msg);
}

TEST_F(upcall, versions)
{
	char suites[XCRYPT_SUITES_MAX];

	EXPECT_ERRNO(EPROTONOSUPPORT, serve(&self->nl, XCRYPT_UPCALL_VERSION + 1, 9, SUITES));
	EXPECT_ERRNO(EPROTONOSUPPORT, serve(&self->nl, 0, XCRYPT_UPCALL_VERSION - 1, SUITES));
	EXPECT_ERRNO(ESRCH, xc_suites(self->a, suites));
	EXPECT_EQ(0, serve(&self->nl, 0, 7, SUITES));
	EXPECT_EQ(0, xc_suites(self->a, suites));
}

TEST_F(upcall, serve_lacks_something)
{
	EXPECT_ERRNO(EINVAL, serve(&self->nl, -1, 1, SUITES));
	EXPECT_ERRNO(EINVAL, serve(&self->nl, 1, -1, SUITES));
	EXPECT_ERRNO(EINVAL, serve(&self->nl, 1, 1, NULL));
	EXPECT_ERRNO(ESRCH, xc_ask_client(self->a));
}

/* The reserved octets of the header are zero for as long as they have no meaning. */
TEST_F(upcall, reserved_octets)
{
	for (int cmd = XCRYPT_CMD_SERVE; cmd <= XCRYPT_CMD_DONE; cmd++) {
		struct genlmsghdr *head;
		struct genl_msg msg;

		genl_begin(&msg, &self->nl, cmd);
		head = NLMSG_DATA((struct nlmsghdr *)msg.buf);
		head->reserved = 1;
		genl_put_u32(&msg, XCRYPT_A_VERSION_MIN, XCRYPT_UPCALL_VERSION);
		genl_put_u32(&msg, XCRYPT_A_VERSION_MAX, XCRYPT_UPCALL_VERSION);
		genl_put_string(&msg, XCRYPT_A_SUITES, SUITES);
		EXPECT_ERRNO(EINVAL, genl_call(&self->nl, &msg));
	}
	EXPECT_ERRNO(ESRCH, xc_ask_client(self->a));
}

TEST_F(upcall, longest_suites)
{
	char suites[XCRYPT_SUITES_MAX + 2], answer[XCRYPT_SUITES_MAX + 1];
	socklen_t len = sizeof(answer);

	memset(suites, 's', sizeof(suites));
	suites[XCRYPT_SUITES_MAX + 1] = 0;
	EXPECT_ERRNO(EINVAL, genl_serve(&self->nl, suites, -1));
	EXPECT_ERRNO(ESRCH, xc_ask_client(self->a));
	suites[XCRYPT_SUITES_MAX] = 0;
	EXPECT_EQ(0, genl_serve(&self->nl, suites, -1));
	EXPECT_EQ(0, getsockopt(self->a, SOL_XCRYPT, XCRYPT_SUITES, answer, &len));
	EXPECT_EQ(sizeof(answer), len);
	EXPECT_STREQ(suites, answer);
}

TEST_F(upcall, one_serves)
{
	struct genl other;

	ASSERT_EQ(0, genl_open(&other));
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	EXPECT_ERRNO(EBUSY, genl_serve(&other, "other", -1));
	genl_close(&self->nl);
	EXPECT_EQ(0, genl_serve(&other, "other", -1));
	genl_close(&other);
	EXPECT_ERRNO(ESRCH, xc_ask_client(self->a));
}

TEST_F(upcall, serve_again_with_other_suites)
{
	char suites[XCRYPT_SUITES_MAX];

	ASSERT_EQ(0, genl_serve(&self->nl, "one two", -1));
	ASSERT_EQ(0, xc_suites(self->a, suites));
	EXPECT_STREQ("one two", suites);
	ASSERT_EQ(0, genl_serve(&self->nl, "three", -1));
	ASSERT_EQ(0, xc_suites(self->b, suites));
	EXPECT_STREQ("three", suites);
	/* What was offered stays what was offered. */
	ASSERT_EQ(0, xc_suites(self->a, suites));
	EXPECT_STREQ("one two", suites);
	ASSERT_EQ(0, ask_nonblock(self->a));
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	EXPECT_STREQ("one two", self->req.offer);
	ASSERT_EQ(0, ask_nonblock(self->b));
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	EXPECT_STREQ("three", self->req.offer);
}

TEST_F(upcall, suites_outlive_the_daemon)
{
	char suites[XCRYPT_SUITES_MAX];

	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, xc_suites(self->a, suites));
	genl_close(&self->nl);
	EXPECT_EQ(0, xc_suites(self->a, suites));
	EXPECT_STREQ(SUITES, suites);
	EXPECT_ERRNO(ESRCH, xc_suites(self->b, suites));
}

TEST_F(upcall, serves_clients_only)
{
	char suites[XCRYPT_SUITES_MAX];

	ASSERT_EQ(0, genl_serve(&self->nl, "", -1));
	EXPECT_ERRNO(ESRCH, xc_suites(self->a, suites));
	ASSERT_EQ(0, ask_nonblock(self->a));
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	EXPECT_STREQ("", self->req.offer);
}

TEST_F(upcall, suites_buffer)
{
	char suites[8] = "";
	socklen_t len = 3;

	ASSERT_EQ(0, genl_serve(&self->nl, "t32", -1));
	EXPECT_ERRNO(EINVAL, getsockopt(self->a, SOL_XCRYPT, XCRYPT_SUITES, suites, &len));
	len = 4;
	EXPECT_EQ(0, getsockopt(self->a, SOL_XCRYPT, XCRYPT_SUITES, suites, &len));
	EXPECT_EQ(4, len);
	EXPECT_STREQ("t32", suites);
	EXPECT_ERRNO(EFAULT, getsockopt(self->a, SOL_XCRYPT, XCRYPT_SUITES, (void *)8, &len));
}

TEST_F(upcall, without_privilege)
{
	ASSERT_EQ(0, setresuid(65534, 65534, 65534));
	EXPECT_ERRNO(EPERM, genl_serve(&self->nl, SUITES, -1));
	EXPECT_ERRNO(EPERM, genl_accept(&self->nl, &self->req));
	EXPECT_ERRNO(EPERM, genl_done(&self->nl, 1, XCRYPT_CLASS_ENCRYPTED, 0));
	EXPECT_ERRNO(ESRCH, xc_ask_client(self->a));
}

/* Whose user namespace owns the network namespace may serve there. */
TEST_F(upcall, root_of_a_user_namespace)
{
	struct genl nl;
	int fd[2];

	ASSERT_EQ(0, setresuid(65534, 65534, 65534));
	if (unshare(CLONE_NEWUSER))
		SKIP(return, "no user namespaces for users: %s", strerror(errno));
	EXPECT_ERRNO(EPERM, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, netns_enter());
	ASSERT_EQ(0, genl_open(&nl));
	EXPECT_EQ(0, genl_serve(&nl, SUITES, -1));
	ASSERT_EQ(0, pair_open(AF_INET, fd));
	ASSERT_EQ(0, xc_attach(fd[0]));
	ASSERT_EQ(0, ask_nonblock(fd[0]));
	EXPECT_EQ(0, genl_next(&nl, &self->req));
}

TEST_F(upcall, namespaces_are_apart)
{
	struct genl_request other_req;
	struct genl other;
	int fd[2];

	ASSERT_EQ(0, begin(self));
	ASSERT_EQ(0, netns_enter());
	ASSERT_EQ(0, pair_open(AF_INET, fd));
	ASSERT_EQ(0, xc_attach(fd[0]));
	EXPECT_ERRNO(ESRCH, xc_ask_client(fd[0]));
	ASSERT_EQ(0, genl_open(&other));
	EXPECT_EQ(0, genl_serve(&other, "other", -1));
	EXPECT_ERRNO(ENOENT, genl_done(&other, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	/* A socket belongs to the namespace it was made in. */
	ASSERT_EQ(0, ask_nonblock(self->b));
	EXPECT_ERRNO(EAGAIN, genl_accept(&other, &other_req));
	EXPECT_EQ(0, genl_accept(&self->nl, &other_req));
	ASSERT_EQ(0, ask_nonblock(fd[0]));
	EXPECT_EQ(0, genl_accept(&other, &other_req));
	genl_close(&self->nl);
	EXPECT_EQ(0, genl_done(&other, other_req.id, XCRYPT_CLASS_NONE, EACCES));
}

TEST_F(upcall, nothing_waits)
{
	struct genl_event event;

	EXPECT_ERRNO(EPERM, genl_accept(&self->nl, &self->req));
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	EXPECT_ERRNO(EAGAIN, genl_accept(&self->nl, &self->req));
	ASSERT_EQ(0, ask_nonblock(self->a));
	EXPECT_EQ(0, genl_event(&self->nl, XCRYPT_CMD_READY, &event, 10000));
	EXPECT_EQ(0, genl_accept(&self->nl, &self->req));
	EXPECT_ERRNO(EAGAIN, genl_accept(&self->nl, &self->req));
}

TEST_F(upcall, the_oldest_first)
{
	struct genl_request second;

	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, set_nonblock(self->a));
	ASSERT_EQ(0, set_nonblock(self->b));
	EXPECT_ERRNO(EINPROGRESS, xc_ask(self->b, XCRYPT_ROLE_SERVER, "first", "", 0));
	EXPECT_ERRNO(EINPROGRESS, xc_ask(self->a, XCRYPT_ROLE_CLIENT, "second", "", 0));
	ASSERT_EQ(0, genl_accept(&self->nl, &self->req));
	ASSERT_EQ(0, genl_accept(&self->nl, &second));
	EXPECT_STREQ("first", self->req.line);
	EXPECT_STREQ("second", second.line);
	EXPECT_NE(self->req.id, second.id);
	/* Each answer is for its own. */
	EXPECT_EQ(0, genl_done(&self->nl, second.id, XCRYPT_CLASS_NONE, EACCES));
	EXPECT_EQ(XCRYPT_CLASS_NONE, xc_class(self->a, EACCES));
	EXPECT_EQ(-1, xc_class(self->b, EACCES));
}

/* DONE with what is not negative; a SUITE and a SESSION of these lengths. */
static int done(FIXTURE_DATA(upcall) *self, int id, int class, int error, int suite, int session)
{
	char octets[XCRYPT_SUITE_MAX + 2] = {};
	struct genl_msg msg;

	genl_begin(&msg, &self->nl, XCRYPT_CMD_DONE);
	if (id >= 0)
		genl_put_u32(&msg, XCRYPT_A_ID, id);
	if (class >= 0)
		genl_put_u8(&msg, XCRYPT_A_CLASS, class);
	if (error >= 0)
		genl_put_u32(&msg, XCRYPT_A_ERROR, error);
	if (session >= 0)
		genl_put(&msg, XCRYPT_A_SESSION, octets, session);
	memset(octets, 's', sizeof(octets));
	octets[suite < 0 ? 0 : suite] = 0;
	if (suite >= 0)
		genl_put_string(&msg, XCRYPT_A_SUITE, octets);
	return genl_call(&self->nl, &msg);
}

TEST_F(upcall, bad_done)
{
	ASSERT_EQ(0, begin(self));
	EXPECT_ERRNO(EINVAL, done(self, -1, XCRYPT_CLASS_NONE, EACCES, -1, -1));
	EXPECT_ERRNO(EINVAL, done(self, self->req.id, -1, EACCES, -1, -1));
	EXPECT_ERRNO(EINVAL, done(self, self->req.id, XCRYPT_CLASS_NONE, -1, -1, -1));
	EXPECT_ERRNO(ERANGE, done(self, self->req.id, XCRYPT_CLASS_CLOSED + 1, EACCES, -1, -1));
	EXPECT_ERRNO(ERANGE, done(self, self->req.id, 255, EACCES, -1, -1));
	EXPECT_ERRNO(EINVAL, done(self, self->req.id, XCRYPT_CLASS_ENCRYPTED, EPROTO, -1, -1));
	EXPECT_ERRNO(EINVAL, done(self, self->req.id, XCRYPT_CLASS_NONE, 0, -1, -1));
	EXPECT_ERRNO(EINVAL, done(self, self->req.id, XCRYPT_CLASS_ANSWERED, 0, -1, -1));
	EXPECT_ERRNO(EINVAL, done(self, self->req.id, XCRYPT_CLASS_CLOSED, 0, -1, -1));
	EXPECT_ERRNO(ERANGE, done(self, self->req.id, XCRYPT_CLASS_NONE, 4096, -1, -1));
	EXPECT_ERRNO(EINVAL, done(self, self->req.id, XCRYPT_CLASS_NONE, EACCES,
				  XCRYPT_SUITE_MAX, -1));
	EXPECT_ERRNO(ERANGE, done(self, self->req.id, XCRYPT_CLASS_NONE, EACCES, -1, 15));
	EXPECT_ERRNO(ERANGE, done(self, self->req.id, XCRYPT_CLASS_NONE, EACCES, -1, 17));
	EXPECT_ERRNO(ENOENT, done(self, self->req.id + 1, XCRYPT_CLASS_NONE, EACCES, -1, -1));
	EXPECT_ERRNO(ENOENT, done(self, 0, XCRYPT_CLASS_NONE, EACCES, -1, -1));
	/* None of it ended the request. */
	EXPECT_EQ(0, done(self, self->req.id, XCRYPT_CLASS_NONE, EACCES,
			  XCRYPT_SUITE_MAX - 1, XCRYPT_SESSION_LEN));
	EXPECT_ERRNO(ENOENT, done(self, self->req.id, XCRYPT_CLASS_NONE, EACCES, -1, -1));
	EXPECT_EQ(XCRYPT_CLASS_NONE, xc_class(self->a, EACCES));
}

TEST_F(upcall, done_of_a_waiting_one)
{
	ASSERT_EQ(0, begin(self));
	ASSERT_EQ(0, ask_nonblock(self->b));
	EXPECT_ERRNO(ENOENT, genl_done(&self->nl, self->req.id + 1, XCRYPT_CLASS_NONE, EACCES));
	EXPECT_EQ(-1, xc_class(self->b, EACCES));
}

TEST_F(upcall, another_socket_has_no_say)
{
	struct genl_request req;
	struct genl other;

	ASSERT_EQ(0, begin(self));
	ASSERT_EQ(0, ask_nonblock(self->b));
	ASSERT_EQ(0, genl_open(&other));
	EXPECT_ERRNO(EPERM, genl_accept(&other, &req));
	EXPECT_ERRNO(ENOENT, genl_done(&other, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	genl_close(&other);
	EXPECT_EQ(-1, xc_class(self->a, ECONNABORTED));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
}

TEST_F(upcall, its_own_time_limit)
{
	struct genl_event event;
	double start = now();

	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, 1));
	ASSERT_EQ(0, ask_nonblock(self->a));
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	EXPECT_EQ(1, self->req.timeout);
	ASSERT_EQ(0, genl_event(&self->nl, XCRYPT_CMD_CANCEL, &event, 10000));
	EXPECT_EQ(self->req.id, event.id);
	EXPECT_EQ(ETIMEDOUT, event.error);
	EXPECT_LT(1.5, now() - start);
	EXPECT_GT(5, now() - start);
	EXPECT_EQ(XCRYPT_CLASS_CLOSED, xc_class(self->a, ETIMEDOUT));
}

/*
 * The daemon is behind with reading. A request that cannot be handed over now has lost
 * nothing yet: it waits on.
 */
TEST_F(upcall, accept_with_a_full_queue)
{
	struct xcrypt_outcome outcome;
	struct genl_msg msg;
	int fd[20][2];

	ASSERT_EQ(0, opt_set(self->nl.fd, SOL_SOCKET, SO_RCVBUF, 1));
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, ask_nonblock(self->a));
	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(0, pair_open(AF_INET, fd[i]));
		ASSERT_EQ(0, xc_attach(fd[i][0]));
		ASSERT_EQ(0, ask_nonblock(fd[i][0]));
	}
	for (int i = 0; i < 40; i++) {
		genl_begin(&msg, &self->nl, XCRYPT_CMD_ACCEPT);
		ASSERT_EQ(0, genl_send(&self->nl, &msg));
	}
	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(0, xc_outcome(fd[i][0], &outcome));
		EXPECT_EQ(XCRYPT_STATE_RUNNING, outcome.state)
			TH_LOG("request %d ended: class %d, %s", i, outcome.outcome_class,
			       strerror(outcome.error));
	}
}

static int ask_1ms_nonblock(int fd)
{
	if (set_nonblock(fd))
		return -1;
	return xc_ask(fd, XCRYPT_ROLE_CLIENT, ASK_LINE, "", 1) && errno == EINPROGRESS ? 0 : -1;
}

/* But for no longer, however often it is tried. Those that are taken end before. */
TEST_F(upcall, accept_with_a_full_queue_again_and_again)
{
	struct xcrypt_outcome outcome;
	struct genl_msg msg;
	double start = now();
	int fd[20][2];

	ASSERT_EQ(0, opt_set(self->nl.fd, SOL_SOCKET, SO_RCVBUF, 1));
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(0, pair_open(AF_INET, fd[i]));
		ASSERT_EQ(0, xc_attach(fd[i][0]));
		ASSERT_EQ(0, ask_1ms_nonblock(fd[i][0]));
	}
	while (now() - start < 13) {
		genl_begin(&msg, &self->nl, XCRYPT_CMD_ACCEPT);
		ASSERT_EQ(0, genl_send(&self->nl, &msg));
		pause_ms(20);
	}
	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(0, xc_outcome(fd[i][0], &outcome));
		EXPECT_EQ(XCRYPT_STATE_ENDED, outcome.state) TH_LOG("request %d", i);
		EXPECT_EQ(ETIMEDOUT, outcome.error);
	}
}

/* READY is said once, but who was told and could not come has to be told again. */
TEST_F(upcall, ready_again_after_a_failed_accept)
{
	struct genl_event event;
	struct rlimit limit, none;

	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, ask_nonblock(self->a));
	ASSERT_EQ(0, genl_event(&self->nl, XCRYPT_CMD_READY, &event, 10000));
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	none = (struct rlimit) { .rlim_cur = 0, .rlim_max = limit.rlim_max };
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_ERRNO(EMFILE, genl_accept(&self->nl, &self->req));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	ASSERT_EQ(0, ask_nonblock(self->b));
	EXPECT_EQ(0, genl_event(&self->nl, XCRYPT_CMD_READY, &event, 1000));
	EXPECT_EQ(0, genl_accept(&self->nl, &self->req));
	EXPECT_EQ(0, genl_accept(&self->nl, &self->req));
}

TEST_F(upcall, daemon_gone_before_it_took_it)
{
	struct mta mta;
	double start;

	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	mta_start(&mta, &self->nl, self->a, xc_ask_client);
	ASSERT_LT(0, poll_for(self->nl.fd, POLLIN, 10000));
	start = now();
	genl_close(&self->nl);
	EXPECT_ERRNO(ESRCH, mta_wait(&mta));
	EXPECT_GT(3, now() - start);	/* a second, if it were not emulated */
	EXPECT_EQ(XCRYPT_CLASS_NONE, xc_class(self->a, ESRCH));
	EXPECT_EQ(1000, pattern_send(self->a, 0, 1000));
	EXPECT_EQ(1000, pattern_recv(self->b, 0, 1000));
}

TEST_F(upcall, daemon_gone_after_it_took_it)
{
	struct mta mta;
	char octet;

	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	mta_start(&mta, &self->nl, self->a, xc_ask_client);
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	genl_close(&self->nl);
	EXPECT_ERRNO(ECONNABORTED, mta_wait(&mta));
	EXPECT_EQ(XCRYPT_CLASS_CLOSED, xc_class(self->a, ECONNABORTED));
	EXPECT_ERRNO(ECONNABORTED, read(self->a, &octet, 1));
	EXPECT_EQ(0, read(self->b, &octet, 1));
}

static void say(int fd)
{
	if (write(fd, "x", 1) != 1)
		_exit(1);
}

/* A daemon in a process of its own. It says so when it serves, and when it has @take requests. */
static pid_t daemon_start(int take, int said[2])
{
	struct genl_request req;
	struct genl nl;
	pid_t pid;

	if (pipe(said))
		return -1;
	pid = fork();
	if (pid)
		return pid;
	if (genl_open(&nl) || genl_serve(&nl, SUITES, -1))
		_exit(1);
	say(said[1]);
	while (take--) {
		if (genl_next(&nl, &req))
			_exit(1);
	}
	say(said[1]);
	for (;;)
		pause();
}

static ssize_t ask_thread(int fd, __u64 pos, size_t len)
{
	(void)pos;
	(void)len;
	return xc_ask_client(fd);
}

#define CROWD 100

static void daemon_killed(struct __test_metadata *_metadata, int take)
{
	int fd[CROWD][2], said[2], taken = 0, left = 0;
	struct job job[CROWD];
	double start;
	char octet;
	pid_t pid;

	for (int i = 0; i < CROWD; i++) {
		ASSERT_EQ(0, pair_open(AF_INET6, fd[i]));
		ASSERT_EQ(0, xc_attach(fd[i][0]));
	}
	pid = daemon_start(take, said);
	ASSERT_LT(0, pid);
	ASSERT_EQ(1, read(said[0], &octet, 1));
	for (int i = 0; i < CROWD; i++)
		job_start(&job[i], ask_thread, fd[i][0], 0, 0);
	ASSERT_TRUE(job_asleep(&job[CROWD - 1]));
	ASSERT_EQ(1, read(said[0], &octet, 1));
	start = now();
	ASSERT_EQ(0, kill(pid, SIGKILL));
	for (int i = 0; i < CROWD; i++) {
		EXPECT_EQ(-1, job_join(&job[i]));
		taken += errno == ECONNABORTED && xc_class(fd[i][0], errno) == XCRYPT_CLASS_CLOSED;
		left += errno == ESRCH && xc_class(fd[i][0], errno) == XCRYPT_CLASS_NONE;
	}
	EXPECT_GT(3, now() - start);	/* a second, if it were not emulated */
	EXPECT_EQ(take, taken);
	EXPECT_EQ(CROWD - take, left);
	waitpid(pid, NULL, 0);
}

TEST_F(upcall, daemon_killed_with_a_crowd_waiting)
{
	daemon_killed(_metadata, 0);
}

TEST_F(upcall, daemon_killed_with_a_crowd_taken)
{
	daemon_killed(_metadata, CROWD);
}

TEST_F(upcall, daemon_killed_with_some_taken)
{
	daemon_killed(_metadata, CROWD / 2);
}

/* What the MTA wishes counts within what the administrator allows. */
TEST_F(upcall, a_wish_beyond_the_limit)
{
	struct genl_event event;
	double start = now();

	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, 100));
	ASSERT_EQ(0, set_nonblock(self->a));
	EXPECT_ERRNO(EINPROGRESS, xc_ask(self->a, XCRYPT_ROLE_CLIENT, ASK_LINE, "",
					 XCRYPT_TIMEOUT_MAX));
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	EXPECT_EQ(100, self->req.timeout);
	ASSERT_EQ(0, genl_event(&self->nl, XCRYPT_CMD_CANCEL, &event, 10000));
	EXPECT_EQ(ETIMEDOUT, event.error);
	EXPECT_GT(6, now() - start);
}

/* Users are served in turn, each the oldest first. */
static int ask_as_1000(int fd)
{
	return setresuid(1000, 1000, 1000) ? -1 : ask_nonblock(fd);
}

TEST_F(upcall, users_in_turn)
{
	__u32 uids[6] = { 0, 1000, 0, 1000, 0, 0 };
	int fd[6][2];

	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	for (int i = 0; i < 6; i++) {
		ASSERT_EQ(0, pair_open(AF_INET, fd[i]));
		ASSERT_EQ(0, xc_attach(fd[i][0]));
	}
	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, ask_nonblock(fd[i][0]));
	for (int i = 4; i < 6; i++)
		ASSERT_EQ(0, elsewhere(fd[i][0], ask_as_1000));
	for (int i = 0; i < 6; i++) {
		ASSERT_EQ(0, genl_accept(&self->nl, &self->req));
		EXPECT_EQ(uids[i], self->req.uid) TH_LOG("turn %d", i);
	}
}

/*
 * Each user may have no more than is then left: with 3584 for all without CAP_NET_ADMIN, 1792,
 * then 896, 448... They are other processes' calls: this one has the privilege.
 */
#define USER_MAX	((ALL_MAX - RESERVE) / 2)

static int many[ALL_MAX + 2];
static int next;

/* As many as the user can have: how many goes to @said. */
static int said_count[2];

static int ask_many(void)
{
	int n = 0;

	while (n <= USER_MAX && !ask_nonblock(many[next + n]))
		n++;
	return write(said_count[1], &n, sizeof(n)) == sizeof(n) ? -1 : 0;
}

static int ask_many_as_1000(int fd)
{
	(void)fd;
	return setresuid(1000, 1000, 1000) ? 0 : ask_many();
}

static int ask_many_as_1001(int fd)
{
	(void)fd;
	return setresuid(1001, 1001, 1001) ? 0 : ask_many();
}

static int ask_once_as_1000(int fd)
{
	return setresuid(1000, 1000, 1000) ? 0 : xc_ask_client(fd);
}

/* User 1000 as a subuid: in a user namespace of its own, under another uid outside. */
static int sub_socket[2];

static int ask_as_subuid(int fd)
{
	char map[64], octet;
	pid_t pid;
	int mapfd, status;

	if (pipe(sub_socket))
		return 0;
	pid = fork();
	if (!pid) {
		if (setresuid(1000, 1000, 1000) || unshare(CLONE_NEWUSER) ||
		    write(sub_socket[1], "x", 1) != 1)
			_exit(1);
		while (setresuid(7, 7, 7))
			pause_ms(10);
		_exit(!xc_ask_client(fd) ? 0 : errno);
	}
	/* What newuidmap does, for who has subuids. */
	if (read(sub_socket[0], &octet, 1) != 1)
		return 0;
	snprintf(map, sizeof(map), "/proc/%d/uid_map", pid);
	mapfd = open(map, O_WRONLY);
	if (mapfd < 0 || write(mapfd, "7 100007 1", 10) != 10)
		return 0;
	waitpid(pid, &status, 0);
	errno = WEXITSTATUS(status);
	return -1;
}

static int count_said(int (*fn)(int fd))
{
	int n = -1;

	if (elsewhere(-1, fn) != -1 || read(said_count[0], &n, sizeof(n)) != sizeof(n))
		return -1;
	next += n;
	return n;
}

TEST_F(upcall, shares)
{
	struct rlimit limit = { .rlim_cur = 2 * ALL_MAX, .rlim_max = 2 * ALL_MAX };

	ASSERT_EQ(0, pipe(said_count));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	for (int i = 0; i < ALL_MAX + 2; i += 2) {
		ASSERT_EQ(0, pair_open(AF_INET, many + i));
		ASSERT_EQ(0, xc_attach(many[i]));
		ASSERT_EQ(0, xc_attach(many[i + 1]));
	}
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	EXPECT_EQ(USER_MAX, count_said(ask_many_as_1000));
	EXPECT_ERRNO(EDQUOT, elsewhere(many[next], ask_once_as_1000));
	EXPECT_EQ(XCRYPT_CLASS_NONE, xc_class(many[next], EDQUOT));
	EXPECT_ERRNO(EDQUOT, elsewhere(many[next], ask_as_subuid));
	EXPECT_EQ(USER_MAX / 2, count_said(ask_many_as_1001));
	/* What is left for all is more than nothing, and the last ones are root's. */
	for (; next < ALL_MAX; next++)
		ASSERT_EQ(0, ask_nonblock(many[next]));
	EXPECT_ERRNO(EUSERS, xc_ask_client(many[ALL_MAX]));
	EXPECT_EQ(XCRYPT_CLASS_NONE, xc_class(many[ALL_MAX], EUSERS));
	/* Room again, as soon as the kernel has let go of the file. */
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	for (int i = 0; i < 100 && ask_nonblock(many[ALL_MAX]); i++)
		pause_ms(10);
	EXPECT_ERRNO(EBUSY, xc_ask_client(many[ALL_MAX]));
}

/* Nor has a user more numbers to the daemon, which has shares of its own. */
TEST_F(upcall, uid_of_a_subuid)
{
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, set_nonblock(self->a));
	EXPECT_ERRNO(EINPROGRESS, elsewhere(self->a, ask_as_subuid));
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	EXPECT_EQ(1000, self->req.uid);
}

/* The daemon's socket alone does not keep the module; attached sockets do. */
TEST_F(upcall, unload)
{
	int left = 10000, err;

	if (access("tests/vm/load", X_OK))
		SKIP(return, "run it from the top of the tree, to load the module again");
	ASSERT_EQ(0, begin(self));
	EXPECT_ERRNO(EAGAIN, syscall(SYS_delete_module, "xcrypt", O_NONBLOCK));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	close(self->req.fd);
	EXPECT_ERRNO(EAGAIN, syscall(SYS_delete_module, "xcrypt", O_NONBLOCK));
	close_reset(self->a);
	close_reset(self->b);
	self->a = -1;
	self->b = -1;
	do {
		err = syscall(SYS_delete_module, "xcrypt", O_NONBLOCK);
		pause_ms(100);
	} while (err && errno == EAGAIN && (left -= 100) > 0);
	EXPECT_EQ(0, err) TH_LOG("%s", strerror(errno));
	EXPECT_ERRNO(ENOENT, genl_open(&(struct genl) {}));
	ASSERT_EQ(0, system("tests/vm/load"));
	EXPECT_EQ(0, genl_open(&(struct genl) {}));
}

TEST_HARNESS_MAIN
