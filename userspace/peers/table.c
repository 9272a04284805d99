// SPDX-License-Identifier: GPL-2.0
#include "table.h"

#include <stdlib.h>
#include <string.h>

static void chain_free(struct xc_table *table)
{
	uint32_t i;

	for (i = 0; i < table->size; i++)
		table->link[i].next = i + 1 < table->size ? i + 1 : XC_NO;
	table->free = 0;
}

bool xc_table_init(struct xc_table *table, uint32_t size)
{
	*table = (struct xc_table){
		.size = size, .order = XC_ORDER_EMPTY, .held = XC_ORDER_EMPTY,
	};
	table->hash = xc_keyhash_new();
	table->row = calloc(size, sizeof(*table->row));
	table->link = calloc(size, sizeof(*table->link));
	if (!xc_index_init(&table->index, size) || !table->hash || !table->row || !table->link)
		return false;
	chain_free(table);
	return true;
}

void xc_table_free(struct xc_table *table)
{
	uint32_t i;

	for (i = 0; table->row && i < table->size; i++)
		free(table->row[i].name);
	free(table->row);
	free(table->link);
	xc_index_free(&table->index);
	xc_keyhash_free(table->hash);
}

size_t xc_table_memory(uint32_t size)
{
	return xc_index_memory(size) + size * (sizeof(struct xc_row) + sizeof(struct xc_link));
}

static bool hash_name(const struct xc_table *table, const char *name, uint32_t *hash)
{
	return xc_keyhash(table->hash, name, strlen(name), NULL, 0, hash);
}

uint32_t xc_table_find(const struct xc_table *table, const char *name)
{
	uint32_t hash, i;

	if (!hash_name(table, name, &hash))
		return XC_NO;
	i = xc_index_first(&table->index, hash);
	while (i != XC_NO && strcmp(table->row[i].name, name))
		i = xc_index_next(&table->index, i);
	return i;
}

uint32_t xc_table_add(struct xc_table *table, const char *name)
{
	uint32_t i = table->free, hash;
	char *copy;

	if (i == XC_NO || !hash_name(table, name, &hash))
		return XC_NO;
	copy = strdup(name);
	if (!copy)
		return XC_NO;
	table->free = table->link[i].next;
	table->row[i] = (struct xc_row){ .name = copy };
	xc_index_add(&table->index, i, hash);
	xc_order_add(&table->order, table->link, i);
	table->count++;
	return i;
}

static struct xc_order *order_of(struct xc_table *table, uint32_t number)
{
	return table->row[number].held ? &table->held : &table->order;
}

void xc_table_remove(struct xc_table *table, uint32_t number)
{
	xc_order_remove(order_of(table, number), table->link, number);
	xc_index_remove(&table->index, number);
	free(table->row[number].name);
	table->row[number] = (struct xc_row){ 0 };
	table->link[number].next = table->free;
	table->free = number;
	table->count--;
}

void xc_table_use(struct xc_table *table, uint32_t number)
{
	xc_order_use(order_of(table, number), table->link, number);
}

void xc_table_hold(struct xc_table *table, uint32_t number, bool held)
{
	if (table->row[number].held == held)
		return;
	xc_order_remove(order_of(table, number), table->link, number);
	table->row[number].held = held;
	xc_order_add(order_of(table, number), table->link, number);
}
