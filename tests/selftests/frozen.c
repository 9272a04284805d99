// SPDX-License-Identifier: GPL-2.0
/*
 * An MTA is frozen while it waits for its handshake, by a cgroup, which is what a suspend does to
 * everybody. The freezer wakes whoever sleeps interruptibly; to the MTA it is one long call.
 */
#include "handshake.h"

#include "freezer.h"

static void ends_as_if_nothing_was(struct __test_metadata *_metadata,
				   FIXTURE_DATA(handshake) *self)
{
	/* The call, if something woke it, has had time to see that. */
	pause_ms(300);
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_ANSWERED, ECONNREFUSED));
	EXPECT_ERRNO(ECONNREFUSED, mta_wait(&self->mta));
	EXPECT_EQ(XCRYPT_CLASS_ANSWERED, xc_class(self->a, ECONNREFUSED));
	EXPECT_TRUE(carries_both(self->a, self->b));
}

TEST_F(handshake, frozen_by_a_cgroup)
{
	ASSERT_EQ(0, begin(self, variant->role));
	ASSERT_EQ(0, freezer_open(self->mta.pid)) TH_LOG("%s", strerror(errno));
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(0, freezer_set(true)) TH_LOG("%s", strerror(errno));
		pause_ms(100);
		EXPECT_EQ(0, freezer_set(false)) TH_LOG("%s", strerror(errno));
		pause_ms(100);
	}
	ends_as_if_nothing_was(_metadata, self);
	freezer_close();
}

/* What ends while it is frozen, it finds ended. */
TEST_F(handshake, ended_while_frozen)
{
	ASSERT_EQ(0, begin(self, variant->role));
	ASSERT_EQ(0, freezer_open(self->mta.pid)) TH_LOG("%s", strerror(errno));
	ASSERT_EQ(0, freezer_set(true)) TH_LOG("%s", strerror(errno));
	EXPECT_EQ(0, genl_done(&self->nl, self->req.id, XCRYPT_CLASS_ANSWERED, ECONNREFUSED));
	EXPECT_EQ(XCRYPT_CLASS_ANSWERED, xc_class(self->a, ECONNREFUSED));
	EXPECT_EQ(0, freezer_set(false));
	EXPECT_ERRNO(ECONNREFUSED, mta_wait(&self->mta));
	freezer_close();
}

TEST_HARNESS_MAIN
