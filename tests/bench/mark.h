/* SPDX-License-Identifier: GPL-2.0 */
/* Tells an instruction counter outside of the guest (profile/count.c) where to start and stop. */
#ifndef _BENCH_MARK_H
#define _BENCH_MARK_H

static inline void mark(void)
{
#ifdef __x86_64__
	__asm__ volatile("xchg %%bx, %%bx" ::: "memory");
#endif
}

#endif /* _BENCH_MARK_H */
