// SPDX-License-Identifier: GPL-2.0
#include "domains.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a row of the table has. */
struct entry {
	unsigned int count;
	struct xc_server server[XC_DOMAIN_SERVERS];
};

static struct entry *entry_of(const struct xc_domains *domains, uint32_t number)
{
	return domains->table.row[number].data;
}

static void remove_entry(struct xc_domains *domains, uint32_t number)
{
	struct entry *e = entry_of(domains, number);

	while (e->count)
		free(e->server[--e->count].name);
	free(e);
	xc_table_remove(&domains->table, number);
	domains->dirty = true;
}

bool xc_domains_init(struct xc_domains *domains, uint32_t size)
{
	*domains = (struct xc_domains){ 0 };
	return xc_table_init(&domains->table, size);
}

void xc_domains_free(struct xc_domains *domains)
{
	uint32_t i;

	for (i = 0; domains->table.row && i < domains->table.size; i++) {
		if (domains->table.row[i].name)
			remove_entry(domains, i);
	}
	xc_table_free(&domains->table);
}

/* Where the name is among a domain's, or behind them. */
static unsigned int server_at(const struct entry *e, const char *name)
{
	unsigned int i = 0;

	while (i < e->count && strcmp(e->server[i].name, name))
		i++;
	return i;
}

static void drop_server(struct entry *e, unsigned int at)
{
	free(e->server[at].name);
	e->server[at] = e->server[--e->count];
}

/* --- what is asked --- */

bool xc_domains_other(const struct xc_domains *domains, const char *domain, const char *name,
		      uint16_t since)
{
	uint32_t number = domain[0] ? xc_table_find(&domains->table, domain) : XC_NO;
	const struct entry *e = number == XC_NO ? NULL : entry_of(domains, number);
	bool known = false;
	unsigned int i;

	for (i = 0; e && i < e->count; i++) {
		if (e->server[i].last < since)
			continue;
		if (!strcmp(e->server[i].name, name))
			return false;
		known = true;
	}
	return known;
}

bool xc_domains_at(const struct xc_domains *domains, uint32_t number, struct xc_domain *domain)
{
	const struct entry *e;

	if (number >= domains->table.size || !domains->table.row[number].name)
		return false;
	e = entry_of(domains, number);
	*domain = (struct xc_domain){ domains->table.row[number].name, e->count, e->server };
	return true;
}

/* --- what is learned --- */

/* A domain without servers; in the place of the one used longest ago where there is no other. */
static uint32_t add_entry(struct xc_domains *domains, const char *domain)
{
	struct entry *e = calloc(1, sizeof(*e));
	uint32_t number;

	if (!e)
		return XC_NO;
	if (domains->table.count == domains->table.size)
		remove_entry(domains, domains->table.order.first);
	number = xc_table_add(&domains->table, domain);
	if (number == XC_NO)
		free(e);
	else
		domains->table.row[number].data = e;
	return number;
}

static bool add_server(struct entry *e, const char *name, uint16_t since, uint16_t last)
{
	char *copy = e->count < XC_DOMAIN_SERVERS ? strdup(name) : NULL;

	if (!copy)
		return false;
	e->server[e->count++] = (struct xc_server){ copy, since, last };
	return true;
}

static void meet(struct xc_domains *domains, struct xc_server *server, uint16_t today)
{
	/* A clock that was set back makes nothing older. */
	if (server->last >= today)
		return;
	server->last = today;
	domains->dirty = true;
}

void xc_domains_served(struct xc_domains *domains, const char *domain, const char *name, bool add,
		       uint16_t today)
{
	uint32_t number = domain[0] ? xc_table_find(&domains->table, domain) : XC_NO;
	struct entry *e;
	unsigned int at;

	if (number == XC_NO && add && domain[0])
		number = add_entry(domains, domain);
	if (number == XC_NO)
		return;
	e = entry_of(domains, number);
	at = server_at(e, name);
	xc_table_use(&domains->table, number);
	if (at < e->count)
		meet(domains, &e->server[at], today);
	else if (add_server(e, name, today, today))
		domains->dirty = true;
	else
		domains->not_learned++;
	/* Without memory for its first server it is none. */
	if (!e->count)
		remove_entry(domains, number);
}

int xc_domains_put(struct xc_domains *domains, const struct xc_domain *domain)
{
	uint32_t number;
	unsigned int i;

	if (xc_table_find(&domains->table, domain->name) != XC_NO)
		return -EEXIST;
	number = add_entry(domains, domain->name);
	if (number == XC_NO)
		return -ENOMEM;
	for (i = 0; i < domain->count; i++) {
		const struct xc_server *s = &domain->server[i];

		if (!add_server(entry_of(domains, number), s->name, s->since, s->last)) {
			remove_entry(domains, number);
			return -ENOMEM;
		}
	}
	return 0;
}

/* --- what is forgotten --- */

int xc_domains_forget(struct xc_domains *domains, const char *domain)
{
	uint32_t number = xc_table_find(&domains->table, domain);

	if (number == XC_NO)
		return -ENOENT;
	remove_entry(domains, number);
	return 0;
}

/* Servers of this name, or of any name that were not used since; the domain with its last one. */
static void drop_servers(struct xc_domains *domains, uint32_t number, const char *name,
			 uint16_t since)
{
	struct entry *e = entry_of(domains, number);
	unsigned int i = 0;

	while (i < e->count) {
		if (name ? strcmp(e->server[i].name, name) : e->server[i].last >= since) {
			i++;
			continue;
		}
		drop_server(e, i);
		domains->dirty = true;
	}
	if (!e->count)
		remove_entry(domains, number);
}

void xc_domains_forget_server(struct xc_domains *domains, const char *name)
{
	uint32_t i;

	for (i = 0; i < domains->table.size; i++) {
		if (domains->table.row[i].name)
			drop_servers(domains, i, name, 0);
	}
}

void xc_domains_expire(struct xc_domains *domains, uint16_t since)
{
	uint32_t i;

	for (i = 0; i < domains->table.size; i++) {
		if (domains->table.row[i].name)
			drop_servers(domains, i, NULL, since);
	}
}
