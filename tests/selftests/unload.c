// SPDX-License-Identifier: GPL-2.0
/*
 * The module goes only when no socket needs it. Each test unloads it at its end and has
 * $LOAD, the command that loads it, bring it back.
 */
#include "harness.h"

#include <sys/syscall.h>

#include "netns.h"

FIXTURE(unload)
{
	int a;
	int b;
};

static int unload(void)
{
	return syscall(SYS_delete_module, "xcrypt", O_NONBLOCK);
}

/* Orphans may take a moment to end. */
static int unload_soon(void)
{
	for (int ms = 0; ms < 10000; ms += 50) {
		if (!unload())
			return 0;
		pause_ms(50);
	}
	return unload();
}

static bool load(void)
{
	const char *cmd = getenv("LOAD");

	return cmd && !system(cmd);
}

FIXTURE_SETUP(unload)
{
	int fd[2];

	ASSERT_TRUE(load()) TH_LOG("set LOAD to the command that loads xcrypt.ko");
	ASSERT_EQ(0, pair_open(AF_INET, fd));
	self->a = fd[0];
	self->b = fd[1];
}

FIXTURE_TEARDOWN(unload)
{
	close(self->a);
	close(self->b);
	EXPECT_EQ(0, unload_soon());
	EXPECT_TRUE(load());
}

TEST_F(unload, without_sockets)
{
	EXPECT_EQ(0, unload_soon());
	EXPECT_ERRNO(ENOENT, xc_attach(self->a));
	EXPECT_TRUE(load());
	EXPECT_EQ(0, xc_attach(self->a));
}

TEST_F(unload, attached_socket_holds_it)
{
	ASSERT_EQ(0, xc_attach(self->a));
	EXPECT_ERRNO(EAGAIN, unload());
	close(self->a);
	self->a = -1;
	EXPECT_EQ(0, unload_soon());
	EXPECT_TRUE(load());
}

TEST_F(unload, keyed_socket_holds_it)
{
	int fd[2] = { self->a, self->b };

	ASSERT_EQ(0, pair_encrypt(fd, "aes256ctr"));
	EXPECT_ERRNO(EAGAIN, unload());
	EXPECT_EQ(1000, pattern_send(self->a, 0, 1000));
	EXPECT_EQ(1000, pattern_recv(self->b, 0, 1000));
}

TEST_F(unload, orphan_holds_it)
{
	ASSERT_EQ(0, xc_attach(self->a));
	shrink(self->a, self->b);
	ASSERT_LT(0, pattern_fill_up(self->a, 0));
	close(self->a);
	self->a = -1;
	EXPECT_ERRNO(EAGAIN, unload());
	close_reset(self->b);
	self->b = -1;
	EXPECT_EQ(0, unload_soon());
	EXPECT_TRUE(load());
}

TEST_F(unload, keyed_orphan_holds_it_and_delivers)
{
	struct xcrypt_key key;
	ssize_t n;

	key_random(&key, "t32");
	ASSERT_EQ(0, xc_attach(self->a));
	ASSERT_EQ(0, xc_set(self->a, XCRYPT_TX, &key));
	shrink(self->a, self->b);
	n = pattern_fill_up(self->a, 0);
	close(self->a);
	self->a = -1;
	EXPECT_ERRNO(EAGAIN, unload());
	ASSERT_EQ(0, xc_attach(self->b));
	ASSERT_EQ(0, xc_set(self->b, XCRYPT_RX, &key));
	EXPECT_EQ(n, pattern_recv(self->b, 0, n + 1));
}

TEST_F(unload, socket_of_another_namespace_holds_it)
{
	int fd[2];

	ASSERT_EQ(0, netns_enter());
	ASSERT_EQ(0, pair_open(AF_INET6, fd));
	ASSERT_EQ(0, xc_attach(fd[0]));
	EXPECT_ERRNO(EAGAIN, unload());
	close(fd[0]);
	close(fd[1]);
}

TEST_F(unload, socket_in_flight_holds_it)
{
	char control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { .iov_base = control, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&msg);
	int un[2];

	ASSERT_EQ(0, xc_attach(self->a));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, un));
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cm), &self->a, sizeof(int));
	ASSERT_EQ(1, sendmsg(un[0], &msg, 0));
	close(self->a);
	self->a = -1;
	EXPECT_ERRNO(EAGAIN, unload());
	close(un[0]);
	close(un[1]);
	EXPECT_EQ(0, unload_soon());
	EXPECT_TRUE(load());
}

TEST_F(unload, four_times_in_a_row)
{
	for (int i = 0; i < 4; i++) {
		EXPECT_EQ(0, unload_soon());
		EXPECT_TRUE(load());
	}
}

TEST_HARNESS_MAIN
