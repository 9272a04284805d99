// SPDX-License-Identifier: GPL-2.0
#include "secret.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include <openssl/crypto.h>

struct region {
	void *p;
	size_t size;
};

/*
 * Those that were freed last, zeroed and still locked. To map, lock and unmap the two of an
 * exchange with a known host would take a fifth of its processor time.
 */
static struct region kept[2];
#define KEPT_SIZE	8192
#define KEPT		(sizeof(kept) / sizeof(kept[0]))

static void *take_kept(size_t size)
{
	size_t i;
	void *p;

	for (i = 0; i < KEPT; i++) {
		if (!kept[i].p || kept[i].size != size)
			continue;
		p = kept[i].p;
		kept[i].p = NULL;
		return p;
	}
	return NULL;
}

/* The newest is the first; the region that has no room any more. */
static struct region keep(struct region new)
{
	struct region old;
	size_t i;

	for (i = 0; i < KEPT && new.p; i++) {
		old = kept[i];
		kept[i] = new;
		new = old;
	}
	return new;
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
	struct region gone = { p, size };

	if (!p)
		return;
	xc_secret_wipe(p, size);
	if (size <= KEPT_SIZE)
		gone = keep(gone);
	if (gone.p)
		munmap(gone.p, gone.size);
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
