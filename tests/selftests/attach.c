// SPDX-License-Identifier: GPL-2.0
/* setsockopt(TCP_ULP): which sockets take it, and what an attached one is. */
#include "harness.h"

#include <sched.h>
#include <sys/un.h>

#include "bpf.h"
#include "netns.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static __u8 buf[65536];

FIXTURE(attach)
{
	int a;
	int b;
};

FIXTURE_VARIANT(attach)
{
	int family;
};

FIXTURE_VARIANT_ADD(attach, v4) { .family = AF_INET };
FIXTURE_VARIANT_ADD(attach, v6) { .family = AF_INET6 };
FIXTURE_VARIANT_ADD(attach, mapped) { .family = FAMILY_MAPPED };

FIXTURE_SETUP(attach)
{
	int fd[2];

	ASSERT_EQ(0, pair_open(variant->family, fd));
	self->a = fd[0];
	self->b = fd[1];
}

FIXTURE_TEARDOWN(attach)
{
	close(self->a);
	close(self->b);
}

static bool carries(int from, int to)
{
	return pattern_send(from, 0, 1000) == 1000 && pattern_recv(to, 0, 1000) == 1000;
}

/* Keys on both attached ends, and octets both ways. */
static bool encrypts(int a, int b)
{
	struct xcrypt_key key;

	key_random(&key, "chacha20");
	if (pair_key(a, b, &key))
		return false;
	key_random(&key, "t32");
	if (pair_key(b, a, &key))
		return false;
	return carries(a, b) && carries(b, a);
}

TEST_F(attach, both_ends)
{
	EXPECT_EQ(0, xc_attach(self->a));
	EXPECT_EQ(0, xc_attach(self->b));
	EXPECT_TRUE(encrypts(self->a, self->b));
}

TEST_F(attach, without_keys_it_is_plain)
{
	ASSERT_EQ(0, xc_attach(self->a));
	EXPECT_TRUE(carries(self->a, self->b));
	EXPECT_TRUE(carries(self->b, self->a));
}

TEST_F(attach, without_keys_it_splices)
{
	int p[2];

	ASSERT_EQ(0, xc_attach(self->b));
	ASSERT_EQ(0, pipe(p));
	EXPECT_EQ(1000, pattern_send(self->a, 0, 1000));
	ASSERT_EQ(1000, wait_queued(self->b, 1000));
	EXPECT_EQ(1000, splice(self->b, NULL, p[1], NULL, 1000, 0));
	EXPECT_EQ(1000, pattern_recv(p[0], 0, 1000));
	close(p[0]);
	close(p[1]);
}

TEST_F(attach, name_is_reported)
{
	char name[16] = {};
	socklen_t len = sizeof(name);

	ASSERT_EQ(0, xc_attach(self->a));
	EXPECT_EQ(0, getsockopt(self->a, SOL_TCP, TCP_ULP, name, &len));
	EXPECT_STREQ("xcrypt", name);
}

TEST_F(attach, twice)
{
	ASSERT_EQ(0, xc_attach(self->a));
	EXPECT_ERRNO(EEXIST, xc_attach(self->a));
	ASSERT_EQ(0, xc_attach(self->b));
	EXPECT_TRUE(encrypts(self->a, self->b));
	EXPECT_ERRNO(EEXIST, xc_attach(self->a));
	EXPECT_TRUE(carries(self->a, self->b));
}

TEST_F(attach, unknown_name)
{
	EXPECT_ERRNO(ENOENT, setsockopt(self->a, SOL_TCP, TCP_ULP, "xcryp", 6));
	EXPECT_ERRNO(ENOENT, setsockopt(self->a, SOL_TCP, TCP_ULP, "xcrypts", 8));
	EXPECT_EQ(0, xc_attach(self->a));
}

TEST_F(attach, tls_after_xcrypt)
{
	ASSERT_EQ(0, xc_attach(self->a));
	EXPECT_ERRNO(EEXIST, setsockopt(self->a, SOL_TCP, TCP_ULP, "tls", 4));
}

TEST_F(attach, xcrypt_after_tls)
{
	if (setsockopt(self->a, SOL_TCP, TCP_ULP, "tls", 4))
		SKIP(return, "the kernel has no TLS: %s", strerror(errno));
	EXPECT_ERRNO(EEXIST, xc_attach(self->a));
}

TEST_F(attach, unconnected)
{
	struct endpoint ep;
	int fd;

	endpoint_init(&ep, variant->family);
	fd = socket(ep.domain, SOCK_STREAM, 0);
	EXPECT_ERRNO(ENOTCONN, xc_attach(fd));
}

TEST_F(attach, listening)
{
	struct endpoint ep;
	int fd;

	endpoint_init(&ep, variant->family);
	fd = endpoint_listen(&ep, 1);
	ASSERT_LE(0, fd);
	EXPECT_ERRNO(ENOTCONN, xc_attach(fd));
}

/* A full accept queue leaves who comes next in SYN_SENT. */
TEST_F(attach, connecting)
{
	struct endpoint ep;
	int fd = -1;

	endpoint_init(&ep, variant->family);
	ASSERT_LE(0, endpoint_listen(&ep, 0));
	for (int i = 0; i < 3; i++) {
		fd = socket(ep.domain, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fd, (struct sockaddr *)&ep.addr, ep.len);
	}
	pause_ms(20);
	ASSERT_EQ(0, poll_for(fd, POLLOUT, 0));
	EXPECT_ERRNO(ENOTCONN, xc_attach(fd));
}

TEST_F(attach, peer_has_closed)
{
	shutdown(self->b, SHUT_WR);
	EXPECT_EQ(0, read(self->a, buf, 1));
	EXPECT_ERRNO(ENOTCONN, xc_attach(self->a));
}

TEST_F(attach, after_own_shutdown)
{
	shutdown(self->a, SHUT_WR);
	EXPECT_ERRNO(ENOTCONN, xc_attach(self->a));
}

TEST_F(attach, after_reset)
{
	close_reset(self->b);
	EXPECT_NE(0, poll_for(self->a, 0, 10000) & POLLERR);
	EXPECT_ERRNO(ENOTCONN, xc_attach(self->a));
}

TEST_F(attach, udp)
{
	struct endpoint ep;

	endpoint_init(&ep, variant->family);
	EXPECT_ERRNO(ENOPROTOOPT, xc_attach(socket(ep.domain, SOCK_DGRAM, 0)));
}

TEST_F(attach, listen_is_refused)
{
	ASSERT_EQ(0, xc_attach(self->a));
	EXPECT_ERRNO(EINVAL, listen(self->a, 1));
	EXPECT_TRUE(carries(self->a, self->b));
}

TEST_F(attach, connect_to_af_unspec_is_refused)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };

	ASSERT_EQ(0, xc_attach(self->a));
	EXPECT_ERRNO(EINVAL, connect(self->a, &unspec, sizeof(unspec)));
	ASSERT_EQ(0, xc_attach(self->b));
	EXPECT_TRUE(encrypts(self->a, self->b));
	EXPECT_ERRNO(EINVAL, connect(self->a, &unspec, sizeof(unspec)));
	EXPECT_TRUE(carries(self->a, self->b));
	close(self->b);
	EXPECT_EQ(0, read(self->a, buf, 1));
	EXPECT_ERRNO(EINVAL, connect(self->a, &unspec, sizeof(unspec)));
}

TEST_F(attach, connect_again_is_eisconn)
{
	struct endpoint ep;

	endpoint_init(&ep, variant->family);
	ASSERT_LE(0, endpoint_listen(&ep, 1));
	ASSERT_EQ(0, xc_attach(self->a));
	EXPECT_ERRNO(EISCONN, connect(self->a, (struct sockaddr *)&ep.addr, ep.len));
}

TEST_F(attach, peek_offset_before)
{
	if (opt_set(self->a, SOL_SOCKET, SO_PEEK_OFF, 0))
		SKIP(return, "TCP of this kernel has no SO_PEEK_OFF");
	EXPECT_ERRNO(EINVAL, xc_attach(self->a));
	ASSERT_EQ(0, opt_set(self->a, SOL_SOCKET, SO_PEEK_OFF, -1));
	EXPECT_EQ(0, xc_attach(self->a));
}

TEST_F(attach, under_repair)
{
	ASSERT_EQ(0, opt_set(self->a, SOL_TCP, TCP_REPAIR, 1));
	EXPECT_ERRNO(EOPNOTSUPP, xc_attach(self->a));
	ASSERT_EQ(0, opt_set(self->a, SOL_TCP, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP));
	EXPECT_EQ(0, xc_attach(self->a));
}

TEST_F(attach, in_a_sockmap)
{
	int map = sockmap_new(BPF_MAP_TYPE_SOCKMAP);

	ASSERT_LE(0, map) TH_LOG("bpf: %s", strerror(errno));
	ASSERT_EQ(0, sockmap_put(map, self->a));
	EXPECT_ERRNO(EOPNOTSUPP, xc_attach(self->a));
	ASSERT_EQ(0, sockmap_remove(map));
	EXPECT_EQ(0, xc_attach(self->a));
}

TEST_F(attach, sockmap_afterwards)
{
	int map = sockmap_new(BPF_MAP_TYPE_SOCKMAP);
	int hash = sockmap_new(BPF_MAP_TYPE_SOCKHASH);

	ASSERT_LE(0, map);
	ASSERT_LE(0, hash);
	ASSERT_EQ(0, xc_attach(self->a));
	EXPECT_ERRNO(EOPNOTSUPP, sockmap_put(map, self->a));
	EXPECT_ERRNO(EOPNOTSUPP, sockmap_put(hash, self->a));
	ASSERT_EQ(0, xc_attach(self->b));
	EXPECT_TRUE(encrypts(self->a, self->b));
	EXPECT_ERRNO(EOPNOTSUPP, sockmap_put(map, self->a));
	EXPECT_TRUE(carries(self->a, self->b));
}

/* A listener that speaks MPTCP and a client that does if @proto says so. */
static int mptcp_pair(int family, int fd[2], int proto)
{
	struct endpoint ep;
	int lfd;

	endpoint_init(&ep, family);
	lfd = socket(ep.domain, SOCK_STREAM, IPPROTO_MPTCP);
	fd[0] = socket(ep.domain, SOCK_STREAM, proto);
	if (lfd < 0 || fd[0] < 0)
		return -1;
	if (bind(lfd, (struct sockaddr *)&ep.addr, ep.len) || listen(lfd, 1) ||
	    getsockname(lfd, (struct sockaddr *)&ep.addr, &ep.len) ||
	    connect(fd[0], (struct sockaddr *)&ep.addr, ep.len))
		return -1;
	fd[1] = accept(lfd, NULL, NULL);
	return fd[1] < 0 ? -1 : 0;
}

TEST_F(attach, mptcp)
{
	int fd[2];

	if (mptcp_pair(variant->family, fd, IPPROTO_MPTCP))
		SKIP(return, "no MPTCP in this kernel: %s", strerror(errno));
	EXPECT_ERRNO(ENOPROTOOPT, xc_attach(fd[0]));
	EXPECT_ERRNO(ENOPROTOOPT, xc_attach(fd[1]));
	EXPECT_TRUE(carries(fd[0], fd[1]));
}

/* It may refuse what the listener made of a plain client, or encrypt it. */
TEST_F(attach, mptcp_listener_with_plain_client)
{
	int fd[2];

	if (mptcp_pair(variant->family, fd, IPPROTO_TCP))
		SKIP(return, "no MPTCP in this kernel: %s", strerror(errno));
	ASSERT_EQ(0, xc_attach(fd[0]));
	EXPECT_TRUE(xc_attach(fd[1]) ? carries(fd[0], fd[1]) : encrypts(fd[0], fd[1]));
}

TEST_F(attach, smc)
{
	int fd = socket(AF_SMC, SOCK_STREAM, variant->family == AF_INET ? 0 : 1);

	if (fd < 0)
		SKIP(return, "no SMC in this kernel: %s", strerror(errno));
	EXPECT_ERRNO(EOPNOTSUPP, xc_attach(fd));
	close(fd);
}

/*
 * To a listener of plain TCP an SMC socket falls back: its calls reach the TCP socket inside,
 * which SMC takes away from the file when that is closed.
 */
TEST_F(attach, smc_after_its_fallback)
{
	int fd, lfd, peer;
	struct endpoint ep;

	fd = socket(AF_SMC, SOCK_STREAM, variant->family == AF_INET ? 0 : 1);
	if (fd < 0)
		SKIP(return, "no SMC in this kernel: %s", strerror(errno));
	endpoint_init(&ep, variant->family);
	lfd = endpoint_listen(&ep, 1);
	ASSERT_LE(0, lfd);
	ASSERT_EQ(0, connect(fd, (struct sockaddr *)&ep.addr, ep.len));
	peer = accept(lfd, NULL, NULL);
	ASSERT_LE(0, peer);
	EXPECT_ERRNO(EOPNOTSUPP, xc_attach(fd));
	EXPECT_EQ(6, write(fd, "still\n", 6));
	EXPECT_EQ(6, wait_queued(peer, 6));
	close(fd);
	close(peer);
	close(lfd);
}

TEST_F(attach, without_privilege)
{
	ASSERT_EQ(0, setuid(65534));
	EXPECT_EQ(0, xc_attach(self->a));
	EXPECT_EQ(0, xc_attach(self->b));
	EXPECT_TRUE(encrypts(self->a, self->b));
}

TEST_F(attach, in_a_child_namespace)
{
	int fd[2];

	ASSERT_EQ(0, netns_enter());
	ASSERT_EQ(0, pair_open(variant->family, fd));
	EXPECT_EQ(0, xc_attach(fd[0]));
	EXPECT_EQ(0, xc_attach(fd[1]));
	EXPECT_TRUE(encrypts(fd[0], fd[1]));
}

/* The namespace goes while its sockets live on in this process, then they go. */
TEST_F(attach, outlives_its_namespace)
{
	int home = open("/proc/self/ns/net", O_RDONLY);
	int fd[2];

	ASSERT_LE(0, home);
	ASSERT_EQ(0, netns_enter());
	ASSERT_EQ(0, pair_open(variant->family, fd));
	ASSERT_EQ(0, setns(home, CLONE_NEWNET));
	EXPECT_EQ(0, xc_attach(fd[0]));
	EXPECT_EQ(0, xc_attach(fd[1]));
	EXPECT_TRUE(encrypts(fd[0], fd[1]));
	close(fd[0]);
	close(fd[1]);
}

static bool both(int a, int b)
{
	return !xc_attach(a) && !xc_attach(b) && encrypts(a, b);
}

TEST_F(attach, duplicated_descriptor)
{
	int copy;

	ASSERT_TRUE(both(self->a, self->b));
	copy = dup(self->a);
	EXPECT_TRUE(carries(copy, self->b));
	EXPECT_TRUE(carries(self->a, self->b));
	close(self->a);
	self->a = copy;
	EXPECT_TRUE(carries(self->b, self->a));
}

TEST_F(attach, forked)
{
	int status = -1;
	pid_t pid;

	ASSERT_TRUE(both(self->a, self->b));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(pattern_send(self->a, 0, 500) == 500 ? 0 : 1);
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(500, pattern_send(self->a, 500, 500));
	EXPECT_EQ(1000, pattern_recv(self->b, 0, 1000));
}

static int pass(int over, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { .iov_base = buf, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&msg);

	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cm), &fd, sizeof(int));
	return sendmsg(over, &msg, 0) == 1 ? 0 : -1;
}

static int take(int over)
{
	char control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { .iov_base = buf, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(over, &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	return fd;
}

TEST_F(attach, passed_to_another_process)
{
	int un[2], status = -1;
	pid_t pid;

	ASSERT_TRUE(both(self->a, self->b));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, un));
	ASSERT_EQ(0, pass(un[0], self->a));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(self->a);
		_exit(pattern_send(take(un[1]), 0, 500) == 500 ? 0 : 1);
	}
	close(self->a);
	self->a = -1;
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(500, pattern_recv(self->b, 0, 500));
}

static ssize_t try_attach(int fd, __u64 pos, size_t len)
{
	(void)pos;
	(void)len;
	return xc_attach(fd);
}

TEST_F(attach, race_has_one_winner)
{
	struct job jobs[4];
	int won = 0;

	for (int i = 0; i < 4; i++)
		job_start(&jobs[i], try_attach, self->a, 0, 0);
	for (int i = 0; i < 4; i++) {
		if (!job_join(&jobs[i]))
			won++;
		else
			EXPECT_EQ(EEXIST, errno);
	}
	EXPECT_EQ(1, won);
	EXPECT_EQ(0, xc_attach(self->b));
	EXPECT_TRUE(encrypts(self->a, self->b));
}

TEST_F(attach, while_a_reader_sleeps)
{
	struct job job;

	job_start(&job, pattern_recv_once, self->b, 0, 100);
	ASSERT_TRUE(job_asleep(&job));
	EXPECT_EQ(0, xc_attach(self->b));
	EXPECT_EQ(50, pattern_send(self->a, 0, 50));
	EXPECT_EQ(50, job_join(&job));
}

TEST_F(attach, while_a_writer_sleeps)
{
	struct job job;

	shrink(self->a, self->b);
	job_start(&job, pattern_send_once, self->a, 0, 1000000);
	ASSERT_TRUE(job_asleep(&job));
	EXPECT_EQ(0, xc_attach(self->a));
	EXPECT_EQ(1000000, pattern_recv(self->b, 0, 1000000));
	EXPECT_EQ(1000000, job_join(&job));
}

TEST_F(attach, two_hundred_sockets)
{
	int fd[200][2];

	for (int i = 0; i < 200; i++) {
		ASSERT_EQ(0, pair_open(variant->family, fd[i]));
		ASSERT_TRUE(both(fd[i][0], fd[i][1]));
	}
	for (int i = 0; i < 200; i++) {
		EXPECT_TRUE(carries(fd[i][1], fd[i][0]));
		close(fd[i][0]);
		close(fd[i][1]);
	}
}

TEST_HARNESS_MAIN
