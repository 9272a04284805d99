/* SPDX-License-Identifier: GPL-2.0 */
/* The nftables rules that lead the MTA's connections to the gateway. */
#ifndef XCRYPT_GATEWAY_RULES_H
#define XCRYPT_GATEWAY_RULES_H

#include <stdio.h>

#include "conf.h"

#define RULES_TABLE	"xcrypt_gateway"	/* of family inet; nothing else is in it */

/*
 * A script for "nft -f -", which puts the table into force as a whole, in the place of an earlier
 * one. 0, or -ENOENT: only one of "redirect" and "outbound" lines; nothing was written. Without both
 * there are no rules.
 */
int rules_write(FILE *to, const struct gw_conf *conf);

/*
 * The same for the time without the gateway: connections go past it, but for those to destinations
 * that the policy requires encryption for, which are refused, so that the MTA keeps their mail.
 */
int rules_write_guard(FILE *to, const struct gw_conf *conf);

#endif
