// SPDX-License-Identifier: GPL-2.0
/* "arrsyfor": RC4 with nothing dropped, by the kernel's library. */
#include <crypto/arc4.h>
#include <linux/kernel.h>

#include "cipher.h"
#include "kat.h"

#define ARRSYFOR_KEY	10	/* octets */

static int arrsyfor_setkey(void *state, const u8 *key, const u8 *iv)
{
	return arc4_setkey(state, key, ARRSYFOR_KEY);
}

static int arrsyfor_crypt(void *state, u8 *dst, const u8 *src, unsigned int len)
{
	arc4_crypt(state, dst, src, len);
	return 0;
}

/* RFC 6229, section 2, keys of 80 bits */
static const struct xcrypt_kat arrsyfor_kats[] = {
	{
		.key	= "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a",
		.len	= 32,
		.expect	= "\xed\xe3\xb0\x46\x43\xe5\x86\xcc\x90\x7d\xc2\x18\x51\x70\x99\x02"
			  "\x03\x51\x6b\xa7\x8f\x41\x3b\xeb\x22\x3a\xa5\xd4\xd2\xdf\x67\x11",
	}, {
		.key	= "\x8b\x37\x64\x19\x10\x83\x32\x22\x77\x2a",
		.octet	= 4080,
		.len	= 32,
		.expect	= "\x43\x8d\xd5\xea\xfe\xa0\x11\x1b\x6f\x36\xb4\xb9\x38\xda\x2a\x68"
			  "\x5f\x6b\xfc\x73\x81\x58\x74\xd9\x71\x00\xf0\x86\x97\x93\x57\xd8",
	},
};

static int arrsyfor_selftest(void)
{
	return xcrypt_kat(&xcrypt_arrsyfor, arrsyfor_kats, ARRAY_SIZE(arrsyfor_kats));
}

const struct xcrypt_cipher xcrypt_arrsyfor = {
	.name		= "arrsyfor",
	.key_size	= ARRSYFOR_KEY,
	.state_size	= sizeof(struct arc4_ctx),
	.pos_size	= sizeof(struct arc4_ctx),
	.setkey		= arrsyfor_setkey,
	.crypt		= arrsyfor_crypt,
	.selftest	= arrsyfor_selftest,
};
