// SPDX-License-Identifier: GPL-2.0
/*
 * What the ciphers cost alone, with the code that is in xcrypt.ko: /proc/xcrypt_bench measures
 * when it is read. A line for each cipher, call size, and way: "place", from a buffer onto
 * itself; "move", from one to another. Of ciphers that seal records the largest record, "seal".
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "cipher/cipher.h"

static unsigned long octets = 4 << 20;
module_param(octets, ulong, 0644);
MODULE_PARM_DESC(octets, "octets in one measurement");

/* NULL: this kernel lacks it. */
static const struct xcrypt_cipher *const ciphers[] = {
	XCRYPT_CHACHA20 ? &xcrypt_chacha20 : NULL,
	XCRYPT_AES256CTR ? &xcrypt_aes256ctr : NULL,
	&xcrypt_t32,
	XCRYPT_ARRSYFOR ? &xcrypt_arrsyfor : NULL,
	XCRYPT_CHACHAPOLY ? &xcrypt_chachapoly : NULL,
	XCRYPT_AES256GCM ? &xcrypt_aes256gcm : NULL,
};

static const unsigned int sizes[] = { 64, 1024, 4096, 16384, 65536 };

struct bench {
	struct seq_file *file;
	const struct xcrypt_cipher *cipher;
	void *state;
	u8 *src;
	u8 *dst;
};

static int bench_run(struct bench *b, unsigned int size, unsigned long count, const u8 *src)
{
	const struct xcrypt_part part = { b->dst + XCRYPT_HEAD, size };
	u8 nonce[XCRYPT_NONCE] = { };
	int err = 0;

	while (count-- && !err)
		err = b->cipher->seal ?
		      b->cipher->seal(b->state, nonce, b->dst, size, &part, 1) :
		      b->cipher->crypt(b->state, b->dst, src, size);
	return err;
}

static int bench_measure(struct bench *b, unsigned int size, const char *way, const u8 *src)
{
	unsigned long count = max(octets / size, 1UL);
	u64 start;
	int err;

	/* The first tenth is for the caches. */
	err = bench_run(b, size, count / 10, src);
	start = ktime_get_ns();
	err = err ?: bench_run(b, size, count, src);
	seq_printf(b->file, "cipher=%s size=%u way=%s octets=%lu ns=%llu\n", b->cipher->name,
		   size, way, count * size, ktime_get_ns() - start);
	cond_resched();
	return err;
}

static int bench_sizes(struct bench *b)
{
	unsigned int i;
	int err = 0;

	if (b->cipher->seal)
		return bench_measure(b, 16384, "seal", b->dst) ?:
		       bench_measure(b, 1024, "seal", b->dst);
	for (i = 0; i < ARRAY_SIZE(sizes) && !err; i++)
		err = bench_measure(b, sizes[i], "place", b->dst) ?:
		      bench_measure(b, sizes[i], "move", b->src);
	return err;
}

static int bench_cipher(struct bench *b)
{
	static const u8 secret[32] = { 1 };
	int err = -ENOMEM;

	b->state = kzalloc(b->cipher->state_size, GFP_KERNEL);
	if (!b->state)
		return err;
	err = b->cipher->setkey(b->state, secret, secret);
	if (!err) {
		err = bench_sizes(b);
		if (b->cipher->release)
			b->cipher->release(b->state);
	}
	kfree(b->state);
	return err;
}

static int bench_show(struct seq_file *file, void *unused)
{
	unsigned int i, max = sizes[ARRAY_SIZE(sizes) - 1];
	struct bench b = { .file = file };
	int err = -ENOMEM;

	b.src = kzalloc(max, GFP_KERNEL);
	b.dst = kzalloc(max, GFP_KERNEL);
	if (b.src && b.dst)
		err = 0;
	for (i = 0; i < ARRAY_SIZE(ciphers) && !err; i++) {
		b.cipher = ciphers[i];
		err = b.cipher ? bench_cipher(&b) : 0;
	}
	kfree(b.dst);
	kfree(b.src);
	return err;
}

static int __init bench_init(void)
{
	return proc_create_single("xcrypt_bench", 0400, NULL, bench_show) ? 0 : -ENOMEM;
}

static void __exit bench_exit(void)
{
	remove_proc_entry("xcrypt_bench", NULL);
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Times the ciphers of xcrypt");
MODULE_LICENSE("GPL");
