/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory for secrets, randomness, and comparison that tells nothing by its time.
 */
#ifndef XCRYPTD_SECRET_H
#define XCRYPTD_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Zeroed memory of its own pages: kept out of core dumps, and out of swap as far as
 * RLIMIT_MEMLOCK allows (whether it does is for the daemon to find out at its start, by
 * mlockall). NULL if there is none. Freeing zeroes it; of what is small the last two stay mapped
 * for the next.
 */
void *xc_secret_alloc(size_t size);
void xc_secret_free(void *p, size_t size);

/* Zero, and not optimised away. */
void xc_secret_wipe(void *p, size_t size);

bool xc_secret_equal(const void *a, const void *b, size_t size);

/*
 * Fill from the kernel's generator, by getrandom(2) each time and never from a generator
 * of our own: a virtual machine that is cloned while we run must not repeat a nonce.
 * 0 or -errno.
 */
int xc_secret_random(void *p, size_t size);

#endif
