// SPDX-License-Identifier: GPL-2.0
#include "suite.h"

#include <errno.h>
#include <string.h>

static const struct xc_suite suites[] = {
	{ "chacha20_2.0",  "chacha20",  &xc_kex_x25519, 32, 12, true },
	{ "aes256ctr_2.0", "aes256ctr", &xc_kex_x25519, 32, 16, true },
	{ "t32_1.0",       "t32",       &xc_kex_dh768,  10,  0, false },
	{ "arrsyfor_1.0",  "arrsyfor",  &xc_kex_dh768,  10,  0, false },
};

#define N_SUITES	((int)(sizeof(suites) / sizeof(suites[0])))

_Static_assert(N_SUITES <= XC_SUITES_MAX, "XC_SUITES_MAX is too small for the table");

const struct xc_suite *xc_suite_at(int i)
{
	return i >= 0 && i < N_SUITES ? &suites[i] : NULL;
}

const struct xc_suite *xc_suite_find(struct xc_word name)
{
	int i;

	for (i = 0; i < N_SUITES; i++) {
		if (xc_word_is(name, suites[i].name))
			return &suites[i];
	}
	return NULL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* How many octets from at on belong to a class. */
static size_t span(struct xc_word name, size_t at, bool (*belongs)(char))
{
	size_t n = 0;

	while (at + n < name.len && belongs(name.at[at + n]))
		n++;
	return n;
}

bool xc_suite_well_formed(struct xc_word name)
{
	size_t cipher = span(name, 0, is_alnum);
	size_t major, minor;

	if (!cipher || cipher == name.len || name.at[cipher] != '_')
		return false;
	major = span(name, cipher + 1, is_digit);
	cipher += 1 + major;
	if (!major || cipher == name.len || name.at[cipher] != '.')
		return false;
	minor = span(name, cipher + 1, is_digit);
	return minor && cipher + 1 + minor == name.len;
}

void xc_suite_list_default(struct xc_suite_list *list)
{
	int i;

	memset(list, 0, sizeof(*list));
	for (i = 0; i < N_SUITES; i++) {
		if (suites[i].on)
			list->suite[list->n++] = &suites[i];
	}
}

int xc_suite_list_add(struct xc_suite_list *list, const struct xc_suite *suite)
{
	if (xc_suite_list_has(list, suite))
		return -EEXIST;
	if (list->n == XC_SUITES_MAX)
		return -ENOSPC;
	list->suite[list->n++] = suite;
	return 0;
}

bool xc_suite_list_has(const struct xc_suite_list *list, const struct xc_suite *suite)
{
	int i;

	for (i = 0; i < list->n; i++) {
		if (list->suite[i] == suite)
			return true;
	}
	return false;
}

void xc_suite_list_format(char dst[XC_SUITE_LIST_TEXT], const struct xc_suite_list *list)
{
	int i;

	dst[0] = '\0';
	for (i = 0; i < list->n; i++) {
		if (i)
			strcat(dst, " ");
		strcat(dst, list->suite[i]->name);
	}
}
