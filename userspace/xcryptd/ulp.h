/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keys into the kernel.
 */
#ifndef XCRYPTD_ULP_H
#define XCRYPTD_ULP_H

#include <stdbool.h>

#include "exchange/exchange.h"

/*
 * Install the key of one direction of the exchange. padding: of records, if the suite has them.
 * strict: refuse if octets are queued unread. 0 or -errno.
 */
int xc_ulp_send_key(int fd, const struct xc_exchange *x, unsigned int padding);
int xc_ulp_receive_key(int fd, const struct xc_exchange *x, bool strict);

#endif
