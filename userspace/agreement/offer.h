/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words that b lists behind XCRYPT in its EHLO reply (protocol, sections 2 and 5).
 */
#ifndef XCRYPTD_OFFER_H
#define XCRYPTD_OFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/line.h"

#define XC_OFFER_LINE_MAX	510	/* octets of "250-XCRYPT WORD ...", without CRLF */
#define XC_OFFER_MAX		(XC_OFFER_LINE_MAX - 11)	/* of the words and SPs alone */
#define XC_OFFER_WORD_MAX	32

/*
 * The words as they enter T: every one, in lower case, parted by single SPs, terminated. One of
 * more than XC_OFFER_WORD_MAX octets is no suite of anybody's, but b has listed it: it stays in
 * T, so that one which somebody on the path put in is found out.
 */
struct xc_offer {
	size_t len;
	char text[XC_OFFER_MAX + 1];
};

/*
 * Take the words of text, which are parted by one or more SPs and are kept whether well
 * formed or not. 0, or -EINVAL where the list counts as not offered: no word, a NUL, CR or
 * LF, the whole too long.
 */
int xc_offer_parse(struct xc_offer *offer, const char *text, size_t len);

/* The same for a whole line of the reply, "250-XCRYPT WORD ..." without its end. */
int xc_offer_parse_line(struct xc_offer *offer, const char *line, size_t len);

/* The next word from *pos (at first 0) on. False at the end. */
bool xc_offer_next(const struct xc_offer *offer, size_t *pos, struct xc_word *word);

bool xc_offer_has(const struct xc_offer *offer, const char *name);

#endif
