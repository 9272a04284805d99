// SPDX-License-Identifier: GPL-2.0
#include "index.h"

#include <stdlib.h>
#include <string.h>

/* At least one bucket a number: chains of one in the mean. */
static uint32_t buckets(uint32_t size)
{
	uint32_t n = 1;

	while (n < size)
		n <<= 1;
	return n;
}

bool xc_index_init(struct xc_index *index, uint32_t size)
{
	index->mask = buckets(size) - 1;
	index->bucket = malloc((index->mask + (size_t)1) * sizeof(*index->bucket));
	index->node = calloc(size, sizeof(*index->node));
	if (!index->bucket || !index->node)
		return false;
	xc_index_clear(index);
	return true;
}

void xc_index_free(struct xc_index *index)
{
	free(index->bucket);
	free(index->node);
	index->bucket = NULL;
	index->node = NULL;
}

size_t xc_index_memory(uint32_t size)
{
	return buckets(size) * sizeof(uint32_t) + size * sizeof(struct xc_index_node);
}

void xc_index_clear(struct xc_index *index)
{
	memset(index->bucket, 0xff, (index->mask + (size_t)1) * sizeof(*index->bucket));
}

/* number itself if it has the hash, else the next behind it that has. */
static uint32_t seek(const struct xc_index *index, uint32_t number, uint32_t hash)
{
	while (number != XC_NO && index->node[number].hash != hash)
		number = index->node[number].next;
	return number;
}

uint32_t xc_index_first(const struct xc_index *index, uint32_t hash)
{
	return seek(index, index->bucket[hash & index->mask], hash);
}

uint32_t xc_index_next(const struct xc_index *index, uint32_t number)
{
	const struct xc_index_node *node = &index->node[number];

	return seek(index, node->next, node->hash);
}

void xc_index_add(struct xc_index *index, uint32_t number, uint32_t hash)
{
	uint32_t *bucket = &index->bucket[hash & index->mask];

	index->node[number] = (struct xc_index_node){ hash, *bucket };
	*bucket = number;
}

void xc_index_remove(struct xc_index *index, uint32_t number)
{
	uint32_t *at = &index->bucket[index->node[number].hash & index->mask];

	while (*at != number)
		at = &index->node[*at].next;
	*at = index->node[number].next;
}
