// SPDX-License-Identifier: GPL-2.0
#include "doctor.h"

#include <errno.h>
#include <stdarg.h>

static void __attribute__((format(printf, 3, 0)))
print(const char *mark, const char *what, const char *fmt, va_list ap)
{
	printf("%-5s %-14s ", mark, what);
	vprintf(fmt, ap);
	putchar('\n');
}

#define PRINT(mark) do { \
		va_list ap; \
		va_start(ap, fmt); \
		print(mark, what, fmt, ap); \
		va_end(ap); \
	} while (0)

void doctor_good(const char *what, const char *fmt, ...)
{
	PRINT("ok");
}

void doctor_bad(struct doctor *d, const char *what, const char *fmt, ...)
{
	d->found++;
	PRINT("FAIL");
}

void doctor_unknown(const char *what, const char *fmt, ...)
{
	PRINT("--");
}

void doctor_hidden(struct doctor *d, const char *what, const char *fmt, ...)
{
	d->hidden++;
	PRINT("?");
}

const char *doctor_path(const struct doctor *d, char dst[DOCTOR_PATH], const char *path)
{
	if (snprintf(dst, DOCTOR_PATH, "%s%s", d->system->root, path) >= DOCTOR_PATH)
		dst[0] = '\0';		/* no file has this name */
	return dst;
}

FILE *doctor_open(const struct doctor *d, const char *path)
{
	char full[DOCTOR_PATH];

	return fopen(doctor_path(d, full, path), "r");
}
