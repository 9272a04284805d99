/* SPDX-License-Identifier: GPL-2.0 */
/* What the next boot will find. */
#ifndef XCRYPTCTL_BOOT_H
#define XCRYPTCTL_BOOT_H

#include "doctor.h"

/* Is the module loaded at boot? */
void boot_check_list(struct doctor *d);

/* Has the kernel that boots next the module, and will it take its signature? */
void boot_check_kernel(struct doctor *d);

/* 1 or 0: has that kernel the module? A negative errno where it is not known which it is. */
int boot_has_module(const struct doctor *d);

#endif
