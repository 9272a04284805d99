// SPDX-License-Identifier: GPL-2.0
/*
 * What the module does when memory fails:
 *
 *	faults MODULE
 *
 * MODULE is the file, to load it while memory fails. Prints TAP.
 */
#include <err.h>
#include <stdio.h>
#include "fault.h"
#include "leaks.h"
#include "module.h"
#include "pair.h"
#include "storm.h"
#include "sweep.h"
#include "tap.h"

int main(int argc, char **argv)
{
	if (argc != 2)
		errx(2, "usage: faults MODULE");
	puts("TAP version 13");
	if (!fault_setup()) {
		puts("1..0 # SKIP this kernel has no fault injection: run it in the debug kernel");
		return 0;
	}
	sweep_all();
	storm_all();
	tap_result(pair_stat("XcryptDesync") == 0, "no stream got out of step");
	module_all(argv[1]);
	leaks_all();
	return tap_end();
}
