/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _BENCH_KTLS_H
#define _BENCH_KTLS_H

#include "mode.h"

/* Keys the kernel's own TLS 1.3 by hand at both ends, in both directions. */
void ktls_start(struct pair *pair, const struct mode *mode);

#endif /* _BENCH_KTLS_H */
