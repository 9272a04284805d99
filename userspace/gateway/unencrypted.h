/* SPDX-License-Identifier: GPL-2.0 */
/* Mail hosts whose sessions were not encrypted, and why: the ones met last, no more than a bound. */
#ifndef XCRYPT_GATEWAY_UNENCRYPTED_H
#define XCRYPT_GATEWAY_UNENCRYPTED_H

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>

#define UNENCRYPTED_MAX	256

/**
 * struct unencrypted_peer - one host in one direction
 * @why:	enum gw_plain of its last session
 * @sessions:	since it is on the list; 0: the place is free
 * @last:	xc_loop_now() of the last one
 */
struct unencrypted_peer {
	struct in6_addr addr;
	bool in;
	int why;
	uint64_t sessions;
	uint64_t last;
};

struct unencrypted {
	struct unencrypted_peer peer[UNENCRYPTED_MAX];
};

/* A session ended so; the host met longest ago makes room. */
void unencrypted_add(struct unencrypted *list, const struct in6_addr *addr, bool in, int why,
		     uint64_t now);
/* One of it ended encrypted: the host leaves the list. */
void unencrypted_remove(struct unencrypted *list, const struct in6_addr *addr, bool in);

#endif
