/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Domains of recipients, and the names of the servers that took mail for them: MX names come from
 * a DNS that somebody can forge, so a new one is told of.
 */
#ifndef XCRYPTD_PEERS_DOMAINS_H
#define XCRYPTD_PEERS_DOMAINS_H

#include "name.h"
#include "table.h"

#define XC_DOMAIN_SERVERS	8	/* kept of a domain, at most */

/* A name that served a domain, the day of the first and that of the last time. */
struct xc_server {
	char *name;
	uint16_t since;
	uint16_t last;
};

/* A domain as seen from outside. It is valid until they are changed. */
struct xc_domain {
	const char *name;
	unsigned int count;
	const struct xc_server *server;
};

/**
 * struct xc_domains - all of them
 * @table:	by name
 * @dirty:	something has changed since somebody cleared it
 * @not_learned: servers for which there was no room
 */
struct xc_domains {
	struct xc_table table;
	bool dirty;
	uint64_t not_learned;
};

/* Room for so many. False: no memory; free them all the same. */
bool xc_domains_init(struct xc_domains *domains, uint32_t size);
void xc_domains_free(struct xc_domains *domains);

/* The domain is known, but not to be served by this name. A server not used since then is none. */
bool xc_domains_other(const struct xc_domains *domains, const char *domain, const char *name,
		      uint16_t since);

/* It was served by this name. add: one that is not known yet is to be. */
void xc_domains_served(struct xc_domains *domains, const char *domain, const char *name, bool add,
		       uint16_t today);

/* 0 or -ENOENT. */
int xc_domains_forget(struct xc_domains *domains, const char *domain);

/* A name, wherever it is, and what was not used since a day: these look at all of them. */
void xc_domains_forget_server(struct xc_domains *domains, const char *name);
void xc_domains_expire(struct xc_domains *domains, uint16_t since);

/* The domain of a number, false if it has none. */
bool xc_domains_at(const struct xc_domains *domains, uint32_t number, struct xc_domain *domain);

/* Put back what was read. 0; -EEXIST; -ENOMEM. Of full ones the one used longest ago goes. */
int xc_domains_put(struct xc_domains *domains, const struct xc_domain *domain);

#endif
