/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_LIFETIME_H
#define _XCRYPT_LIFETIME_H

#include "request.h"

/* A daemon that is slower than that hangs: in taking a request, in giving back an ended one. */
#define XCRYPT_ACCEPT_LIMIT	(10 * HZ)

/* For xcrypt_request_end(): NONE or CLOSED, whether the daemon had taken the request. */
#define XCRYPT_CLASS_BY_MOMENT	0xff

int xcrypt_lifetime_init(void);
void xcrypt_lifetime_exit(void);

void xcrypt_request_prepare(struct xcrypt_request *req, struct sock *sk);
int xcrypt_request_start(struct sock *sk, struct xcrypt_request *req);
void xcrypt_request_limit(struct xcrypt_request *req, unsigned long delay);
bool xcrypt_request_end(struct xcrypt_request *req, const struct xcrypt_result *outcome,
			char *text);
void xcrypt_request_fail(struct xcrypt_request *req, int error);
void xcrypt_request_run(struct work_struct *work);

#endif /* _XCRYPT_LIFETIME_H */
