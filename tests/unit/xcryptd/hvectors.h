/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_HVECTORS_H
#define TESTS_HVECTORS_H

#include <stdbool.h>
#include <stdint.h>

#define N_HANDSHAKE	((int)(sizeof(handshake_vectors) / sizeof(handshake_vectors[0])))
#define N_BROKEN	((int)(sizeof(broken_vectors) / sizeof(broken_vectors[0])))
#define N_CHECK		((int)(sizeof(check_vectors) / sizeof(check_vectors[0])))
#define N_CACHE		((int)(sizeof(cache_vectors) / sizeof(cache_vectors[0])))
#define N_CHOICE	((int)(sizeof(choice_vectors) / sizeof(choice_vectors[0])))
#define N_REFUSE	((int)(sizeof(refuse_vectors) / sizeof(refuse_vectors[0])))

/* One worked exchange; lengths are the suite's. Lines are without CRLF, absent in 1.0. */
struct handshake_vector {
	const char *suite, *note;
	const char *ehlo_line, *client_line, *server_line, *client_ok_line, *server_ok_line;
	const uint8_t *private_a, *private_b, *K_a, *K_b, *N_a, *N_b, *S;
	const uint8_t *key_c2s, *iv_c2s, *key_s2c, *iv_s2c, *session, *C_a, *C_b;
	/* 2.1, 3.1: what b's encapsulation draws; S of a changed K_b. */
	const uint8_t *random_b, *S_rejected;
	/* 3.x */
	const uint8_t *I_b, *S_b, *V_b, *identity_seed, *signed_message;
	const char *plain_c2s;
};

/*
 * A line that is refused, by b or a, at a step: 1 a's first line, 2 b's answer, 3 XCRYPT OK, 4
 * b's last line. answer is what is said, or "clear": nothing, and the session goes on; "close".
 * cause is what is wrong. suites are those that b has listed, "": all.
 */
struct broken_vector {
	const char *reason;
	bool server;
	int step;
	const char *answer;
	bool closes;
	const char *line;
	int line_len;
	int exchange;		/* whose other values hold, of handshake_vectors */
	const char *cause, *suites;
};

/* What b's cache does: K_a and answer are names. */
struct cache_vector {
	const char *note, *version;
	struct {
		const char *K_a, *address;
		bool verified, hit;
		const char *answer;
		bool replaced;	/* nothing but that: the key pair is */
	} step[12];
};

/* What a's cache does: K_b, I_b and S_b are names. */
struct check_vector {
	const char *note, *version;
	struct {
		const char *K_b, *I_b, *S_b, *ended;
		bool saves_secret, saves_signature;
		bool replaced;	/* nothing but that: the key pair is */
	} step[12];
};

/* What a chooses of a line, accepting some suites; "" is none. */
struct choice_vector {
	const char *note, *line, *accept, *suite;
};

/* A public value that the version refuses, or a text that is not canonical base64. */
struct refuse_vector {
	const char *why, *version;
	const uint8_t *K;
	const char *base64;
};

#endif
