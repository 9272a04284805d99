/* SPDX-License-Identifier: GPL-2.0 */
/* The mail of one of the paper's authors (section 7). */
#ifndef _CACHESIM_PAPER_H
#define _CACHESIM_PAPER_H

#include <stdbool.h>
#include <stdint.h>

#define PAPER_HOURS	372.6
#define PAPER_MESSAGES	1322
#define PAPER_HUB	994	/* of them from the corporate mail hub */
#define PAPER_DH_S	0.3387	/* seconds of one Diffie-Hellman computation */

/*
 * Public-key computations at the receiver for that mail: the hub's messages come steadily,
 * every other one from a machine of its own. @on_the_clock: see struct host. @peer_too: the
 * hub replaces its pair as well, half-way between our replacements.
 */
uint64_t paper_computations(bool on_the_clock, bool peer_too);

#endif /* _CACHESIM_PAPER_H */
