/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_USER_NAMESPACE_H
#define _SHIM_USER_NAMESPACE_H

#include <linux/uidgid.h>

struct user_namespace {
	const struct user_namespace *parent;
	kuid_t owner;
};

#endif /* _SHIM_USER_NAMESPACE_H */
