// SPDX-License-Identifier: GPL-2.0
#include "recent.h"

#include <inttypes.h>
#include <string.h>

void xc_recent_add(struct xc_recent *recent, const uint8_t *session,
		   const struct xc_suite *suite, uint64_t now)
{
	struct xc_recent_one *one = &recent->one[recent->count++ % XC_RECENT_MAX];

	one->began = now;
	one->suite = suite;
	memcpy(one->session, session, XC_SESSION_LEN);
}

static void print_one(FILE *to, const struct xc_recent_one *one, uint64_t now)
{
	int i;

	for (i = 0; i < XC_SESSION_LEN; i++)
		fprintf(to, "%02x", one->session[i]);
	fprintf(to, " %s %" PRIu64 "\n", one->suite->name, (now - one->began) / 1000);
}

unsigned long xc_recent_print(FILE *to, const struct xc_recent *recent, uint64_t now,
			      unsigned long from, unsigned int max)
{
	unsigned long n = from ? from : recent->count;

	for (; n && n + XC_RECENT_MAX > recent->count; n--) {
		if (!max--)
			return n;
		print_one(to, &recent->one[(n - 1) % XC_RECENT_MAX], now);
	}
	return 0;
}
