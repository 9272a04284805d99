// SPDX-License-Identifier: GPL-2.0
/* Identities: every vector, every changed octet, the form on disk. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "peers/identity.h"
#include "pvectors.h"
#include "peers_vectors.h"
#include "tap.h"

static void test_signature(const struct signature_vector *v)
{
	struct xc_identity *identity = xc_identity_restore(v->seed);
	uint8_t signature[XC_SIGNATURE_LEN];

	is_octets(xc_identity_public(identity), v->I_b, XC_IDENTITY_LEN, "%s: I_b", v->note);
	is(!xc_identity_sign(identity, signature, v->message) &&
	   tap_same(signature, v->S_b, sizeof(signature)), "%s: S_b", v->note);
	is(xc_identity_usable(v->I_b) && !xc_identity_check(v->I_b, v->S_b, v->message),
	   "%s: taken", v->note);
	xc_identity_free(identity);
}

static void test_identity(const struct identity_vector *v)
{
	is(xc_identity_usable(v->I_b) == !v->refused, "%s: %s by its form", v->note,
	   v->refused ? "refused" : "not refused");
	is(xc_identity_check(v->I_b, v->S_b, v->message) == (v->good ? 0 : -EKEYREJECTED),
	   "%s: %s", v->note, v->good ? "taken" : "not taken");
}

/* How many of all strings with one bit changed are taken. */
static int taken(uint8_t *octets, size_t len, const uint8_t *p, const uint8_t *s, const uint8_t *m)
{
	size_t i;
	int n = 0;

	for (i = 0; i < 8 * len; i++) {
		octets[i / 8] ^= 1 << i % 8;
		n += !xc_identity_check(p, s, m);
		octets[i / 8] ^= 1 << i % 8;
	}
	return n;
}

static void test_changed(const struct signature_vector *v)
{
	uint8_t p[XC_IDENTITY_LEN], s[XC_SIGNATURE_LEN], m[XC_IDENTITY_MESSAGE];

	memcpy(p, v->I_b, sizeof(p));
	memcpy(s, v->S_b, sizeof(s));
	memcpy(m, v->message, sizeof(m));
	is(!taken(p, sizeof(p), p, s, m), "no I_b with one bit changed is taken");
	is(!taken(s, sizeof(s), p, s, m), "no S_b with one bit changed");
	is(!taken(m, sizeof(m), p, s, m), "no message with one bit changed");
	is(!xc_identity_check(p, s, m), "but the unchanged ones");
}

static void test_fresh(void)
{
	struct xc_identity *a = xc_identity_new(), *b = xc_identity_new();
	uint8_t message[XC_IDENTITY_MESSAGE] = "xcrypt3 identity";
	uint8_t signature[XC_SIGNATURE_LEN];

	is(memcmp(xc_identity_public(a), xc_identity_public(b), XC_IDENTITY_LEN),
	   "two fresh ones differ");
	is(!xc_identity_sign(a, signature, message) &&
	   !xc_identity_check(xc_identity_public(a), signature, message), "a fresh one signs");
	is(xc_identity_check(xc_identity_public(b), signature, message) == -EKEYREJECTED,
	   "not for the other");
	xc_identity_free(a);
	xc_identity_free(b);
	xc_identity_free(NULL);
}

/* --- the form on disk --- */

/* Made by: openssl genpkey -algorithm ed25519; openssl pkey -pubout -outform DER | tail -c 32 */
static const char of_openssl[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MC4CAQAwBQYDK2VwBCIEICaZbh4FDONmwi6btInD3JJuywEJ9EkDojQQtsxBuZKn\n"
	"-----END PRIVATE KEY-----\n";
static const char public_of_it[] =
	"\x47\x3b\x76\xa9\x06\x9e\x41\x42\x54\x35\x31\xf6\x38\xad\x4b\xa5"
	"\x79\x19\xbc\x79\xee\xcf\x89\x50\xdf\xda\x22\x8a\x75\xda\xb8\x6c";

static void test_text(void)
{
	struct xc_identity *identity = xc_identity_new(), *again = NULL;
	char text[XC_IDENTITY_TEXT + 1];

	xc_identity_write(identity, text);
	is(strlen(text) == XC_IDENTITY_TEXT, "the text's length");
	is(!xc_identity_read(&again, text, XC_IDENTITY_TEXT) &&
	   !memcmp(xc_identity_public(identity), xc_identity_public(again), XC_IDENTITY_LEN),
	   "what was written is read");
	xc_identity_free(again);
	xc_identity_free(identity);
	is(!xc_identity_read(&identity, of_openssl, strlen(of_openssl)), "what openssl writes is read");
	xc_identity_write(identity, text);
	is(!strcmp(text, of_openssl), "and written the same");
	is_octets(xc_identity_public(identity), public_of_it, XC_IDENTITY_LEN,
		  "it has the public key that openssl says");
	xc_identity_free(identity);
}

/* Every octet of the fixed part changed, every length but one. */
static void test_bad_text(void)
{
	struct xc_identity *identity = NULL;
	char text[XC_IDENTITY_TEXT + 2] = { 0 };
	int i, taken_len = 0, taken_octet = 0;

	memcpy(text, of_openssl, XC_IDENTITY_TEXT);
	for (i = 0; i <= XC_IDENTITY_TEXT + 1; i++)
		taken_len += i != XC_IDENTITY_TEXT &&
			     xc_identity_read(&identity, text, i) != -EBADMSG;
	is(!taken_len, "no other length is read");
	for (i = 0; i < XC_IDENTITY_TEXT; i++) {
		/* The value's own characters, of which any may be. */
		if (i >= 49 && i < 92)
			continue;
		text[i] ^= 1;
		taken_octet += xc_identity_read(&identity, text, XC_IDENTITY_TEXT) != -EBADMSG;
		text[i] ^= 1;
	}
	is(!taken_octet, "nor with another octet around the value");
	text[60] = '\n';
	is(xc_identity_read(&identity, text, XC_IDENTITY_TEXT) == -EBADMSG, "nor with a line broken");
}

int main(void)
{
	int i;

	for (i = 0; i < N_OF(signature_vectors); i++)
		test_signature(&signature_vectors[i]);
	for (i = 0; i < N_OF(identity_vectors); i++)
		test_identity(&identity_vectors[i]);
	test_changed(&signature_vectors[0]);
	test_fresh();
	test_text();
	test_bad_text();
	return tap_done();
}
