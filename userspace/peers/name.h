/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How names, days and versions are written where peers are kept, shown and typed.
 */
#ifndef XCRYPTD_PEERS_NAME_H
#define XCRYPTD_PEERS_NAME_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <netinet/in.h>

#define XC_PEER_NAME	254	/* octets of a name with its NUL */
#define XC_DAY_TEXT	11	/* "2026-11-26", or "-" for never */
#define XC_VERSION_TEXT	8	/* "3.1", or "-" for none */

/*
 * The name that a server has: host in lower case without a dot at its end or, where host is none
 * that can stand in a file or is an address itself, the address in canonical form.
 */
void xc_peer_name(char dst[XC_PEER_NAME], const char *host, const struct in6_addr *addr);

/* The same of what somebody types, and of a domain. False: it is neither name nor address. */
bool xc_peer_name_of(char dst[XC_PEER_NAME], const char *text);

/* Days since 1970; 0 is never. */
uint16_t xc_day(time_t when);
void xc_day_format(char dst[XC_DAY_TEXT], uint16_t day);

/* False: it is no day between 1970 and 2149, or not in the one form. */
bool xc_day_parse(uint16_t *day, const char *text);

/* Major times 256 and minor. */
void xc_peer_version_format(char dst[XC_VERSION_TEXT], uint16_t version);
bool xc_peer_version_parse(uint16_t *version, const char *text);

#endif
