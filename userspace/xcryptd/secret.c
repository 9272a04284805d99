// SPDX-License-Identifier: GPL-2.0
#include "secret.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include <openssl/crypto.h>

/*
 * Small regions that were freed, zeroed and still locked. To map, lock and unmap those of one
 * exchange with a known host would take a fifth of its processor time.
 */
#define KEPT_MAX	8
#define KEPT_SIZE	8192

static struct {
	void *p;
	size_t size;
} kept[KEPT_MAX];
static size_t kept_count;

static void *take_kept(size_t size)
{
	size_t i;
	void *p;

	for (i = 0; i < kept_count; i++) {
		if (kept[i].size != size)
			continue;
		p = kept[i].p;
		kept[i] = kept[--kept_count];
		return p;
	}
	return NULL;
}

static bool keep(void *p, size_t size)
{
	if (size > KEPT_SIZE || kept_count == KEPT_MAX)
		return false;
	kept[kept_count].p = p;
	kept[kept_count++].size = size;
	return true;
}

void *xc_secret_alloc(size_t size)
{
	void *p = take_kept(size);

	if (p)
		return p;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	mlock(p, size);
	madvise(p, size, MADV_DONTDUMP);
	return p;
}

void xc_secret_free(void *p, size_t size)
{
	if (!p)
		return;
	xc_secret_wipe(p, size);
	if (!keep(p, size))
		munmap(p, size);
}

void xc_secret_wipe(void *p, size_t size)
{
	/* Not OPENSSL_cleanse(), which takes an instruction an octet. */
	explicit_bzero(p, size);
}

bool xc_secret_equal(const void *a, const void *b, size_t size)
{
	return CRYPTO_memcmp(a, b, size) == 0;
}

int xc_secret_random(void *p, size_t size)
{
	uint8_t *at = p;

	while (size) {
		ssize_t n = getrandom(at, size, 0);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			at += n;
			size -= n;
		}
	}
	return 0;
}
