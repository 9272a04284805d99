// SPDX-License-Identifier: GPL-2.0
#include <err.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "certificate.h"

static EVP_PKEY *key_make(enum certificate kind)
{
	return kind == CERTIFICATE_P256 ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256") :
					  EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
}

static X509 *sign(EVP_PKEY *key)
{
	X509 *x = X509_new();
	X509_NAME *name;

	if (!x)
		return NULL;
	name = X509_get_subject_name(x);
	if (X509_set_version(x, X509_VERSION_3) &&
	    ASN1_INTEGER_set(X509_get_serialNumber(x), 1) &&
	    X509_gmtime_adj(X509_getm_notBefore(x), -3600) &&
	    X509_gmtime_adj(X509_getm_notAfter(x), 86400) &&
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				       (const unsigned char *)"mail.b.test", -1, -1, 0) &&
	    X509_set_issuer_name(x, name) && X509_set_pubkey(x, key) &&
	    X509_sign(x, key, EVP_sha256()))
		return x;
	X509_free(x);
	return NULL;
}

void certificate_use(SSL_CTX *ctx, enum certificate kind)
{
	EVP_PKEY *key = key_make(kind);
	X509 *x = key ? sign(key) : NULL;

	if (!x || SSL_CTX_use_certificate(ctx, x) != 1 || SSL_CTX_use_PrivateKey(ctx, key) != 1)
		errx(1, "cannot make a certificate");
	X509_free(x);
	EVP_PKEY_free(key);
}
