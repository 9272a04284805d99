// SPDX-License-Identifier: GPL-2.0
/*
 * Times the steps of the paper's Table 3 and its Diffie-Hellman computation, with the code that
 * the module and the daemon have. A line NAME=VALUE... for each step: the best of many rounds,
 * in cycles of the time stamp counter and nanoseconds.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

#include <openssl/evp.h>
#include <openssl/provider.h>

#include "agreement/derive.h"
#include "agreement/kex.h"
#include "rc4.h"
#include "cipher/t32.h"

#define MESSAGE	14671	/* octets: the paper's mean */
#define BULK	65536
#define KEY	10
#define ROUNDS	2000

static uint8_t buf[BULK];
static const uint8_t key[2][KEY] = { "0123456789", "9876543210" };
static struct rc4 rc4;
static struct t32 t32;
static EVP_CIPHER *evp_rc4;
static EVP_CIPHER_CTX *evp;

static void must(int good, const char *what)
{
	if (!good)
		errx(1, "libcrypto: %s failed", what);
}

/* --- key generation --- */

static struct xc_transcript transcript;
static struct xc_keys keys;
static uint8_t shared[XC_SHARED_MAX];

/* SHA-1 over the secret and the nonces: 116 octets. */
static void sha1(void)
{
	uint8_t in[96 + 2 * 10], out[20];

	memcpy(in, shared, sizeof(in) - 20);
	memcpy(in + 96, transcript.nonce_a, 10);
	memcpy(in + 106, transcript.nonce_b, 10);
	must(EVP_Digest(in, sizeof(in), out, NULL, EVP_sha1(), NULL), "SHA-1");
	memcpy(keys.key_c2s, out, sizeof(out) / 2);
}

static void derive(void)
{
	must(!transcript.suite->kex->derive(&transcript, shared, &keys), "derivation");
}

/* --- key set-ups, of both directions --- */

static void setup_rc4(void)
{
	rc4_key(&rc4, key[0], KEY);
	rc4_key(&rc4, key[1], KEY);
}

static void setup_t32(void)
{
	t32_key(&t32, key[0], KEY);
	t32_key(&t32, key[1], KEY);
}

static void setup_evp(void)
{
	must(EVP_EncryptInit_ex(evp, NULL, NULL, key[0], NULL), "RC4's key");
	must(EVP_EncryptInit_ex(evp, NULL, NULL, key[1], NULL), "RC4's key");
}

/* --- encryption --- */

static void crypt_rc4(void)
{
	rc4_crypt(&rc4, buf, buf, MESSAGE);
}

static void crypt_t32(void)
{
	t32_crypt(&t32, buf, buf, MESSAGE);
}

static void crypt_evp(void)
{
	int n;

	must(EVP_EncryptUpdate(evp, buf, &n, buf, MESSAGE), "RC4");
}

static void bulk_rc4(void)
{
	rc4_crypt(&rc4, buf, buf, BULK);
}

static void bulk_t32(void)
{
	t32_crypt(&t32, buf, buf, BULK);
}

static void bulk_evp(void)
{
	int n;

	must(EVP_EncryptUpdate(evp, buf, &n, buf, BULK), "RC4");
}

/* --- public keys --- */

static const struct xc_kex *const kexes[] = { &xc_kex_dh768, &xc_kex_x25519 };
static struct xc_private *own[2];
static uint8_t peer[2][XC_PUBLIC_MAX];

static void agree(int i)
{
	must(!kexes[i]->accept(own[i], peer[i], shared), "key agreement");
}

static void dh768(void)
{
	agree(0);
}

static void x25519(void)
{
	agree(1);
}

static void pairs_make(void)
{
	for (int i = 0; i < 2; i++) {
		uint8_t stored[XC_PRIVATE_MAX] = { 0x55, 0xaa, 0x33 }, public[XC_PUBLIC_MAX];
		struct xc_private *other = kexes[i]->load(stored, peer[i]);

		memset(stored, 0xc5, sizeof(stored));
		own[i] = kexes[i]->load(stored, public);
		must(own[i] && other, "key pair");
		kexes[i]->unload(other);
	}
}

static const struct {
	const char *name;
	void (*run)(void);
	int times;		/* in one round */
	int octets;
} steps[] = {
	{ "sha1", sha1, 100, 0 },
	{ "derive", derive, 50, 0 },
	{ "setup-rc4", setup_rc4, 100, 0 },
	{ "setup-t32", setup_t32, 100, 0 },
	{ "setup-openssl", setup_evp, 100, 0 },
	{ "message-rc4", crypt_rc4, 4, MESSAGE },
	{ "message-t32", crypt_t32, 4, MESSAGE },
	{ "message-openssl", crypt_evp, 4, MESSAGE },
	{ "bulk-rc4", bulk_rc4, 1, BULK },
	{ "bulk-t32", bulk_t32, 1, BULK },
	{ "bulk-openssl", bulk_evp, 1, BULK },
	{ "dh768", dh768, 1, 0 },
	{ "x25519", x25519, 4, 0 },
};

#define STEPS ((int)(sizeof(steps) / sizeof(*steps)))

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

struct best {
	double cycles;
	double ns;
};

static void measure(int i, struct best *best)
{
	unsigned long long start = __rdtsc();
	double start_ns = now(), cycles;

	for (int j = 0; j < steps[i].times; j++)
		steps[i].run();
	cycles = (double)(__rdtsc() - start) / steps[i].times;
	if (best->cycles && best->cycles <= cycles)
		return;
	best->cycles = cycles;
	best->ns = (now() - start_ns) / steps[i].times;
}

/* Both RC4s have to be RC4. */
static void check(void)
{
	uint8_t one[100] = { 0 }, other[100] = { 0 };
	int n;

	rc4_key(&rc4, key[0], KEY);
	rc4_crypt(&rc4, one, one, sizeof(one));
	must(EVP_EncryptInit_ex(evp, NULL, NULL, key[0], NULL), "RC4's key");
	must(EVP_EncryptUpdate(evp, other, &n, other, sizeof(other)), "RC4");
	if (memcmp(one, other, sizeof(one)))
		errx(1, "RC4 in plain C and libcrypto's differ");
}

static void evp_open(void)
{
	must(OSSL_PROVIDER_load(NULL, "default") && OSSL_PROVIDER_load(NULL, "legacy"),
	     "loading the providers (legacy.so)");
	evp = EVP_CIPHER_CTX_new();
	evp_rc4 = EVP_CIPHER_fetch(NULL, "RC4", NULL);
	must(evp && evp_rc4 && EVP_EncryptInit_ex(evp, evp_rc4, NULL, NULL, NULL) &&
	     EVP_CIPHER_CTX_set_key_length(evp, KEY), "RC4");
}

static const struct xc_suite *suite(const char *name)
{
	const struct xc_suite *s = NULL;

	for (int i = 0; (s = xc_suite_at(i)) && strcmp(s->name, name); i++)
		;
	return s;
}

int main(void)
{
	struct best best[STEPS] = { 0 };

	evp_open();
	check();
	pairs_make();
	transcript.suite = suite("t32_1.0");
	must(transcript.suite != NULL, "the suite");
	/* In turn: what disturbs this machine for a while disturbs all of them. */
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < STEPS; i++)
			measure(i, &best[i]);
	for (int i = 0; i < STEPS; i++)
		printf("step=%s octets=%d cycles=%.1f ns=%.1f\n", steps[i].name, steps[i].octets,
		       best[i].cycles, best[i].ns);
	return 0;
}
