// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include "tap.h"

static int count, failed;

void tap_result(bool ok, const char *format, ...)
{
	va_list args;

	count++;
	failed += !ok;
	printf("%s %d - ", ok ? "ok" : "not ok", count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

void tap_say(const char *format, ...)
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

int tap_end(void)
{
	printf("1..%d\n", count);
	return failed || !count;
}
