// SPDX-License-Identifier: GPL-2.0
/* XCRYPT_HANDSHAKE without waiting, and ended by others than the daemon. */
#include "handshake.h"

#include <sys/epoll.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

static int ask_with_handler(int fd)
{
	catch_signal(SIGUSR1, true);
	return ask(fd);
}

TEST_F(handshake, signal_before_it_is_taken)
{
	struct genl_event event;

	role = variant->role;
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	mta_start(&self->mta, &self->nl, self->a, ask_with_handler);
	ASSERT_EQ(0, genl_event(&self->nl, XCRYPT_CMD_READY, &event, 10000));
	ASSERT_EQ(0, kill(self->mta.pid, SIGUSR1));
	EXPECT_ERRNO(EINTR, mta_wait(&self->mta));
	EXPECT_EQ(XCRYPT_CLASS_NONE, xc_class(self->a, EINTR));
	EXPECT_ERRNO(EAGAIN, genl_accept(&self->nl, &self->req));
	EXPECT_EQ(-1, genl_event(&self->nl, XCRYPT_CMD_CANCEL, &event, 0));
	EXPECT_TRUE(carries_both(self->a, self->b));
}

TEST_F(handshake, signal_after_it_is_taken)
{
	struct genl_event event;

	role = variant->role;
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	mta_start(&self->mta, &self->nl, self->a, ask_with_handler);
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	ASSERT_EQ(0, kill(self->mta.pid, SIGUSR1));
	EXPECT_ERRNO(EINTR, mta_wait(&self->mta));
	ASSERT_EQ(0, genl_event(&self->nl, XCRYPT_CMD_CANCEL, &event, 10000));
	EXPECT_EQ(self->req.id, event.id);
	EXPECT_EQ(EINTR, event.error);
	EXPECT_ERRNO(ENOENT, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_ENCRYPTED, 0));
	EXPECT_CLOSED(self, EINTR);
}

/*
 * A stop and a tracer wake whoever sleeps interruptibly, but no handler is called: to them this
 * is one long call.
 */
TEST_F(handshake, stopped_and_continued)
{
	ASSERT_EQ(0, begin(self, variant->role));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, kill(self->mta.pid, SIGSTOP));
		pause_ms(150);
		ASSERT_EQ(0, kill(self->mta.pid, SIGCONT));
		pause_ms(150);
	}
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_ANSWERED, ECONNREFUSED));
	EXPECT_ERRNO(ECONNREFUSED, mta_wait(&self->mta));
	EXPECT_EQ(XCRYPT_CLASS_ANSWERED, xc_class(self->a, ECONNREFUSED));
	EXPECT_TRUE(carries_both(self->a, self->b));
}

TEST_F(handshake, traced)
{
	ASSERT_EQ(0, begin(self, variant->role));
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, self->mta.pid, NULL, NULL));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, self->mta.pid, NULL, NULL));
	pause_ms(300);
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_ANSWERED, ECONNREFUSED));
	/* Now the call is over, and the tracer has it. */
	EXPECT_EQ(self->mta.pid, waitpid(self->mta.pid, NULL, 0));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, self->mta.pid, NULL, NULL));
	EXPECT_ERRNO(ECONNREFUSED, mta_wait(&self->mta));
}

/* Also where it comes to one that was stopped and waits on, the signal that counts counts. */
TEST_F(handshake, stopped_then_a_signal)
{
	double start = now();

	role = variant->role;
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	mta_start(&self->mta, &self->nl, self->a, ask_with_handler);
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	ASSERT_EQ(0, kill(self->mta.pid, SIGSTOP));
	pause_ms(150);
	ASSERT_EQ(0, kill(self->mta.pid, SIGUSR1));
	ASSERT_EQ(0, genl_event(&self->nl, XCRYPT_CMD_CANCEL, &(struct genl_event) {}, 10000));
	EXPECT_GT(5, now() - start);
	ASSERT_EQ(0, kill(self->mta.pid, SIGCONT));
	EXPECT_ERRNO(EINTR, mta_wait(&self->mta));
	EXPECT_CLOSED(self, EINTR);
}

/* The MTA is killed: its connection must not live on in the daemon's descriptor. */
TEST_F(handshake, requester_killed)
{
	struct genl_event event;

	ASSERT_EQ(0, begin(self, variant->role));
	ASSERT_EQ(0, kill(self->mta.pid, SIGKILL));
	ASSERT_EQ(0, genl_event(&self->nl, XCRYPT_CMD_CANCEL, &event, 10000));
	EXPECT_EQ(self->req.id, event.id);
	EXPECT_ERRNO(ECHILD, mta_wait(&self->mta));
	EXPECT_CLOSED(self, EINTR);
}

/* The MTA's limit and two seconds in which the daemon may keep it itself. */
static int ask_1ms(int fd)
{
	return xc_ask(fd, role, ASK_LINE, "", 1);
}

TEST_F(handshake, time_limit)
{
	struct genl_event event;
	double start;

	role = variant->role;
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	mta_start(&self->mta, &self->nl, self->a, ask_1ms);
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	start = now();
	EXPECT_ERRNO(ETIMEDOUT, mta_wait(&self->mta));
	EXPECT_LT(1.5, now() - start);
	EXPECT_GT(5, now() - start);
	ASSERT_EQ(0, genl_event(&self->nl, XCRYPT_CMD_CANCEL, &event, 10000));
	EXPECT_EQ(self->req.id, event.id);
	EXPECT_EQ(ETIMEDOUT, event.error);
	EXPECT_ERRNO(ENOENT, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	EXPECT_CLOSED(self, ETIMEDOUT);
}

TEST_F(handshake, not_taken_in_time)
{
	double start = now();

	/* As long as the exchange may take: this is about another limit. */
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, XCRYPT_TIMEOUT_MAX));
	EXPECT_ERRNO(ETIMEDOUT, xc_ask_client(self->a));
	EXPECT_LT(9, now() - start);
	EXPECT_GT(15, now() - start);
	EXPECT_EQ(XCRYPT_CLASS_NONE, xc_class(self->a, ETIMEDOUT));
	EXPECT_ERRNO(EAGAIN, genl_accept(&self->nl, &self->req));
	EXPECT_TRUE(carries_both(self->a, self->b));
}

TEST_F(handshake, peer_resets)
{
	char octet;

	/* No other process here, which would keep the peer's descriptor. */
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, set_nonblock(self->a));
	EXPECT_ERRNO(EINPROGRESS, xc_ask_client(self->a));
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	close_reset(self->b);
	EXPECT_NE(0, poll_for(self->req.fd, POLLIN, 10000) & POLLERR);
	EXPECT_ERRNO(ECONNRESET, read(self->req.fd, &octet, 1));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_CLOSED, ECONNRESET));
	EXPECT_EQ(XCRYPT_CLASS_CLOSED, xc_class(self->a, ECONNRESET));
	EXPECT_ERRNO(ECONNABORTED, read(self->a, &octet, 1));
	EXPECT_ERRNO(ECONNABORTED, write(self->a, "x", 1));
	self->b = -1;
}

TEST_F(handshake, peer_shuts_down)
{
	char octet;

	ASSERT_EQ(0, begin(self, variant->role));
	ASSERT_EQ(0, shutdown(self->b, SHUT_WR));
	EXPECT_NE(0, poll_for(self->req.fd, POLLIN, 10000) & POLLIN);
	EXPECT_EQ(0, read(self->req.fd, &octet, 1));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_CLOSED, EPROTO));
	EXPECT_ERRNO(EPROTO, mta_wait(&self->mta));
	EXPECT_CLOSED(self, EPROTO);
}

/* What one that waits in poll() sees; it says "x" when a first look showed nothing. */
static int said[2];

static int poll_to_the_end(int fd)
{
	int events = POLLIN | POLLOUT | POLLRDHUP;

	errno = ENOMSG;
	if (poll_for(fd, events, 200) || write(said[1], "x", 1) != 1)
		return -1;
	events = poll_for(fd, events, 10000);
	return (events & (POLLIN | POLLOUT)) == (POLLIN | POLLOUT) ? 0 : -1;
}

static int epoll_to_the_end(int fd)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	errno = ENOMSG;
	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) || epoll_wait(ep, &ev, 1, 200))
		return -1;
	if (write(said[1], "x", 1) != 1 || epoll_wait(ep, &ev, 1, 10000) != 1)
		return -1;
	return ev.events == (EPOLLIN | EPOLLOUT) ? 0 : -1;
}

static void nonblocking(struct __test_metadata *_metadata, FIXTURE_DATA(handshake) *self,
			int (*watch)(int fd))
{
	struct xcrypt_outcome outcome, running = {
		.version = XCRYPT_VERSION,
		.state = XCRYPT_STATE_RUNNING,
	};
	char octet;

	ASSERT_EQ(0, pipe(said));
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, set_nonblock(self->a));
	EXPECT_ERRNO(EINPROGRESS, xc_ask_client(self->a));
	ASSERT_EQ(0, xc_outcome(self->a, &outcome));
	EXPECT_EQ(0, memcmp(&running, &outcome, sizeof(running)));
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	ASSERT_EQ(0, write_line(self->b));
	ASSERT_EQ(6, wait_queued(self->a, 6));
	mta_start(&self->mta, &self->nl, self->a, watch);
	ASSERT_EQ(1, read(said[0], &octet, 1));
	pause_ms(50);
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_ANSWERED, ECONNREFUSED));
	EXPECT_EQ(0, mta_wait(&self->mta)) TH_LOG("%s", strerror(errno));
	EXPECT_GT(5, now() - self->mta.end->at);
	EXPECT_EQ(XCRYPT_CLASS_ANSWERED, xc_class(self->a, ECONNREFUSED));
	EXPECT_EQ(0, read_line(self->a));
}

TEST_F(handshake, nonblocking_poll)
{
	nonblocking(_metadata, self, poll_to_the_end);
}

TEST_F(handshake, nonblocking_epoll_edge)
{
	nonblocking(_metadata, self, epoll_to_the_end);
}

static int poll_nothing(int fd)
{
	errno = ENOMSG;
	return poll_for(fd, POLLIN | POLLOUT | POLLRDHUP, 100) ? -1 : 0;
}

/* EPOLLHUP cannot be left out: told of it before the outcome, an MTA would look all the time. */
TEST_F(handshake, nonblocking_peer_resets)
{
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, set_nonblock(self->a));
	EXPECT_ERRNO(EINPROGRESS, xc_ask_client(self->a));
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	close_reset(self->b);
	self->b = -1;
	ASSERT_NE(0, poll_for(self->req.fd, 0, 10000) & (POLLERR | POLLHUP));
	EXPECT_EQ(0, elsewhere(self->a, poll_nothing));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_CLOSED, ECONNRESET));
	EXPECT_NE(0, poll_for(self->a, POLLOUT, 10000) & POLLOUT);
	EXPECT_EQ(XCRYPT_CLASS_CLOSED, xc_class(self->a, ECONNRESET));
}

TEST_F(handshake, nonblocking_encrypts)
{
	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, set_nonblock(self->a));
	EXPECT_ERRNO(EINPROGRESS, xc_ask_client(self->a));
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	ASSERT_EQ(0, install(self->req.fd, self->b, true, true));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_ENCRYPTED, 0));
	EXPECT_EQ(XCRYPT_CLASS_ENCRYPTED, xc_class(self->a, 0));
	EXPECT_EQ(1000, pattern_send(self->a, 0, 1000));
	EXPECT_EQ(1000, pattern_recv(self->b, 0, 1000));
}

TEST_F(handshake, nonblocking_nobody_serves)
{
	ASSERT_EQ(0, set_nonblock(self->a));
	EXPECT_ERRNO(ESRCH, xc_ask_client(self->a));
	EXPECT_NE(0, poll_for(self->a, POLLOUT, 0) & POLLOUT);
}

TEST_F(handshake, closed_while_it_waits)
{
	char octet;

	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, set_nonblock(self->a));
	EXPECT_ERRNO(EINPROGRESS, xc_ask_client(self->a));
	close(self->a);
	self->a = -1;
	EXPECT_ERRNO(EAGAIN, genl_accept(&self->nl, &self->req));
	EXPECT_EQ(0, read(self->b, &octet, 1));
}

/* The connection lives on until the daemon has said that it has closed its descriptor, too. */
TEST_F(handshake, closed_after_it_is_taken)
{
	char octet;

	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	ASSERT_EQ(0, set_nonblock(self->a));
	EXPECT_ERRNO(EINPROGRESS, xc_ask_client(self->a));
	ASSERT_EQ(0, genl_next(&self->nl, &self->req));
	close(self->a);
	self->a = -1;
	EXPECT_EQ(0, write_line(self->req.fd));
	EXPECT_EQ(0, read_line(self->b));
	close(self->req.fd);
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
	EXPECT_EQ(0, read(self->b, &octet, 1));
}

/*
 * Two threads ask for the same socket again and again. The daemon refuses all: no thread
 * may take the other's beginning for its own success.
 */
static int ask_by_two(int fd)
{
	double end = now() + 2;
	int err = 0;

	if (!fork()) {
		while (now() < end)
			xc_ask_client(fd);
		_exit(0);
	}
	while (!err && now() < end)
		err = !xc_ask_client(fd);
	errno = EILSEQ;
	return err ? -1 : 0;
}

TEST_F(handshake, two_askers)
{
	struct genl_event event;
	int refused = 0;
	double end;

	ASSERT_EQ(0, genl_serve(&self->nl, SUITES, -1));
	mta_start(&self->mta, &self->nl, self->a, ask_by_two);
	for (end = now() + 3; now() < end;) {
		if (genl_accept(&self->nl, &self->req)) {
			genl_event(&self->nl, XCRYPT_CMD_READY, &event, 100);
			continue;
		}
		EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_NONE, EACCES));
		close(self->req.fd);
		refused++;
	}
	EXPECT_EQ(0, mta_wait(&self->mta)) TH_LOG("a refused handshake returned 0");
	EXPECT_LT(10, refused);
}

TEST_HARNESS_MAIN
