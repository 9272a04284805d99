/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What time it is, by two clocks.
 */
#ifndef XCRYPTD_CLOCK_H
#define XCRYPTD_CLOCK_H

#include <stdint.h>
#include <time.h>

#define XC_BOOT_LEN	16

/**
 * struct xc_time - now, in seconds
 * @wall:	since 1970; somebody may set it, forward or back
 * @boot:	CLOCK_BOOTTIME, which nobody sets and which counts while the machine sleeps
 * @boot_id:	the boot that @boot belongs to, zeros if not known
 */
struct xc_time {
	time_t wall;
	time_t boot;
	uint8_t boot_id[XC_BOOT_LEN];
};

/* The kernel's. */
void xc_clock(struct xc_time *now);

#endif
