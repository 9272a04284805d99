/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _BENCH_ULP_H
#define _BENCH_ULP_H

#include "mode.h"

/* Attaches xcrypt to both ends, and keys both directions if the mode has a cipher. */
void ulp_start(struct pair *pair, const struct mode *mode);

#endif /* _BENCH_ULP_H */
