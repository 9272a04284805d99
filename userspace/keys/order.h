/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers in the order of their last use: doubly linked lists whose links lie in an array, so
 * that a number is on one list of an array at a time.
 */
#ifndef XCRYPTD_ORDER_H
#define XCRYPTD_ORDER_H

#include <stdint.h>

#include "index.h"

struct xc_link {
	uint32_t prev, next;
};

/* first is the least recently used; both are XC_NO in an empty list. */
struct xc_order {
	uint32_t first, last;
};

#define XC_ORDER_EMPTY	((struct xc_order){ XC_NO, XC_NO })

/* Append; take out; move to the end. */
void xc_order_add(struct xc_order *order, struct xc_link *link, uint32_t number);
void xc_order_remove(struct xc_order *order, struct xc_link *link, uint32_t number);
void xc_order_use(struct xc_order *order, struct xc_link *link, uint32_t number);

#endif
