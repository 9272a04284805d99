// SPDX-License-Identifier: GPL-2.0
/* Every way to the stream past the ciphers is closed, and trying it moved nothing. */
#define STREAM bypass
#define STREAM_KEYED
#include "stream.h"

#include <linux/kcm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "bpf.h"

#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#endif
#ifndef MSG_SOCK_DEVMEM
#define MSG_SOCK_DEVMEM 0x2000000
#endif
#ifndef IPV6_ADDRFORM
#define IPV6_ADDRFORM 1
#endif

static __u8 buf[65536];

/* Octets still pass both ways, and those are all that ever passed. */
#define EXPECT_UNMOVED() do {						\
	EXPECT_EQ(0, queued(self->b));					\
	EXPECT_EQ(700, pattern_send(self->a, 0, 700));			\
	EXPECT_EQ(700, pattern_recv(self->b, 0, 700));			\
	EXPECT_EQ(700, pattern_send(self->b, 0, 700));			\
	EXPECT_EQ(700, pattern_recv(self->a, 0, 700));			\
	EXPECT_EQ(700, xc_octets(self->a, XCRYPT_TX));			\
	EXPECT_EQ(700, xc_octets(self->a, XCRYPT_RX));			\
} while (0)

TEST_F(bypass, send_oob)
{
	EXPECT_ERRNO(EOPNOTSUPP, send(self->a, buf, 1, MSG_OOB));
	EXPECT_ERRNO(EOPNOTSUPP, send(self->a, buf, 5000, MSG_OOB | MSG_DONTWAIT));
	EXPECT_UNMOVED();
}

TEST_F(bypass, send_zerocopy)
{
	EXPECT_ERRNO(EOPNOTSUPP, send(self->a, buf, 5000, MSG_ZEROCOPY));
	EXPECT_EQ(0, opt_set(self->a, SOL_SOCKET, SO_ZEROCOPY, 1));
	EXPECT_ERRNO(EOPNOTSUPP, send(self->a, buf, 5000, MSG_ZEROCOPY));
	EXPECT_ERRNO(EAGAIN, recv(self->a, buf, 100, MSG_ERRQUEUE));
	EXPECT_UNMOVED();
}

TEST_F(bypass, sendmsg_zerocopy)
{
	struct iovec iov = { .iov_base = buf, .iov_len = 5000 };
	struct mmsghdr msg = { .msg_hdr = { .msg_iov = &iov, .msg_iovlen = 1 } };

	opt_set(self->a, SOL_SOCKET, SO_ZEROCOPY, 1);
	EXPECT_ERRNO(EOPNOTSUPP, sendmsg(self->a, &msg.msg_hdr, MSG_ZEROCOPY));
	EXPECT_ERRNO(EOPNOTSUPP, sendmmsg(self->a, &msg, 1, MSG_ZEROCOPY));
	EXPECT_UNMOVED();
}

TEST_F(bypass, send_fastopen)
{
	struct endpoint ep;

	endpoint_init(&ep, variant->family);
	EXPECT_ERRNO(EOPNOTSUPP, send(self->a, buf, 100, MSG_FASTOPEN));
	EXPECT_ERRNO(EOPNOTSUPP, sendto(self->a, buf, 100, MSG_FASTOPEN,
					(struct sockaddr *)&ep.addr, ep.len));
	EXPECT_UNMOVED();
}

/* Flags that are the kernel's own, given by a user: ignored, or the call is refused. */
TEST_F(bypass, kernel_internal_send_flags)
{
	static const int flags[] = { 0x10000, 0x20000, 0x80000, 0x100000, 0x8000000 };
	__u64 pos = 0;
	ssize_t n;

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		pattern_fill(buf, 3000, pos);
		n = send(self->a, buf, 3000, flags[i]);
		memset(buf, 0, 3000);
		if (n > 0)
			pos += n;
	}
	EXPECT_EQ(pos, xc_octets(self->a, XCRYPT_TX));
	EXPECT_EQ(pos, pattern_recv(self->b, 0, pos));
}

TEST_F(bypass, recv_oob)
{
	EXPECT_ERRNO(EINVAL, recv(self->b, buf, 1, MSG_OOB));
	EXPECT_ERRNO(EINVAL, recv(self->b, buf, 1, MSG_OOB | MSG_PEEK));
	EXPECT_UNMOVED();
}

TEST_F(bypass, recv_of_device_memory)
{
	ssize_t n;

	EXPECT_EQ(100, pattern_send(self->a, 0, 100));
	EXPECT_EQ(100, wait_queued(self->b, 100));
	n = recv(self->b, buf, 100, MSG_SOCK_DEVMEM);
	EXPECT_TRUE(n < 0 || pattern_ok(buf, n, 0));
	n = n < 0 ? 0 : n;
	EXPECT_EQ(100 - n, pattern_recv(self->b, n, 100 - n));
}

TEST_F(bypass, repair)
{
	static const int options[] = {
		TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ, TCP_REPAIR_OPTIONS,
		TCP_REPAIR_WINDOW,
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		EXPECT_ERRNO(EOPNOTSUPP, opt_set(self->a, SOL_TCP, options[i], 1));
		EXPECT_ERRNO(EOPNOTSUPP, opt_set(self->a, SOL_TCP, options[i], 0));
	}
	EXPECT_UNMOVED();
}

TEST_F(bypass, zerocopy_receive)
{
	struct tcp_zerocopy_receive zc = { .length = 4096 };
	socklen_t len = sizeof(zc);

	EXPECT_EQ(8192, pattern_send(self->a, 0, 8192));
	EXPECT_EQ(8192, wait_queued(self->b, 8192));
	zc.copybuf_address = (unsigned long)buf;
	zc.copybuf_len = sizeof(buf);
	EXPECT_ERRNO(EOPNOTSUPP,
		     getsockopt(self->b, SOL_TCP, TCP_ZEROCOPY_RECEIVE, &zc, &len));
	EXPECT_EQ(8192, queued(self->b));
	EXPECT_EQ(8192, pattern_recv(self->b, 0, 8192));
}

TEST_F(bypass, mmap)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->b, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_UNMOVED();
}

TEST_F(bypass, peek_offset)
{
	EXPECT_ERRNO(EOPNOTSUPP, opt_set(self->b, SOL_SOCKET, SO_PEEK_OFF, 0));
	EXPECT_ERRNO(EOPNOTSUPP, opt_set(self->b, SOL_SOCKET, SO_PEEK_OFF, 100));
	EXPECT_UNMOVED();
}

TEST_F(bypass, ipv6_addrform)
{
	int fd[2];

	if (variant->family != AF_INET6)
		SKIP(return, "an IPv4 socket has no IPv6 options");
	EXPECT_ERRNO(EBUSY, opt_set(self->a, SOL_IPV6, IPV6_ADDRFORM, AF_INET));
	ASSERT_EQ(0, pair_open(FAMILY_MAPPED, fd));
	ASSERT_EQ(0, pair_encrypt(fd, variant->cipher));
	EXPECT_ERRNO(EBUSY, opt_set(fd[0], SOL_IPV6, IPV6_ADDRFORM, AF_INET));
	EXPECT_EQ(100, pattern_send(fd[0], 0, 100));
	EXPECT_EQ(100, pattern_recv(fd[1], 0, 100));
	EXPECT_UNMOVED();
}

TEST_F(bypass, sockmap)
{
	int map = sockmap_new(BPF_MAP_TYPE_SOCKMAP);
	int hash = sockmap_new(BPF_MAP_TYPE_SOCKHASH);

	ASSERT_LE(0, map);
	ASSERT_LE(0, hash);
	EXPECT_ERRNO(EOPNOTSUPP, sockmap_put(map, self->a));
	EXPECT_ERRNO(EOPNOTSUPP, sockmap_put(hash, self->b));
	EXPECT_UNMOVED();
}

TEST_F(bypass, connect_to_af_unspec)
{
	struct sockaddr_storage unspec = { .ss_family = AF_UNSPEC };

	EXPECT_ERRNO(EINVAL, connect(self->a, (struct sockaddr *)&unspec, 2));
	EXPECT_ERRNO(EINVAL, connect(self->a, (struct sockaddr *)&unspec, sizeof(unspec)));
	EXPECT_UNMOVED();
}

TEST_F(bypass, listen)
{
	EXPECT_ERRNO(EINVAL, listen(self->a, 1));
	EXPECT_UNMOVED();
}

TEST_F(bypass, tls)
{
	EXPECT_ERRNO(EEXIST, setsockopt(self->a, SOL_TCP, TCP_ULP, "tls", 4));
	EXPECT_UNMOVED();
}

/* A multiplexer above TCP writes by the socket's own functions, so what it sends is encrypted. */
TEST_F(bypass, kcm_sends_ciphertext)
{
	struct kcm_attach attach = { .fd = self->a, .bpf_fd = filter_new() };
	int kcm = socket(AF_KCM, SOCK_DGRAM, KCMPROTO_CONNECTED);

	if (kcm < 0)
		SKIP(return, "no KCM in this kernel: %s", strerror(errno));
	ASSERT_LE(0, attach.bpf_fd);
	if (ioctl(kcm, SIOCKCMATTACH, &attach)) {
		EXPECT_UNMOVED();
		return;
	}
	pattern_fill(buf, 2000, 0);
	EXPECT_EQ(2000, send(kcm, buf, 2000, 0));
	EXPECT_EQ(2000, pattern_recv(self->b, 0, 2000));
	EXPECT_EQ(2000, xc_octets(self->a, XCRYPT_TX));
}

TEST_F(bypass, ordinary_options_work)
{
	EXPECT_EQ(0, opt_set(self->a, SOL_TCP, TCP_NODELAY, 1));
	EXPECT_EQ(1, opt_get(self->a, SOL_TCP, TCP_NODELAY));
	EXPECT_EQ(0, opt_set(self->a, SOL_TCP, TCP_QUICKACK, 1));
	EXPECT_EQ(0, opt_set(self->a, SOL_TCP, TCP_USER_TIMEOUT, 30000));
	EXPECT_EQ(0, opt_set(self->a, SOL_SOCKET, SO_KEEPALIVE, 1));
	EXPECT_EQ(0, opt_set(self->a, SOL_SOCKET, SO_SNDBUF, 100000));
	EXPECT_LT(0, opt_get(self->a, SOL_TCP, TCP_MAXSEG));
	EXPECT_UNMOVED();
}

TEST_HARNESS_MAIN
