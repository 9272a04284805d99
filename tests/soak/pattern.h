/* SPDX-License-Identifier: GPL-2.0 */
/* Random numbers from a seed, and octet streams of which any part can be told. */
#ifndef SOAK_PATTERN_H
#define SOAK_PATTERN_H

#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

uint64_t random_next(struct random *r);
size_t random_below(struct random *r, size_t limit);

/* The octets from @pos on of the stream named @id. */
void pattern_fill(uint64_t id, uint64_t pos, void *dst, size_t len);

#define DIGEST_INIT	0xcbf29ce484222325ULL

/* FNV-1a of the octets so far: it tells a stream by its content and order. */
uint64_t digest_add(uint64_t digest, const void *data, size_t len);

#endif
