// SPDX-License-Identifier: GPL-2.0
#include "sites.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/addr.h"

/*
 * A peer may choose its address so that it shares a bucket with others: a walk is then as long as
 * there are sessions, and each of them has cost that peer a connection.
 */
static unsigned int place(const struct in6_addr *site)
{
	uint32_t word[4], sum;

	memcpy(word, site, sizeof(word));
	sum = (word[0] ^ word[1] * 31 ^ word[2] * 961 ^ word[3]) * 2654435761u;
	return sum >> 16 & (SITES_BUCKETS - 1);
}

unsigned int sites_count(const struct sites *sites, const struct in6_addr *addr)
{
	const struct site *site;
	struct in6_addr wanted;
	unsigned int count = 0;

	xc_addr_site(&wanted, addr);
	for (site = sites->bucket[place(&wanted)]; site; site = site->next)
		count += IN6_ARE_ADDR_EQUAL(&site->addr, &wanted);
	return count;
}

void sites_add(struct sites *sites, struct site *site, const struct in6_addr *addr)
{
	struct site **head;

	xc_addr_site(&site->addr, addr);
	head = &sites->bucket[place(&site->addr)];
	site->next = *head;
	site->link = head;
	if (site->next)
		site->next->link = &site->next;
	*head = site;
}

void sites_remove(struct site *site)
{
	if (!site->link)
		return;
	*site->link = site->next;
	if (site->next)
		site->next->link = site->link;
	site->link = NULL;
}
