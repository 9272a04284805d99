// SPDX-License-Identifier: GPL-2.0
#include "order.h"

void xc_order_add(struct xc_order *order, struct xc_link *link, uint32_t number)
{
	link[number] = (struct xc_link){ order->last, XC_NO };
	if (order->last == XC_NO)
		order->first = number;
	else
		link[order->last].next = number;
	order->last = number;
}

void xc_order_remove(struct xc_order *order, struct xc_link *link, uint32_t number)
{
	struct xc_link gone = link[number];

	if (gone.prev == XC_NO)
		order->first = gone.next;
	else
		link[gone.prev].next = gone.next;
	if (gone.next == XC_NO)
		order->last = gone.prev;
	else
		link[gone.next].prev = gone.prev;
}

void xc_order_use(struct xc_order *order, struct xc_link *link, uint32_t number)
{
	if (order->last == number)
		return;
	xc_order_remove(order, link, number);
	xc_order_add(order, link, number);
}
