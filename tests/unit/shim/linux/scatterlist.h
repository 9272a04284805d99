/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_LINUX_SCATTERLIST_H
#define _SHIM_LINUX_SCATTERLIST_H

#include <linux/kernel.h>

struct scatterlist {
	u8 *p;
	unsigned int len;
	bool last;
};

void sg_init_table(struct scatterlist *sg, unsigned int count);
void sg_init_marker(struct scatterlist *sg, unsigned int count);

/* Aborts on memory on the stack, which the kernel does not have in its linear map. */
void sg_set_buf(struct scatterlist *sg, const void *p, unsigned int len);

#endif /* _SHIM_LINUX_SCATTERLIST_H */
