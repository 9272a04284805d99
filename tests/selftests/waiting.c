// SPDX-License-Identifier: GPL-2.0
/*
 * Nobody may be made to wait. A user without any privilege keeps the lock of his own socket, or
 * its last close, for as long as he likes; the daemon, the kernel's workers, netlink and other
 * users go on. This process is the daemon; the users are its children.
 */
#include "handshake.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "counter.h"
#include "netns.h"
#include "stuck.h"

#define NOBODY		65534
/* Seconds. */
#define AT_ONCE		0.1
/* A call that waits does so each time; a machine that is kept from running does not. */
#define TRIES		4
/* For what can be done once only, on an emulated machine. */
#define SOON		0.4

/* A child with a pipe each way: it says what it has done, and is told to go on. */
struct user {
	pid_t pid;
	int said[2];
	int told[2];
};

static void user_say(struct user *user, char octet)
{
	if (write(user->said[1], &octet, 1) != 1)
		_exit(1);
}

static void user_await(struct user *user)
{
	char octet;

	if (read(user->told[0], &octet, 1) != 1)
		_exit(0);
}

/* What the child said, or 0. */
static char user_said(struct user *user)
{
	char octet;

	return read(user->said[0], &octet, 1) == 1 ? octet : 0;
}

static void user_tell(struct user *user)
{
	if (write(user->told[1], "x", 1) != 1)
		abort();
}

/* True in the child, which has no privilege any more. */
static bool user_start(struct user *user, struct genl *nl)
{
	if (pipe(user->said) || pipe(user->told))
		abort();
	user->pid = fork();
	if (user->pid < 0)
		abort();
	if (user->pid) {
		close(user->said[1]);
		close(user->told[0]);
		return false;
	}
	close(user->said[0]);
	close(user->told[1]);
	close(nl->fd);
	if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
		_exit(1);
	return true;
}

static void user_end(struct user *user)
{
	kill(user->pid, SIGKILL);
	waitpid(user->pid, NULL, 0);
}

static int ask_now(int fd)
{
	return set_nonblock(fd) || !xc_ask_client(fd) || errno != EINPROGRESS ? -1 : 0;
}

/* It asks, then keeps the lock until it is told, and says "l" in between. */
static void user_with_lock(struct user *user, int fd)
{
	if (ask_now(fd))
		_exit(1);
	user_say(user, 'a');
	user_await(user);
	if (stuck_with_lock(fd))
		_exit(1);
	user_say(user, 'l');
	user_await(user);
	stuck_release();
	user_say(user, 'r');
	user_await(user);
}

/* Taken by the daemon; its user waits to be told to lock it. 0, or -1 and errno. */
static int begin_taken(FIXTURE_DATA(handshake) *self, struct user *user)
{
	if (stuck_allow() || stuck_prepare(self->a) || genl_serve(&self->nl, SUITES, -1))
		return -1;
	if (user_start(user, &self->nl)) {
		user_with_lock(user, self->a);
		_exit(0);
	}
	errno = EPROTO;
	return user_said(user) == 'a' && !genl_next(&self->nl, &self->req) ? 0 : -1;
}

static int user_lock(struct user *user)
{
	user_tell(user);
	return user_said(user) == 'l' ? 0 : -1;
}

static int begin_locked(FIXTURE_DATA(handshake) *self, struct user *user)
{
	return begin_taken(self, user) || user_lock(user) ? -1 : 0;
}

static int call_recv(int fd)
{
	char line[16];

	return recv(fd, line, sizeof(line), MSG_DONTWAIT);
}

static int call_peek(int fd)
{
	char line[16];

	return recv(fd, line, sizeof(line), MSG_PEEK | MSG_DONTWAIT);
}

/* Though nobody asked for it not to wait. */
static int call_read(int fd)
{
	char line[16];

	return read(fd, line, sizeof(line));
}

static int call_send(int fd)
{
	return send(fd, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int call_write(int fd)
{
	return write(fd, "x", 1);
}

static int call_splice(int fd)
{
	int to[2], ret, err;

	if (pipe(to))
		abort();
	ret = splice(fd, NULL, to[1], NULL, 16, SPLICE_F_NONBLOCK);
	err = errno;
	close(to[0]);
	close(to[1]);
	errno = err;
	return ret;
}

static int call_sendfile(int fd)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), ret, err;

	if (from < 0)
		abort();
	ret = sendfile(fd, from, NULL, 16);
	err = errno;
	close(from);
	errno = err;
	return ret;
}

static int call_key(int fd, int direction)
{
	struct xcrypt_key key;

	key_random(&key, "t32");
	return xc_set(fd, direction, &key);
}

static int call_tx(int fd)
{
	return call_key(fd, XCRYPT_TX);
}

static int call_rx(int fd)
{
	return call_key(fd, XCRYPT_RX);
}

static int call_ask(int fd)
{
	return xc_ask_client(fd);
}

static int call_outcome(int fd)
{
	struct xcrypt_outcome outcome;

	return xc_outcome(fd, &outcome);
}

static int call_info(int fd)
{
	struct xcrypt_info info;
	socklen_t len = sizeof(info);

	return getsockopt(fd, SOL_XCRYPT, XCRYPT_TX, &info, &len);
}

static int call_suites(int fd)
{
	char suites[XCRYPT_SUITES_MAX];

	return xc_suites(fd, suites);
}

static int call_shutdown(int fd)
{
	return shutdown(fd, SHUT_WR);
}

static int call_poll(int fd)
{
	return poll_for(fd, POLLIN | POLLOUT, 0) < 0 ? -1 : 0;
}

static int call_epoll(int fd)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT };
	int ep = epoll_create1(EPOLL_CLOEXEC), ret;

	ret = epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) || epoll_wait(ep, &ev, 1, 0) < 0 ||
	      epoll_ctl(ep, EPOLL_CTL_MOD, fd, &ev) || epoll_ctl(ep, EPOLL_CTL_DEL, fd, &ev);
	close(ep);
	return ret ? -1 : 0;
}

/* @ended: the request has, with nothing left but to close. -1: then it may wait. */
static const struct {
	const char *name;
	int (*fn)(int fd);
	int running;
	int ended;
} daemon_calls[] = {
	{ "recv", call_recv, EBUSY, ECONNABORTED },
	{ "recv MSG_PEEK", call_peek, EBUSY, ECONNABORTED },
	{ "read", call_read, EBUSY, ECONNABORTED },
	{ "send", call_send, EBUSY, ECONNABORTED },
	{ "write", call_write, EBUSY, ECONNABORTED },
	{ "splice", call_splice, EOPNOTSUPP, ECONNABORTED },
	{ "sendfile", call_sendfile, EBUSY, ECONNABORTED },
	{ "XCRYPT_TX", call_tx, EBUSY, ECONNABORTED },
	{ "XCRYPT_RX", call_rx, EBUSY, ECONNABORTED },
	{ "XCRYPT_HANDSHAKE", call_ask, EBUSY, ECONNABORTED },
	{ "outcome", call_outcome, EBUSY, -1 },
	{ "info", call_info, EBUSY, -1 },
	{ "suites", call_suites, EBUSY, -1 },
	{ "shutdown", call_shutdown, EBUSY, ECONNABORTED },
	{ "poll", call_poll, 0, 0 },
	{ "epoll", call_epoll, 0, 0 },
};

/* The least time that it took, in @spent. */
static int shortest(int (*fn)(int fd), int fd, double *spent)
{
	int ret, n = 0;
	double start;

	do {
		start = now();
		errno = 0;
		ret = fn(fd);
		*spent = now() - start;
	} while (*spent >= AT_ONCE && ++n < TRIES);
	return ret;
}

static void each_call(struct __test_metadata *_metadata, int fd, bool ended)
{
	double spent;
	int ret, error;

	for (int i = 0; i < ARRAY_SIZE(daemon_calls); i++) {
		error = ended ? daemon_calls[i].ended : daemon_calls[i].running;
		if (error < 0)
			continue;
		ret = shortest(daemon_calls[i].fn, fd, &spent);
		EXPECT_GT(AT_ONCE, spent) TH_LOG("%s", daemon_calls[i].name);
		EXPECT_EQ(error ? -1 : 0, ret) TH_LOG("%s", daemon_calls[i].name);
		EXPECT_EQ(error, ret ? errno : 0)
			TH_LOG("%s: %s", daemon_calls[i].name, strerror(errno));
	}
}

TEST_F(handshake, each_call_of_the_daemon)
{
	struct user user;

	ASSERT_EQ(0, begin_locked(self, &user)) TH_LOG("%s", strerror(errno));
	ASSERT_EQ(0, write_line(self->b));
	each_call(_metadata, self->req.fd, false);
	/* And once the lock is free, the daemon goes on as if nothing had been. */
	user_tell(&user);
	ASSERT_EQ('r', user_said(&user));
	EXPECT_EQ(0, read_line(self->req.fd));
	EXPECT_EQ(0, write_line(self->req.fd));
	EXPECT_EQ(0, read_line(self->b));
	ASSERT_EQ(0, install(self->req.fd, self->b, true, true));
	close(self->req.fd);
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_ENCRYPTED, 0));
	EXPECT_EQ(XCRYPT_CLASS_ENCRYPTED, xc_class(self->a, 0));
	EXPECT_TRUE(carries_both(self->a, self->b));
	user_end(&user);
}

/* The lock is taken between the end and the daemon's next call, before it knows of the end. */
static void calls_after_the_end(struct __test_metadata *_metadata,
				FIXTURE_DATA(handshake) *self, bool keyed)
{
	struct user user;

	ASSERT_EQ(0, begin_taken(self, &user)) TH_LOG("%s", strerror(errno));
	ASSERT_EQ(0, write_line(self->b));
	if (keyed)
		ASSERT_EQ(0, install(self->req.fd, self->b, true, true));
	ASSERT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_CLOSED, EPROTO));
	ASSERT_EQ(0, user_lock(&user)) TH_LOG("%s", strerror(errno));
	each_call(_metadata, self->req.fd, true);
	user_tell(&user);
	ASSERT_EQ('r', user_said(&user));
	close(self->req.fd);
	EXPECT_EQ(XCRYPT_CLASS_CLOSED, xc_class(self->a, EPROTO));
	user_end(&user);
}

TEST_F(handshake, each_call_after_the_end)
{
	calls_after_the_end(_metadata, self, false);
}

TEST_F(handshake, each_call_after_the_end_with_keys)
{
	calls_after_the_end(_metadata, self, true);
}

static void ends_at_once(struct __test_metadata *_metadata, FIXTURE_DATA(handshake) *self,
			 int class, int error)
{
	struct user user;
	double start;
	char octet;

	ASSERT_EQ(0, begin_locked(self, &user)) TH_LOG("%s", strerror(errno));
	start = now();
	close(self->req.fd);
	EXPECT_GT(SOON, now() - start);
	start = now();
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, class, error));
	EXPECT_GT(SOON, now() - start);
	/* It is settled when the lock is given back. */
	user_tell(&user);
	ASSERT_EQ('r', user_said(&user));
	EXPECT_EQ(class, xc_class(self->a, error));
	if (class == XCRYPT_CLASS_CLOSED) {
		EXPECT_EQ(0, read(self->b, &octet, 1));
		EXPECT_ERRNO(ECONNABORTED, read(self->a, &octet, 1));
	} else {
		EXPECT_TRUE(carries_both(self->a, self->b));
	}
	user_end(&user);
}

TEST_F(handshake, done_with_the_lock_held)
{
	ends_at_once(_metadata, self, XCRYPT_CLASS_ANSWERED, ECONNREFUSED);
}

TEST_F(handshake, closed_with_the_lock_held)
{
	ends_at_once(_metadata, self, XCRYPT_CLASS_CLOSED, EPROTO);
}

/* Its netlink socket is closed, and another one that has nothing to do with it. */
TEST_F(handshake, netlink_with_the_lock_held)
{
	struct user user;
	double start;
	int fd;

	ASSERT_EQ(0, begin_locked(self, &user)) TH_LOG("%s", strerror(errno));
	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	ASSERT_EQ(0, bind(fd, (struct sockaddr *)&(struct sockaddr_nl) {
		.nl_family = AF_NETLINK }, sizeof(struct sockaddr_nl)));
	start = now();
	genl_close(&self->nl);
	close(fd);
	EXPECT_GT(SOON, now() - start);
	/* The next daemon is welcome, though the first one's requests are not settled. */
	ASSERT_EQ(0, genl_open(&self->nl));
	EXPECT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	EXPECT_GT(1, now() - start);
	EXPECT_ERRNO(EAGAIN, genl_accept(&self->nl, &self->req));
	user_tell(&user);
	ASSERT_EQ('r', user_said(&user));
	/* Netlink's close has only marked it. */
	EXPECT_NE(0, poll_for(self->a, POLLIN, 10000) & POLLIN);
	EXPECT_EQ(XCRYPT_CLASS_CLOSED, xc_class(self->a, ECONNABORTED));
	user_end(&user);
}

static int nodelay(int fd)
{
	return opt_set(fd, SOL_TCP, TCP_NODELAY, 1);
}

static int tos(int fd)
{
	return opt_set(fd, IPPROTO_IP, IP_TOS, 8);
}

static int cork_state(int fd)
{
	return opt_get(fd, SOL_TCP, TCP_CORK);
}

static int buffer(int fd)
{
	return opt_set(fd, SOL_SOCKET, SO_SNDBUF, 65536);
}

/* Before 6.4 the core has the options of SOL_SOCKET for itself. */
static bool core_lets_us(void)
{
	struct utsname name;
	int major = 0, minor = 0;

	uname(&name);
	sscanf(name.release, "%d.%d", &major, &minor);
	return major > 6 || (major == 6 && minor >= 4);
}

/* Refused before the lock: they would wait here, and keep it there. */
TEST_F(handshake, options_of_others)
{
	int (* const fn[])(int fd) = { nodelay, tos, cork_state, buffer };
	struct user user;
	double start;

	ASSERT_EQ(0, begin_locked(self, &user)) TH_LOG("%s", strerror(errno));
	for (int i = 0; i < ARRAY_SIZE(fn) - !core_lets_us(); i++) {
		start = now();
		EXPECT_EQ(-1, elsewhere(self->a, fn[i])) TH_LOG("call %d", i);
		EXPECT_EQ(EBUSY, errno) TH_LOG("call %d", i);
		EXPECT_GT(1, now() - start);
	}
	user_tell(&user);
	ASSERT_EQ('r', user_said(&user));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	for (int i = 0; i < ARRAY_SIZE(fn); i++) {
		EXPECT_EQ(0, elsewhere(self->a, fn[i])) TH_LOG("call %d", i);
	}
	user_end(&user);
}

#define CROWD	300

static int crowd[CROWD][2];

static int ask_1ms_now(int fd)
{
	if (set_nonblock(fd))
		return -1;
	return xc_ask(fd, XCRYPT_ROLE_CLIENT, ASK_LINE, "", 1) && errno == EINPROGRESS ? 0 : -1;
}

static void user_with_crowd(struct user *user)
{
	for (int i = 0; i < CROWD; i++) {
		if (ask_1ms_now(crowd[i][0]))
			_exit(1);
	}
	user_say(user, 'a');
	user_await(user);
	for (int i = 0; i < CROWD; i++) {
		if (stuck_with_lock(crowd[i][0]))
			_exit(2);
	}
	user_say(user, 'l');
	user_await(user);
	stuck_release();
	user_say(user, 'r');
	user_await(user);
}

/* In another network namespace, whose daemon has taken a request and forgets it. */
static int victim(int fd)
{
	struct genl_request req;
	struct mta mta;
	struct genl nl;
	int pair[2];
	double start;

	(void)fd;
	if (netns_enter() || genl_open(&nl) || genl_serve(&nl, SUITES, 1) ||
	    pair_open(AF_INET, pair) || xc_attach(pair[0]))
		return -1;
	start = now();
	mta_start(&mta, &nl, pair[0], xc_ask_client);
	if (genl_next(&nl, &req) || !mta_wait(&mta) || errno != ETIMEDOUT)
		return -1;
	errno = ETIME;
	return now() - start < 6 ? 0 : -1;
}

/* More than a work queue runs at once. All expire while their locks are held. */
TEST_F(handshake, many_expire_with_the_lock_held)
{
	struct user user;

	ASSERT_EQ(0, stuck_allow());
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	for (int i = 0; i < CROWD; i++) {
		ASSERT_EQ(0, pair_open(variant->family, crowd[i]));
		ASSERT_EQ(0, xc_attach(crowd[i][0]));
		ASSERT_EQ(0, stuck_prepare(crowd[i][0]));
	}
	if (user_start(&user, &self->nl)) {
		user_with_crowd(&user);
		_exit(0);
	}
	ASSERT_EQ('a', user_said(&user));
	user_tell(&user);
	/* Not taken, they end after ten seconds, which the locking may need on a busy machine. */
	ASSERT_EQ('l', user_said(&user));
	for (int i = 0; i < CROWD; i++) {
		if (genl_accept(&self->nl, &self->req))
			break;
		close(self->req.fd);
	}
	pause_ms(2500);
	EXPECT_EQ(0, elsewhere(-1, victim)) TH_LOG("%s", strerror(errno));
	user_tell(&user);
	ASSERT_EQ('r', user_said(&user));
	for (int i = 0; i < CROWD; i++) {
		EXPECT_LE(0, xc_class(crowd[i][0], ETIMEDOUT)) TH_LOG("request %d", i);
	}
	user_end(&user);
}

/* The last close, for which the user has seen to it that it lasts. */
static void last_close(struct __test_metadata *_metadata, FIXTURE_DATA(handshake) *self,
		       void (*prepare)(struct user *user, int fd))
{
	struct user user;
	double start;
	int fd;

	ASSERT_EQ(0, stuck_allow());
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	shrink(self->a, self->b);
	fd = self->a;
	if (user_start(&user, &self->nl)) {
		close(self->b);
		prepare(&user, fd);
		close(fd);
		user_say(&user, 'c');
		user_await(&user);
		_exit(0);
	}
	close(self->a);
	self->a = -1;
	ASSERT_EQ('a', user_said(&user));
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	user_tell(&user);
	ASSERT_EQ('c', user_said(&user));
	start = now();
	close(self->req.fd);
	EXPECT_GT(SOON, now() - start);
	start = now();
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	EXPECT_GT(SOON, now() - start);
	user_end(&user);
}

static void with_linger(struct user *user, int fd)
{
	struct linger lg = { .l_onoff = 1, .l_linger = 100000 };
	char much[65536] = "";

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &lg, sizeof(lg)) || set_nonblock(fd))
		_exit(1);
	while (write(fd, much, sizeof(much)) > 0)
		;
	if (ask_now(fd))
		_exit(1);
	user_say(user, 'a');
	user_await(user);
}

TEST_F(handshake, last_close_with_linger)
{
	char much[65536];

	last_close(_metadata, self, with_linger);
	/* It goes on without anybody: what was written arrives, and then the end. */
	while (read(self->b, much, sizeof(much)) > 0)
		;
	EXPECT_EQ(0, read(self->b, much, sizeof(much)));
}

static void with_epoll(struct user *user, int fd)
{
	if (ask_now(fd))
		_exit(1);
	user_say(user, 'a');
	user_await(user);
	if (stuck_with_epoll(fd))
		_exit(1);
}

TEST_F(handshake, last_close_with_epoll)
{
	last_close(_metadata, self, with_epoll);
}

/* More than a work queue runs at once, on most kernels. */
#define CLOSES	520

static int closes[CLOSES][2];

/* One instance watches them all, so no close of any can go on. */
static void user_with_closes(struct user *user)
{
	for (int i = 0; i < CLOSES; i++) {
		close(closes[i][1]);
		if (ask_now(closes[i][0]))
			_exit(1);
	}
	user_say(user, 'a');
	user_await(user);
	for (int i = 1; i < CLOSES; i++) {
		if (stuck_watch(closes[i][0]))
			_exit(1);
	}
	if (stuck_with_epoll(closes[0][0]))
		_exit(1);
	for (int i = 0; i < CLOSES; i++)
		close(closes[i][0]);
	user_say(user, 'c');
	user_await(user);
}

static int closes_open(int family)
{
	const struct rlimit many = { 4 * CLOSES, 4 * CLOSES };

	if (setrlimit(RLIMIT_NOFILE, &many))
		return -1;
	for (int i = 0; i < CLOSES; i++) {
		if (pair_open(family, closes[i]) || xc_attach(closes[i][0]))
			return -1;
	}
	return 0;
}

static int closes_take(struct genl *nl, struct genl_request *taken)
{
	for (int i = 0; i < CLOSES; i++) {
		close(closes[i][0]);
		if (genl_next(nl, &taken[i]))
			return -1;
	}
	return 0;
}

static int give_back(struct genl *nl, const struct genl_request *req)
{
	close(req->fd);
	return genl_done(nl, req->id, XCRYPT_CLASS_NONE, EACCES);
}

/* Another user's last close, which the daemon had put off, happens all the same. */
TEST_F(handshake, many_last_closes)
{
	static struct genl_request taken[CLOSES];
	struct user many, one;
	char octet;

	ASSERT_EQ(0, stuck_allow());
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, closes_open(variant->family));
	if (user_start(&many, &self->nl)) {
		close(self->a);
		user_with_closes(&many);
		_exit(0);
	}
	ASSERT_EQ('a', user_said(&many));
	ASSERT_EQ(0, closes_take(&self->nl, taken));
	user_tell(&many);
	ASSERT_EQ('c', user_said(&many));
	for (int i = 0; i < CLOSES; i++)
		ASSERT_EQ(0, give_back(&self->nl, &taken[i]));
	one.pid = fork();
	if (!one.pid)
		_exit(ask_now(self->a) ? 1 : 0);
	ASSERT_EQ(one.pid, waitpid(one.pid, NULL, 0));
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	close(self->a);
	self->a = -1;
	EXPECT_EQ(0, give_back(&self->nl, &self->req));
	EXPECT_EQ(POLLIN, poll_for(self->b, POLLIN, 5000) & POLLIN);
	EXPECT_EQ(0, recv(self->b, &octet, 1, MSG_DONTWAIT));
	user_end(&many);
	for (int i = 0; i < CLOSES; i++)
		close(closes[i][1]);
}

/* What is left to a worker does not linger: the same user's next last close comes behind it. */
TEST_F(handshake, last_close_behind_linger)
{
	struct user user;
	int fd[2];
	char octet;

	ASSERT_EQ(0, pair_open(variant->family, fd));
	ASSERT_EQ(0, xc_attach(fd[0]));
	last_close(_metadata, self, with_linger);
	if (user_start(&user, &self->nl)) {
		if (ask_now(fd[0]))
			_exit(1);
		user_say(&user, 'a');
		_exit(0);
	}
	ASSERT_EQ('a', user_said(&user));
	ASSERT_EQ(user.pid, waitpid(user.pid, NULL, 0));
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	close(fd[0]);
	EXPECT_EQ(0, give_back(&self->nl, &self->req));
	EXPECT_EQ(POLLIN, poll_for(fd[1], POLLIN, 5000) & POLLIN);
	EXPECT_EQ(0, recv(fd[1], &octet, 1, MSG_DONTWAIT));
	close(fd[1]);
}

/*
 * A daemon may be any user's, in a namespace of his own: one that never says that it has closed
 * its descriptor keeps files open for ten seconds, and not for as long as it lives.
 */
TEST_F(handshake, never_given_back)
{
	struct genl_event event;
	struct genl nl;
	double start;
	int fd[2];

	ASSERT_EQ(0, netns_enter());
	ASSERT_EQ(0, genl_open(&nl));
	ASSERT_EQ(0, genl_serve(&nl, SUITES, -1));
	ASSERT_EQ(0, pair_open(variant->family, fd));
	ASSERT_EQ(0, xc_attach(fd[0]));
	mta_start(&self->mta, &nl, fd[0], xc_ask_client);
	ASSERT_EQ(0, genl_next(&nl, &self->req));
	close(fd[0]);
	close(self->req.fd);
	ASSERT_EQ(0, kill(self->mta.pid, SIGKILL));
	ASSERT_EQ(0, genl_event(&nl, XCRYPT_CMD_CANCEL, &event, 10000));
	start = now();
	waitpid(self->mta.pid, NULL, 0);
	/* A daemon may need a while. */
	pause_ms(5000);
	EXPECT_EQ(1, counter("XcryptCurrSockets"));
	EXPECT_TRUE(counter_becomes("XcryptCurrSockets", 0));
	EXPECT_LT(9, now() - start);
	EXPECT_ERRNO(ENOENT, genl_done(&nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	/* And it may ask for more. */
	EXPECT_ERRNO(EAGAIN, genl_accept(&nl, &self->req));
	genl_close(&nl);
}

TEST_HARNESS_MAIN
