// SPDX-License-Identifier: GPL-2.0
/*
 * Private values and nonces come from getrandom(2) at the moment of their use and from nothing
 * else (protocol, section 6): else a virtual machine that is cloned while we run would repeat
 * what its twin draws. The linker puts a getrandom of our own in the place of the C library's
 * in our code (-Wl,--wrap); libcrypto's generator of its own still has the kernel's, so what is
 * drawn from there shows.
 */
#include <stdint.h>
#include <sys/random.h>

#include "drive.h"
#include "common/secret.h"
#include "tap.h"

static uint64_t state;
static size_t drawn;

ssize_t __wrap_getrandom(void *p, size_t len, unsigned int flags);
ssize_t __wrap_getrandom(void *p, size_t len, unsigned int flags)
{
	uint8_t *at = p;
	size_t i;

	(void)flags;
	for (i = 0; i < len; i++) {
		state = state * 6364136223846793005 + 1442695040888963407;
		at[i] = state >> 56;
	}
	drawn += len;
	return len;
}

/* What one machine draws from a moment on: a first line with K_a and N_a. */
static void draw(const char *suite, uint64_t moment, bool restart, struct world *w, char *line)
{
	struct drive d;

	if (restart)
		world_suites(w, suite, XC_CACHE_MEMORY);
	state = moment;
	drawn = 0;
	drive_client(&d, w, suite);
	drive_run(&d);
	strcpy(line, d.sent);
	drive_free(&d);
}

static void test_suite(const struct xc_suite *suite)
{
	char first[4096], twin[4096], again[4096], K[2][4096], N[2][4096];
	struct world one, two;
	size_t each;

	draw(suite->name, 1, true, &one, first);
	each = drawn;
	draw(suite->name, 1, true, &two, twin);
	is(each == (size_t)suite->kex->private_len + suite->kex->nonce_len,
	   "%s: %zu octets are drawn for a first line", suite->name, each);
	is(first[0] && !strcmp(first, twin), "%s: all that is random in it is those", suite->name);
	/* Clones: one memory, and the kernel gives each something else. */
	draw(suite->name, 2, false, &one, again);
	draw(suite->name, 3, false, &two, twin);
	word_of(again, 2, K[0]);
	word_of(twin, 2, K[1]);
	word_of(again, 3, N[0]);
	word_of(twin, 3, N[1]);
	is(drawn == suite->kex->nonce_len && !strcmp(K[0], K[1]) && strcmp(N[0], N[1]),
	   "%s: two clones, with one key pair, do not repeat a nonce", suite->name);
	xc_keyring_rotate(one.env.ring);
	xc_keyring_rotate(two.env.ring);
	draw(suite->name, 4, false, &one, again);
	draw(suite->name, 5, false, &two, twin);
	word_of(again, 2, K[0]);
	word_of(twin, 2, K[1]);
	is(strcmp(K[0], K[1]), "%s: nor a key pair", suite->name);
	world_free(&one);
	world_free(&two);
}

int main(void)
{
	int i;

	for (i = 0; xc_suite_at(i); i++)
		test_suite(xc_suite_at(i));
	return tap_done();
}
