// SPDX-License-Identifier: GPL-2.0
/*
 * What the module does when memory fails:
 *
 *	faults MODULE [CIPHER]
 *
 * MODULE is the file, to load it while memory fails. With CIPHER connections are tried with that
 * one alone. Prints TAP.
 */
#include <err.h>
#include <stdio.h>
#include "fault.h"
#include "leaks.h"
#include "module.h"
#include "pair.h"
#include "records.h"
#include "storm.h"
#include "sweep.h"
#include "tap.h"

int main(int argc, char **argv)
{
	const char *only = argc == 3 ? argv[2] : NULL;

	if (argc != 2 && argc != 3)
		errx(2, "usage: faults MODULE [CIPHER]");
	puts("TAP version 13");
	if (!fault_setup()) {
		puts("1..0 # SKIP this kernel has no fault injection: run it in the debug kernel");
		return 0;
	}
	sweep_all(only);
	records_all(only);
	storm_all(only);
	tap_result(pair_stat("XcryptDesync") == 0, "no stream got out of step");
	module_all(argv[1]);
	leaks_all();
	return tap_end();
}
