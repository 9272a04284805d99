/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's kselftest harness (found by -isystem $(KSELFTEST)) and what every
 * test program needs besides. To be included once in a program.
 */
#ifndef _SELFTESTS_HARNESS_H
#define _SELFTESTS_HARNESS_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <kselftest_harness.h>

#include "job.h"
#include "key.h"
#include "pattern.h"
#include "sock.h"

/* The debug kernel and emulated processors take their time. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 60

#ifndef SOL_TCP
#define SOL_TCP IPPROTO_TCP
#endif

/* @call fails with @err. */
#define EXPECT_ERRNO(err, call) do {	\
	errno = 0;			\
	EXPECT_EQ(-1, (call));		\
	EXPECT_EQ(err, errno);		\
} while (0)

/* ASSERT_TRUE as a statement, for the body of a loop. */
#define REQUIRE(cond) do {		\
	bool holds = (cond);		\
					\
	ASSERT_TRUE(holds);		\
} while (0)

/* The harness' macros paste their arguments; these expand them first. */
#define NAMED_FIXTURE(name)			FIXTURE(name)
#define NAMED_SETUP(name)			FIXTURE_SETUP(name)
#define NAMED_TEARDOWN(name)			FIXTURE_TEARDOWN(name)
#define NAMED_VARIANT(name)			FIXTURE_VARIANT(name)
#define NAMED_VARIANT_ADD(name, variant)	FIXTURE_VARIANT_ADD(name, variant)

#endif /* _SELFTESTS_HARNESS_H */
