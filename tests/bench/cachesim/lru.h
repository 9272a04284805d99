/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What userspace/keys/cache.c keeps and drops, without what it keeps: the same rule in
 * constant time, for millions of sessions. test_cachesim.c holds it to the original.
 */
#ifndef _CACHESIM_LRU_H
#define _CACHESIM_LRU_H

#include <stdbool.h>
#include <stdint.h>

struct lru;

/* @size entries, @share of them a site; sites are numbered from 0. Without memory, the end. */
struct lru *lru_new(unsigned int size, unsigned int share, unsigned int sites);
void lru_free(struct lru *lru);

/* A session with the public value @key from @site: whether it was there. It is now. */
bool lru_use(struct lru *lru, uint64_t key, unsigned int site);

void lru_clear(struct lru *lru);
unsigned int lru_count(const struct lru *lru);

#endif /* _CACHESIM_LRU_H */
