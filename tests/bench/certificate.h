/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _BENCH_CERTIFICATE_H
#define _BENCH_CERTIFICATE_H

#include <openssl/ssl.h>

enum certificate {
	CERTIFICATE_P256,	/* ECDSA */
	CERTIFICATE_RSA2048,
};

/* Gives the server @ctx a fresh key, self-signed. Ends the program if it cannot. */
void certificate_use(SSL_CTX *ctx, enum certificate kind);

#endif /* _BENCH_CERTIFICATE_H */
