// SPDX-License-Identifier: GPL-2.0
/* The pages of a caller, as sendfile and splice bring them, for a cipher. */
#include <linux/bvec.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include "parts.h"

static const u8 *bvec_address(const struct bio_vec *bv)
{
	return page_address(bv->bv_page) + bv->bv_offset;
}

/*
 * The next octets of the iterator, at most @len, as parts for one start of the cipher: each
 * costs. Pages of a file that lie side by side are one part; other parts have at least @least
 * octets. Return: how many octets.
 */
unsigned int xcrypt_parts_of_pages(const struct iov_iter *iter, unsigned int len,
				   struct xcrypt_part *part, unsigned int max,
				   unsigned int least, unsigned int *count)
{
	const struct bio_vec *bv = iter->bvec, *end = bv + iter->nr_segs;
	unsigned int skip = iter->iov_offset, total = 0, i = 0, n;

	for (; bv < end && total < len; bv++, skip = 0, total += n) {
		const u8 *data = bvec_address(bv) + skip;

		n = min(bv->bv_len - skip, len - total);
		if (i && data == part[i - 1].data + part[i - 1].len)
			part[i - 1].len += n;
		else if (!i || (i < max && min(n, part[i - 1].len) >= least))
			part[i++] = (struct xcrypt_part) { data, n };
		else
			break;
	}
	*count = i;
	return total;
}
