/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lines of the XCRYPT exchange (protocol, section 2): taking them apart and putting
 * them together. Words point into the caller's text, are not terminated, and live as long
 * as the text.
 */
#ifndef XCRYPTD_LINE_H
#define XCRYPTD_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XC_LINE_MAX	2048	/* octets of a line with its CRLF */
#define XC_LINE_ARGS	3	/* words behind the verb, at most */

struct xc_word {
	const char *at;
	size_t len;
};

/* A word and a C string are the same, without regard to ASCII case. */
bool xc_word_is(struct xc_word word, const char *name);

/*
 * Split text at single SPs into at most max words. The number of words; -EINVAL if a word
 * is empty (two SPs, a leading or a trailing one, no text); -E2BIG if there are more.
 */
int xc_line_split(const char *text, size_t len, struct xc_word *word, int max);

/*
 * The length of the line in text[0..len), which ends in LF, without its end. *bare tells
 * whether the CR was missing. -EINVAL if there is a NUL in it.
 */
int xc_line_strip(const char *text, size_t len, bool *bare);

enum xc_command_kind {
	XC_CMD_OTHER,		/* the verb is not XCRYPT */
	XC_CMD_BAD,		/* XCRYPT, and the words are not parted by one SP each */
	XC_CMD_BEGIN,		/* XCRYPT, alone or with any word but OK and FAIL */
	XC_CMD_OK,
	XC_CMD_FAIL,
};

/*
 * A line of a. BEGIN: the words behind XCRYPT, of which there should be three (suite, K, N);
 * OK: those behind OK, of which there should be none or one; nargs is XC_LINE_ARGS + 1
 * where there are more words than arg can hold. FAIL: arg[0] is the reason, nargs 0 or 1.
 */
struct xc_command {
	enum xc_command_kind kind;
	int nargs;
	struct xc_word arg[XC_LINE_ARGS];
};

/* text has no line end. */
void xc_line_command(struct xc_command *cmd, const char *text, size_t len);

/* A line of b's reply: the code, whether more lines follow, the text behind. */
struct xc_reply {
	int code;
	bool more;
	struct xc_word text;
};

/* text has no line end. 0, or -EINVAL if it is not "CODE", "CODE text" or "CODE-text". */
int xc_line_reply(struct xc_reply *reply, const char *text, size_t len);

/*
 * Write words parted by single SPs and CRLF to dst; the list ends with NULL. The length,
 * or -EMSGSIZE if dst (of size octets, for a NUL too) is too small.
 */
int xc_line_format(char *dst, size_t size, ...) __attribute__((sentinel));

#endif
