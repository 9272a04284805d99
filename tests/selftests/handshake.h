/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture of a handshake. This process is the daemon and the peer; the MTA's calls are
 * made in others, for the kernel knows the daemon by its process.
 */
#ifndef _SELFTESTS_HANDSHAKE_H
#define _SELFTESTS_HANDSHAKE_H

#include "harness.h"

#include "ask.h"
#include "genl.h"

#define SUITES "t32 arrsyfor chacha20"

FIXTURE(handshake)
{
	int a;			/* the MTA's */
	int b;			/* its peer's */
	struct genl nl;
	struct mta mta;
	struct genl_request req;
};

FIXTURE_VARIANT(handshake)
{
	int family;
	int role;
};

FIXTURE_VARIANT_ADD(handshake, v4_client) { .family = AF_INET, .role = XCRYPT_ROLE_CLIENT };
FIXTURE_VARIANT_ADD(handshake, v6_server) { .family = AF_INET6, .role = XCRYPT_ROLE_SERVER };

FIXTURE_SETUP(handshake)
{
	int fd[2];

	ASSERT_EQ(0, pair_open(variant->family, fd));
	self->a = fd[0];
	self->b = fd[1];
	ASSERT_EQ(0, xc_attach(self->a));
	ASSERT_EQ(0, xc_attach(self->b));
	ASSERT_EQ(0, genl_open(&self->nl)) TH_LOG("no family: %s", strerror(errno));
}

FIXTURE_TEARDOWN(handshake)
{
	genl_close(&self->nl);
	close(self->a);
	close(self->b);
}

static int role;

static inline int ask(int fd)
{
	return xc_ask(fd, role, ASK_LINE, "", 0);
}

/* A blocking request in another process, taken by this one. */
static inline int begin(FIXTURE_DATA(handshake) *self, int asked_role)
{
	role = asked_role;
	if (genl_serve(&self->nl, SUITES, -1))
		return -1;
	mta_start(&self->mta, &self->nl, self->a, ask);
	return genl_next(&self->nl, &self->req);
}

/* Keys in one or both directions of the daemon's descriptor, and the peer's. */
static inline int install(int fd, int peer, bool tx, bool rx)
{
	struct xcrypt_key key;

	key_random(&key, "t32");
	if (tx && pair_key(fd, peer, &key))
		return -1;
	key_random(&key, "t32");
	memset(key.session, 0x5e, sizeof(key.session));
	return rx ? pair_key(peer, fd, &key) : 0;
}

static inline bool carries(int from, int to)
{
	return pattern_send(from, 0, 1000) == 1000 && pattern_recv(to, 0, 1000) == 1000;
}

static inline bool carries_both(int a, int b)
{
	return carries(a, b) && carries(b, a);
}

static inline int write_line(int fd)
{
	return send(fd, "hello\n", 6, MSG_NOSIGNAL) == 6 ? 0 : -1;
}

static inline int read_line(int fd)
{
	char line[6];

	return recv(fd, line, 6, MSG_WAITALL) == 6 && !memcmp(line, "hello\n", 6) ? 0 : -1;
}

/* No way back: both ends see the end of their stream, and the MTA may do nothing. */
#define EXPECT_CLOSED(self, err) do {					\
	char octet;							\
	EXPECT_EQ(XCRYPT_CLASS_CLOSED, xc_class((self)->a, err));	\
	EXPECT_EQ(0, read((self)->b, &octet, 1));			\
	EXPECT_ERRNO(ECONNABORTED, read((self)->a, &octet, 1));		\
	EXPECT_ERRNO(ECONNABORTED, write((self)->a, "x", 1));		\
	EXPECT_ERRNO(ECONNABORTED, install((self)->a, (self)->b, true, false)); \
	EXPECT_ERRNO(ECONNABORTED, xc_ask_client((self)->a));		\
} while (0)

#endif /* _SELFTESTS_HANDSHAKE_H */
