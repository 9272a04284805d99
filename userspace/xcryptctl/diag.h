/* SPDX-License-Identifier: GPL-2.0 */
/* Live encrypted sockets, by inet_diag. */
#ifndef XCRYPTCTL_DIAG_H
#define XCRYPTCTL_DIAG_H

#include <stdint.h>
#include <linux/xcrypt.h>

#include "common/addr.h"

struct diag_direction {
	int keyed;
	char cipher[XCRYPT_NAME_MAX];
	uint8_t session[XCRYPT_SESSION_LEN];
	uint64_t octets;
	uint32_t error;
};

struct diag_session {
	char local[XC_ADDR_TEXT];
	char peer[XC_ADDR_TEXT];
	struct diag_direction tx;
	struct diag_direction rx;
};

/* Does the kernel tell this process, in this network namespace, which sockets are encrypted? */
int diag_permitted(void);

/* Call each() for every one. 0 or -errno. */
int diag_sessions(void (*each)(void *ctx, const struct diag_session *session), void *ctx);

#endif
