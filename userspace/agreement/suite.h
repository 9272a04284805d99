/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Suites (protocol, section 1): a cipher of the kernel module and a key agreement.
 */
#ifndef XCRYPTD_SUITE_H
#define XCRYPTD_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kex.h"
#include "common/line.h"

#define XC_SUITES_MAX	12	/* in the table */
#define XC_KEY_MAX	32	/* octets of a cipher's key */
#define XC_IV_MAX	16	/* octets of its IV */

/**
 * struct xc_suite - one line of the table
 * @name:	as sent, lower case
 * @cipher:	the kernel module's name of the cipher
 * @kex:	the key agreement
 * @key_len:	octets
 * @iv_len:	octets
 * @on:		in use unless the configuration says otherwise
 */
struct xc_suite {
	const char *name;
	const char *cipher;
	const struct xc_kex *kex;
	uint8_t key_len;
	uint8_t iv_len;
	bool on;
};

/* Some suites, best first. */
struct xc_suite_list {
	int n;
	const struct xc_suite *suite[XC_SUITES_MAX];
};

/*
 * The i-th suite of those that can be used here, best first; NULL behind the last. What cannot
 * lacks a part in libcrypto; which ciphers the kernel module has, the daemon asks it.
 */
const struct xc_suite *xc_suite_at(int i);

/* NULL if there is none of that name that can be used. Case does not matter. */
const struct xc_suite *xc_suite_find(struct xc_word name);

/* The same of all suites that the protocol has and we know, be they usable or not. */
const struct xc_suite *xc_suite_row(int i);
const struct xc_suite *xc_suite_known(struct xc_word name);

/* Why a suite cannot be used here and what would help; NULL if it can. */
const char *xc_suite_missing(const struct xc_suite *suite);

/* Those that are on by default and can be used. */
void xc_suite_list_default(struct xc_suite_list *list);

/* 0; -EEXIST if the suite is on the list; -ENOSPC cannot happen with suites of the table. */
int xc_suite_list_add(struct xc_suite_list *list, const struct xc_suite *suite);

bool xc_suite_list_has(const struct xc_suite_list *list, const struct xc_suite *suite);

/* The names parted by SPs, as b lists them behind XCRYPT. */
#define XC_SUITE_LIST_TEXT	(XC_SUITES_MAX * 24)
void xc_suite_list_format(char dst[XC_SUITE_LIST_TEXT], const struct xc_suite_list *list);

#endif
