// SPDX-License-Identifier: GPL-2.0
/* Buffers for plaintext, one a processor between the reads. */
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include "buf.h"

/*
 * Each processor keeps a buffer for the next reader: to zero one at each read would cost more
 * than the copy. The work zeroes and frees them all, so plaintext rests there for a second at
 * most.
 */
static DEFINE_PER_CPU(u8 *, buf_spare);
static void buf_wipe(struct work_struct *work);
static DECLARE_DELAYED_WORK(buf_wipe_work, buf_wipe);

static void buf_wipe(struct work_struct *work)
{
	int cpu;

	for_each_possible_cpu(cpu)
		kfree_sensitive(xchg(per_cpu_ptr(&buf_spare, cpu), NULL));
}

/* No socket reads any more. */
void xcrypt_buf_exit(void)
{
	cancel_delayed_work_sync(&buf_wipe_work);
	buf_wipe(NULL);
}

void xcrypt_buf_get(struct xcrypt_buf *buf)
{
	buf->size = XCRYPT_BUF_SIZE;
	/* This task may move to another processor here: any spare will do. */
	buf->data = xchg(raw_cpu_ptr(&buf_spare), NULL);
	if (buf->data)
		return;
	buf->data = kmalloc(XCRYPT_BUF_SIZE, GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);
	if (buf->data)
		return;
	buf->size = PAGE_SIZE;
	buf->data = kmalloc(PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN);
	if (buf->data)
		return;
	buf->size = sizeof(buf->small);
	buf->data = buf->small;
}

/* One of at least @size octets in the place of a smaller one. false: none is left at all. */
bool xcrypt_buf_grow(struct xcrypt_buf *buf, unsigned int size)
{
	xcrypt_buf_put(buf);
	buf->size = size;
	buf->data = kmalloc(size, GFP_KERNEL | __GFP_NOWARN);
	return buf->data;
}

void xcrypt_buf_put(struct xcrypt_buf *buf)
{
	if (buf->data == buf->small)
		memzero_explicit(buf->small, sizeof(buf->small));
	else if (buf->size != XCRYPT_BUF_SIZE || cmpxchg(raw_cpu_ptr(&buf_spare), NULL, buf->data))
		kfree_sensitive(buf->data);
	else if (!delayed_work_pending(&buf_wipe_work))
		schedule_delayed_work(&buf_wipe_work, HZ);
}
