// SPDX-License-Identifier: GPL-2.0
/* What an administrator sees: inet_diag, ss and tracepoints, and never a key in them. */
#define STREAM diag
#define STREAM_KEYED
#include "harness.h"

#include <linux/inet_diag.h>
#include <sys/mount.h>

#include "sockdiag.h"

#define TRACEFS "/sys/kernel/tracing"

FIXTURE(diag)
{
	int a;
	int b;
	struct xcrypt_key key;
};

#include "variants.h"

FIXTURE_SETUP(diag)
{
	int fd[2];

	ASSERT_EQ(0, pair_open(variant->family, fd));
	self->a = fd[0];
	self->b = fd[1];
	key_random(&self->key, variant->cipher);
}

FIXTURE_TEARDOWN(diag)
{
	close(self->a);
	close(self->b);
}

/* Four octets of the key, as they are or in hexadecimal. */
static bool shows_key(const void *p, size_t len, const struct xcrypt_key *key)
{
	char hex[9];

	for (int i = 0; i + 4 <= key->key_len; i++) {
		const __u8 *k = key->key + i;

		snprintf(hex, sizeof(hex), "%02x%02x%02x%02x", k[0], k[1], k[2], k[3]);
		if (memmem(p, len, k, 4) || memmem(p, len, hex, 8))
			return true;
	}
	return false;
}

TEST_F(diag, names_the_ulp)
{
	const struct nlattr *name;
	struct nlmsghdr *nlh;
	size_t len;

	ASSERT_EQ(0, xc_attach(self->a));
	nlh = sockdiag(self->a, &len);
	ASSERT_NE(NULL, nlh);
	name = sockdiag_ulp(nlh, INET_ULP_INFO_NAME);
	ASSERT_NE(NULL, name);
	EXPECT_STREQ("xcrypt", (char *)attr_data(name));
	EXPECT_EQ(NULL, nested(sockdiag_ulp(nlh, XCRYPT_DIAG_ULP_INFO), XCRYPT_DIAG_TX));
	EXPECT_EQ(NULL, nested(sockdiag_ulp(nlh, XCRYPT_DIAG_ULP_INFO), XCRYPT_DIAG_RX));
}

TEST_F(diag, tells_cipher_session_octets)
{
	const struct nlattr *tx, *at;
	struct nlmsghdr *nlh;
	__u64 octets;
	size_t len;

	ASSERT_EQ(0, xc_attach(self->a));
	ASSERT_EQ(0, xc_set(self->a, XCRYPT_TX, &self->key));
	EXPECT_EQ(777, pattern_send(self->a, 0, 777));
	nlh = sockdiag(self->a, &len);
	ASSERT_NE(NULL, nlh);
	tx = nested(sockdiag_ulp(nlh, XCRYPT_DIAG_ULP_INFO), XCRYPT_DIAG_TX);
	ASSERT_NE(NULL, tx);
	at = nested(tx, XCRYPT_DIAG_DIR_CIPHER);
	ASSERT_NE(NULL, at);
	EXPECT_STREQ(variant->cipher, (char *)attr_data(at));
	at = nested(tx, XCRYPT_DIAG_DIR_SESSION);
	ASSERT_NE(NULL, at);
	EXPECT_EQ(NLA_HDRLEN + XCRYPT_SESSION_LEN, at->nla_len);
	EXPECT_EQ(0, memcmp(self->key.session, attr_data(at), XCRYPT_SESSION_LEN));
	at = nested(tx, XCRYPT_DIAG_DIR_OCTETS);
	ASSERT_NE(NULL, at);
	memcpy(&octets, attr_data(at), 8);
	EXPECT_EQ(777, octets);
	at = nested(tx, XCRYPT_DIAG_DIR_ERROR);
	ASSERT_NE(NULL, at);
	EXPECT_EQ(0, *(__u32 *)attr_data(at));
	EXPECT_EQ(NULL, nested(sockdiag_ulp(nlh, XCRYPT_DIAG_ULP_INFO), XCRYPT_DIAG_RX));
	EXPECT_FALSE(shows_key(nlh, len, &self->key));
}

TEST_F(diag, tells_the_unprivileged_no_session)
{
	struct nlmsghdr *nlh;
	size_t len;

	ASSERT_EQ(0, xc_attach(self->a));
	ASSERT_EQ(0, xc_set(self->a, XCRYPT_TX, &self->key));
	ASSERT_EQ(0, setuid(65534));
	nlh = sockdiag(self->a, &len);
	ASSERT_NE(NULL, nlh);
	EXPECT_EQ(NULL, sockdiag_ulp(nlh, XCRYPT_DIAG_ULP_INFO));
	EXPECT_EQ(NULL, memmem(nlh, len, self->key.session, XCRYPT_SESSION_LEN));
}

static size_t output_of(const char *cmd, char *out, size_t size)
{
	FILE *f = popen(cmd, "r");
	size_t n = f ? fread(out, 1, size - 1, f) : 0;

	out[n] = 0;
	if (f)
		pclose(f);
	return n;
}

TEST_F(diag, ss_shows_the_ulp)
{
	static char out[65536];
	size_t n;

	if (system("ss -V >/dev/null 2>&1"))
		SKIP(return, "ss is not installed (package iproute2)");
	ASSERT_EQ(0, xc_attach(self->a));
	ASSERT_EQ(0, xc_set(self->a, XCRYPT_TX, &self->key));
	n = output_of("ss -tine", out, sizeof(out));
	EXPECT_NE(NULL, strstr(out, "xcrypt"));
	EXPECT_FALSE(shows_key(out, n, &self->key));
}

/* An administrator ends the connection: both sides hear of it, nothing stays behind. */
TEST_F(diag, ss_kills_it)
{
	struct sockaddr_in6 name;
	socklen_t len = sizeof(name);
	size_t wire = xc_wire(variant->cipher, 100);
	char cmd[256], octet;

	ASSERT_EQ(0, xc_attach(self->a));
	ASSERT_EQ(0, xc_set(self->a, XCRYPT_TX, &self->key));
	EXPECT_EQ(100, pattern_send(self->a, 0, 100));
	ASSERT_EQ(0, getsockname(self->a, (struct sockaddr *)&name, &len));
	snprintf(cmd, sizeof(cmd), "ss -K -t 'sport = :%d' >/dev/null 2>&1",
		 ntohs(name.sin6_port));
	if (system(cmd))
		SKIP(return, "ss -K does not work here");
	if (!(poll_for(self->a, 0, 500) & POLLERR))
		SKIP(return, "the kernel cannot destroy sockets (CONFIG_INET_DIAG_DESTROY)");
	EXPECT_ERRNO(ECONNABORTED, send(self->a, "x", 1, MSG_NOSIGNAL));
	EXPECT_ERRNO(EPIPE, send(self->a, "x", 1, MSG_NOSIGNAL));
	EXPECT_NE(0, poll_for(self->b, 0, 10000) & POLLERR);
	EXPECT_EQ(wire, recv(self->b, cmd, wire, MSG_DONTWAIT));
	EXPECT_ERRNO(ECONNRESET, read(self->b, &octet, 1));
}

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

static bool tracing_on(void)
{
	if (access(TRACEFS "/trace", R_OK))
		mount("tracefs", TRACEFS, "tracefs", 0, NULL);
	return put(TRACEFS "/trace", "\n") && put(TRACEFS "/events/xcrypt/enable", "1");
}

static size_t read_trace(char *out, size_t size)
{
	return output_of("cat " TRACEFS "/trace", out, size);
}

TEST_F(diag, tracepoints_of_attach_and_key)
{
	static char out[262144];
	char want[64];
	size_t n;

	if (access("/sys/kernel/tracing", F_OK))
		SKIP(return, "no tracing in this kernel");
	ASSERT_TRUE(tracing_on());
	ASSERT_EQ(0, xc_attach(self->a));
	ASSERT_EQ(0, xc_set(self->a, XCRYPT_TX, &self->key));
	EXPECT_ERRNO(EBUSY, xc_set(self->a, XCRYPT_TX, &self->key));
	n = read_trace(out, sizeof(out));
	put(TRACEFS "/events/xcrypt/enable", "0");
	EXPECT_NE(NULL, strstr(out, "xcrypt_attach: "));
	EXPECT_NE(NULL, strstr(out, "xcrypt_key: "));
	snprintf(want, sizeof(want), "dir=tx cipher=%s err=0", variant->cipher);
	EXPECT_NE(NULL, strstr(out, want));
	snprintf(want, sizeof(want), "dir=tx cipher=%s err=%d", variant->cipher, -EBUSY);
	EXPECT_NE(NULL, strstr(out, want));
	EXPECT_FALSE(shows_key(out, n, &self->key));
}

TEST_F(diag, tracepoint_of_abort)
{
	static char out[262144];
	struct job job;
	char octet;
	size_t n;

	if (access("/sys/kernel/tracing", F_OK))
		SKIP(return, "no tracing in this kernel");
	ASSERT_TRUE(tracing_on());
	ASSERT_EQ(0, xc_attach(self->b));
	job_start(&job, job_recv, self->b, 0, 10);
	ASSERT_TRUE(job_asleep(&job));
	ASSERT_EQ(0, xc_set(self->b, XCRYPT_RX, &self->key));
	EXPECT_EQ(100, pattern_send(self->a, 0, 100));
	EXPECT_EQ(10, job_join(&job));
	EXPECT_ERRNO(EBADMSG, read(self->b, &octet, 1));
	n = read_trace(out, sizeof(out));
	put(TRACEFS "/events/xcrypt/enable", "0");
	EXPECT_NE(NULL, strstr(out, "xcrypt_abort: "));
	EXPECT_FALSE(shows_key(out, n, &self->key));
}

TEST_HARNESS_MAIN
