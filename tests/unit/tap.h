/* SPDX-License-Identifier: GPL-2.0 */
/* TAP output for one test program: is(), is_octets(), skip(), then return tap_done(). */
#ifndef _TESTS_TAP_H
#define _TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned int tap_count, tap_failed;

static inline bool __attribute__((format(printf, 4, 5)))
tap_result(bool good, const char *file, int line, const char *fmt, ...)
{
	va_list args;

	printf("%sok %u - ", good ? "" : "not ", ++tap_count);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	if (!good) {
		tap_failed++;
		printf("# at %s:%d\n", file, line);
	}
	fflush(stdout);
	return good;
}

/* One test, named by a format and its arguments. */
#define is(good, ...)	tap_result(good, __FILE__, __LINE__, __VA_ARGS__)

static inline bool tap_same(const void *got, const void *want, size_t len)
{
	const unsigned char *g = got, *w = want;
	size_t i;

	for (i = 0; i < len && g[i] == w[i]; i++)
		;
	if (i < len)
		printf("# octet %zu of %zu is %02x, expected %02x\n", i, len, g[i], w[i]);
	return i == len;
}

#define is_octets(got, want, len, ...)	is(tap_same(got, want, len), __VA_ARGS__)

static inline void skip(const char *name, const char *why)
{
	printf("ok %u - %s # SKIP %s\n", ++tap_count, name, why);
}

static inline int tap_done(void)
{
	printf("1..%u\n", tap_count);
	return tap_failed || !tap_count;
}

#endif /* _TESTS_TAP_H */
