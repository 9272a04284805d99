/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _BENCH_TLS_H
#define _BENCH_TLS_H

#include <sys/types.h>

#include "mode.h"

/* TLS 1.3 in user space, by OpenSSL: what a mail server does after STARTTLS. */
void tls_start(struct pair *pair, const struct mode *mode);
void tls_stop(struct pair *pair);

/* As write() and read(), by what tls_start() left in a pair. */
ssize_t tls_write(void *end, const void *data, size_t len);
ssize_t tls_read(void *end, void *data, size_t len);

#endif /* _BENCH_TLS_H */
