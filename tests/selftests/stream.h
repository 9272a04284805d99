/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture STREAM (to be defined before): a connected pair, @a the client's end
 * and @b the server's, keyed both ways unless the variant is plain. A test that
 * ends a direction by an ULP error says so by setting @dead.
 */
#include "harness.h"

NAMED_FIXTURE(STREAM)
{
	int a;
	int b;
	bool dead;
};

#include "variants.h"

NAMED_SETUP(STREAM)
{
	int fd[2];

	ASSERT_EQ(0, pair_open(variant->family, fd))
		TH_LOG("loopback of this family: %s", strerror(errno));
	if (variant->cipher) {
		ASSERT_EQ(0, pair_encrypt(fd, variant->cipher))
			TH_LOG("xcrypt: %s; load the module", strerror(errno));
	}
	self->a = fd[0];
	self->b = fd[1];
}

NAMED_TEARDOWN(STREAM)
{
	struct xcrypt_info info;

	for (int i = 0; variant->cipher && !self->dead && i < 4; i++) {
		if (!xc_get(i & 1 ? self->a : self->b, i & 2 ? XCRYPT_TX : XCRYPT_RX, &info))
			EXPECT_EQ(0, info.error);
	}
	close(self->a);
	close(self->b);
}
