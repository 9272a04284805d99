/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names and what belongs to each: a bounded table, O(1) by the name, in the order in which they
 * were met.
 *
 * A name has a number while it is in. Those that are held are not in the order: they stay until
 * they are removed.
 */
#ifndef XCRYPTD_PEERS_TABLE_H
#define XCRYPTD_PEERS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "keys/index.h"
#include "keys/keyhash.h"
#include "keys/order.h"

/* name is the table's, data whoever's it is; both are NULL where the number is free. */
struct xc_row {
	char *name;
	void *data;
	bool held;
};

struct xc_table {
	uint32_t size;
	uint32_t count;
	uint32_t free;		/* chained by link.next */
	struct xc_row *row;	/* by number */
	struct xc_link *link;
	struct xc_index index;
	struct xc_keyhash *hash;
	struct xc_order order;	/* the first was met longest ago */
	struct xc_order held;
};

/* Room for size names, 1 to 2^24. False: no memory; free it all the same. */
bool xc_table_init(struct xc_table *table, uint32_t size);
void xc_table_free(struct xc_table *table);

/* Octets that it takes without names and what belongs to them. */
size_t xc_table_memory(uint32_t size);

/* The number of a name, or XC_NO. */
uint32_t xc_table_find(const struct xc_table *table, const char *name);

/* Put a name in that is not, as the one met last. Its number; XC_NO: full, or no memory. */
uint32_t xc_table_add(struct xc_table *table, const char *name);

/* data is gone before. */
void xc_table_remove(struct xc_table *table, uint32_t number);

/* It is now the one met last; hold it, or hold it no more. */
void xc_table_use(struct xc_table *table, uint32_t number);
void xc_table_hold(struct xc_table *table, uint32_t number, bool held);

#endif
