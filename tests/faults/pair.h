/* SPDX-License-Identifier: GPL-2.0 */
/* A connection over loopback and the octets that passed it. */
#ifndef FAULTS_PAIR_H
#define FAULTS_PAIR_H

#include <linux/xcrypt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CIPHERS	6

/* @sealed: one of records */
struct cipher {
	const char *name;
	int key_len;
	int iv_len;
	bool sealed;
};

extern const struct cipher ciphers[CIPHERS];

/* Is it to be tried, where NULL or one name was asked for? */
bool pair_wanted(const struct cipher *cipher, const char *only);

/* tx sends to rx; keys are installed for that direction alone, unless asked for. */
struct pair {
	const struct cipher *cipher;
	int tx;
	int rx;
	uint64_t sent;		/* octets, by their place in the pattern */
	uint64_t received;
};

/* What of it is done: a stage has all of the stages before it. */
enum stage { CONNECTED, ATTACHED, TX_KEYED, KEYED };

void pair_open(struct pair *pair, const struct cipher *cipher, enum stage stage, int sndbuf);
void pair_close(struct pair *pair);

int pair_attach(int fd);
int pair_key(const struct pair *pair, int fd, int option);
int pair_info(int fd, int option, struct xcrypt_info *info);

/*
 * Each returns NULL, or what is wrong. pair_settle() sends what is missing up to @total,
 * receives all of it and compares octets and counts.
 */
const char *pair_send(struct pair *pair, uint64_t total);
const char *pair_check(struct pair *pair, const void *data, size_t len);
const char *pair_settle(struct pair *pair, uint64_t total);

/* A counter of /proc/net/xcrypt_stat. */
long pair_stat(const char *name);

#endif
