/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_UIDGID_H
#define _SHIM_UIDGID_H

#include <stdbool.h>

typedef struct { unsigned int val; } kuid_t;

#define KUIDT_INIT(value)	((kuid_t){ value })

static inline bool uid_eq(kuid_t a, kuid_t b)
{
	return a.val == b.val;
}

#endif /* _SHIM_UIDGID_H */
