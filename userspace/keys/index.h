/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers 0 to size - 1 by the hash of what they stand for: chains in buckets, O(1) if the
 * hashes are even. XC_NO is no number.
 */
#ifndef XCRYPTD_INDEX_H
#define XCRYPTD_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XC_NO	UINT32_MAX

struct xc_index_node {
	uint32_t hash;
	uint32_t next;		/* of the same bucket */
};

struct xc_index {
	uint32_t mask;		/* of buckets, whose number is a power of two */
	uint32_t *bucket;
	struct xc_index_node *node;
};

/* Room for size numbers, 1 to 2^24. False: no memory; free it all the same. */
bool xc_index_init(struct xc_index *index, uint32_t size);
void xc_index_free(struct xc_index *index);

/* Octets that an index of size numbers takes. */
size_t xc_index_memory(uint32_t size);

/* Empty it. */
void xc_index_clear(struct xc_index *index);

/* The first number of a hash, and the next one behind it; XC_NO at the end. */
uint32_t xc_index_first(const struct xc_index *index, uint32_t hash);
uint32_t xc_index_next(const struct xc_index *index, uint32_t number);

/* number must not be in; must be in. */
void xc_index_add(struct xc_index *index, uint32_t number, uint32_t hash);
void xc_index_remove(struct xc_index *index, uint32_t number);

#endif
