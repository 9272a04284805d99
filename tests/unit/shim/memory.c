// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <linux/kernel.h>
#include <linux/scatterlist.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

unsigned int shim_fail_alloc;

void *kzalloc(size_t size, int gfp)
{
	(void)gfp;
	if (shim_fail_alloc && !--shim_fail_alloc)
		return NULL;
	return calloc(1, size);
}

void kfree(void *p)
{
	free(p);
}

unsigned int raw_smp_processor_id(void)
{
	return sched_getcpu();
}

static bool on_stack(const void *p)
{
	pthread_attr_t attr;
	size_t size;
	void *low;
	bool on;

	if (pthread_getattr_np(pthread_self(), &attr))
		abort();
	pthread_attr_getstack(&attr, &low, &size);
	on = (uintptr_t)p - (uintptr_t)low < size;
	pthread_attr_destroy(&attr);
	return on;
}

void sg_init_table(struct scatterlist *sg, unsigned int count)
{
	memset(sg, 0, count * sizeof(*sg));
	sg[count - 1].last = true;
}

void sg_init_marker(struct scatterlist *sg, unsigned int count)
{
	if (count != 1)
		abort();
	sg_init_table(sg, count);
}

void sg_set_buf(struct scatterlist *sg, const void *p, unsigned int len)
{
	if (on_stack(p) || !len)
		abort();
	sg->p = (u8 *)p;
	sg->len = len;
}

void sg_init_one(struct scatterlist *sg, const void *p, unsigned int len)
{
	sg_init_table(sg, 1);
	sg_set_buf(sg, p, len);
}

unsigned int shim_sg_octets(const struct scatterlist *sg)
{
	unsigned int sum = sg->len;

	while (!sg->last)
		sum += (++sg)->len;
	return sum;
}

u8 *shim_sg_at(const struct scatterlist *sg, unsigned int at)
{
	while (at >= sg->len)
		at -= sg++->len;
	return sg->p + at;
}
