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

void sg_init_one(struct scatterlist *sg, const void *p, unsigned int len);

/* Where octet @at lies, and how many there are. */
u8 *shim_sg_at(const struct scatterlist *sg, unsigned int at);
unsigned int shim_sg_octets(const struct scatterlist *sg);

#endif /* _SHIM_LINUX_SCATTERLIST_H */
