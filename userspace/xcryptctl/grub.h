/* SPDX-License-Identifier: GPL-2.0 */
/* Which kernel GRUB boots next. */
#ifndef XCRYPTCTL_GRUB_H
#define XCRYPTCTL_GRUB_H

#include "doctor.h"

#define GRUB_KERNEL	128	/* octets of a kernel's version with its NUL */

/*
 * The version of the kernel of the default entry (GRUB_DEFAULT, or what grub-set-default or
 * grub-reboot chose), as /boot/grub/grub.cfg and grubenv have it. 0; -ENOENT: there is no such
 * file, or no entry of that name; -EACCES.
 */
int grub_kernel(const struct doctor *d, char version[GRUB_KERNEL]);

#endif
