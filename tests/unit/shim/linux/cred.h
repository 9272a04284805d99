/* SPDX-License-Identifier: GPL-2.0 */
/* Who calls is what the test says. */
#ifndef _SHIM_CRED_H
#define _SHIM_CRED_H

#include <linux/uidgid.h>

struct user_namespace;

extern kuid_t shim_uid;
extern const struct user_namespace *shim_user_ns;

#define current_uid()		shim_uid
#define current_user_ns()	shim_user_ns

#endif /* _SHIM_CRED_H */
