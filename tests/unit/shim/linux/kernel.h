/* SPDX-License-Identifier: GPL-2.0 */
/* As much of the kernel as the sources need that are tried here. */
#ifndef _SHIM_LINUX_KERNEL_H
#define _SHIM_LINUX_KERNEL_H

#include <endian.h>
#include <linux/errno.h>
#include <linux/types.h>
#include <stdint.h>
#include <string.h>

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define static_assert(c)	_Static_assert(c, #c)
#define BUILD_BUG_ON(c)		_Static_assert(!(c), #c)
#define container_of(p, t, m)	((t *)((char *)(p) - offsetof(t, m)))

#define min_t(type, a, b)	({ type a_ = (a), b_ = (b); a_ < b_ ? a_ : b_; })
#define min(a, b)		min_t(__typeof__((a) + (b)), a, b)
#define round_down(x, y)	((x) / (y) * (y))
#define round_up(x, y)		round_down((x) + (y) - 1, y)
#define DIV_ROUND_UP(x, y)	(((x) + (y) - 1) / (y))

#define cpu_to_be64(x)		htobe64(x)
#define be64_to_cpu(x)		be64toh(x)

#define SHIM_UNALIGNED(bits, order)						\
static inline u##bits get_unaligned_##order##bits(const void *p)		\
{										\
	u##bits x;								\
										\
	memcpy(&x, p, sizeof(x));						\
	return order##bits##toh(x);						\
}										\
										\
static inline void put_unaligned_##order##bits(u##bits x, void *p)		\
{										\
	x = hto##order##bits(x);						\
	memcpy(p, &x, sizeof(x));						\
}

SHIM_UNALIGNED(32, le)
SHIM_UNALIGNED(64, le)
SHIM_UNALIGNED(16, be)
SHIM_UNALIGNED(32, be)
SHIM_UNALIGNED(64, be)

/* The first octet that is not @c, or NULL. */
static inline void *memchr_inv(const void *p, int c, size_t size)
{
	const u8 *at = p;

	for (; size--; at++)
		if (*at != (u8)c)
			return (void *)at;
	return NULL;
}

static inline void memzero_explicit(void *p, size_t size)
{
	explicit_bzero(p, size);
}

#define IS_ERR(p)		((uintptr_t)(p) >= (uintptr_t)-4095)
#define PTR_ERR(p)		((long)(p))
#define ERR_PTR(e)		((void *)(long)(e))

/* Memory: every way to allocate counts down shim_fail_alloc and fails as it reaches 0. */
#define GFP_KERNEL		0
#define GFP_KERNEL_ACCOUNT	1
#define GFP_ATOMIC		2
#define __GFP_ACCOUNT		4

#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v)	__atomic_store_n(&(x), v, __ATOMIC_RELAXED)
#define likely(x)		(x)
#define unlikely(x)		(x)

unsigned int raw_smp_processor_id(void);

static inline bool test_and_set_bit_lock(unsigned int bit, unsigned long *word)
{
	return __atomic_fetch_or(word, 1ul << bit, __ATOMIC_ACQUIRE) >> bit & 1;
}

static inline void clear_bit_unlock(unsigned int bit, unsigned long *word)
{
	__atomic_fetch_and(word, ~(1ul << bit), __ATOMIC_RELEASE);
}

extern unsigned int shim_fail_alloc;

void *kzalloc(size_t size, int gfp);
void kfree(void *p);

#endif /* _SHIM_LINUX_KERNEL_H */
