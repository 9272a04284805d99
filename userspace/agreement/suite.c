// SPDX-License-Identifier: GPL-2.0
#include "suite.h"

#include <errno.h>
#include <string.h>

static const struct xc_suite suites[] = {
	{ "chachapoly_3.1", "chachapoly", &xc_kex_x25519mlkem768_identity, 32, 12, true },
	{ "aes256gcm_3.1", "aes256gcm", &xc_kex_x25519mlkem768_identity, 32, 12, true },
	{ "chachapoly_3.0", "chachapoly", &xc_kex_x25519_identity, 32, 12, true },
	{ "aes256gcm_3.0", "aes256gcm", &xc_kex_x25519_identity, 32, 12, true },
	{ "chacha20_2.1", "chacha20", &xc_kex_x25519mlkem768, 32, 12, true },
	{ "aes256ctr_2.1", "aes256ctr", &xc_kex_x25519mlkem768, 32, 16, true },
	{ "chacha20_2.0", "chacha20", &xc_kex_x25519, 32, 12, true },
	{ "aes256ctr_2.0", "aes256ctr", &xc_kex_x25519, 32, 16, true },
	{ "t32_1.0", "t32", &xc_kex_dh768, 10, 0, false },
	{ "arrsyfor_1.0", "arrsyfor", &xc_kex_dh768, 10, 0, false },
};

#define N_SUITES	((int)(sizeof(suites) / sizeof(suites[0])))

_Static_assert(N_SUITES <= XC_SUITES_MAX, "XC_SUITES_MAX is too small for the table");

/* K_a alone, in base64. */
bool xc_kex_has_long_lines(const struct xc_kex *kex)
{
	return kex->public_a_len > 512 / 4 * 3;
}

const char *xc_suite_missing(const struct xc_suite *suite)
{
	if (suite->kex->available && !suite->kex->available())
		return "it needs ML-KEM, which OpenSSL has from 3.5 on";
	return NULL;
}

const struct xc_suite *xc_suite_row(int i)
{
	return i >= 0 && i < N_SUITES ? &suites[i] : NULL;
}

const struct xc_suite *xc_suite_at(int i)
{
	const struct xc_suite *suite;
	int row;

	for (row = 0; (suite = xc_suite_row(row)); row++) {
		if (!xc_suite_missing(suite) && !i--)
			return suite;
	}
	return NULL;
}

const struct xc_suite *xc_suite_find(struct xc_word name)
{
	const struct xc_suite *suite = xc_suite_known(name);

	return suite && !xc_suite_missing(suite) ? suite : NULL;
}

const struct xc_suite *xc_suite_known(struct xc_word name)
{
	int i;

	for (i = 0; i < N_SUITES; i++) {
		if (xc_word_is(name, suites[i].name))
			return &suites[i];
	}
	return NULL;
}

void xc_suite_list_default(struct xc_suite_list *list)
{
	int i;

	memset(list, 0, sizeof(*list));
	for (i = 0; i < N_SUITES; i++) {
		if (suites[i].on && !xc_suite_missing(&suites[i]))
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
