/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_UPCALL_H
#define _XCRYPT_UPCALL_H

#include "handshake.h"

int xcrypt_upcall_init(void);
void xcrypt_upcall_exit(void);

int xcrypt_upcall_queue(struct xcrypt_request *req);
bool xcrypt_upcall_forget(struct xcrypt_request *req);
void xcrypt_upcall_ready(const struct sock *sk);
void xcrypt_upcall_cancel(const struct xcrypt_request *req, int error);
int xcrypt_upcall_suites(const struct sock *sk, char *buf, size_t size);

#endif /* _XCRYPT_UPCALL_H */
