/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_HVECTORS_H
#define TESTS_HVECTORS_H

#include <stdint.h>

#define N_HANDSHAKE	((int)(sizeof(handshake_vectors) / sizeof(handshake_vectors[0])))
#define N_REFUSE	((int)(sizeof(refuse_vectors) / sizeof(refuse_vectors[0])))

/* One worked exchange; lengths are the suite's. Lines are without CRLF, absent in 1.0. */
struct handshake_vector {
	const char *suite, *note;
	const char *ehlo_line, *client_line, *server_line, *client_ok_line, *server_ok_line;
	const uint8_t *private_a, *private_b, *K_a, *K_b, *N_a, *N_b, *S;
	const uint8_t *key_c2s, *iv_c2s, *key_s2c, *iv_s2c, *session;
};

/* A public value that the version refuses, or a text that is not canonical base64. */
struct refuse_vector {
	const char *why, *version;
	const uint8_t *K;
	const char *base64;
};

#endif
