/* SPDX-License-Identifier: GPL-2.0 */
/* What handshake-vectors-3.json says of identities and policy. */
#ifndef TESTS_PVECTORS_H
#define TESTS_PVECTORS_H

#include <stdbool.h>
#include <stdint.h>

#define N_OF(vectors)	((int)(sizeof(vectors) / sizeof((vectors)[0])))

/* A right one. */
struct signature_vector {
	const char *note;
	const uint8_t *seed, *I_b, *S_b, *message;
};

/* refused: by its form; good: it is not, and the signature is right. */
struct identity_vector {
	const char *note;
	const uint8_t *I_b, *S_b, *message;
	bool refused, good;
};

/* Section 5's function; "" where there is none. known is words of NAME=state. */
struct policy_vector {
	const char *note, *policy, *known, *highest;
	const char *identity, *version, *end, *protection;
	bool new_name;
	bool go;
	const char *warn, *learn;
};

#endif
