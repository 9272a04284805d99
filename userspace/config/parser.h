/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Configuration files: lines of "keyword value ...", "#" begins a comment. Each program has a
 * table of its keywords; what a file has wrong is reported as "FILE:LINE: what, and what to write
 * instead", all of it at once.
 */
#ifndef XC_CONFIG_PARSER_H
#define XC_CONFIG_PARSER_H

#include <stdbool.h>
#include <stddef.h>

#define XC_WORDS_MAX	24	/* on a line */
#define XC_KEYWORDS_MAX	16	/* in a table */

typedef void (*xc_parser_report)(void *ctx, const char *message);

struct xc_words {
	int n;
	char *word[XC_WORDS_MAX];
};

struct xc_parser;

/**
 * struct xc_keyword - a row of the table, which ends with one without name
 * @usage:	what may stand behind the keyword, for messages
 * @min:	words behind it
 * @max:	words behind it
 * @many:	may stand on more than one line
 * @set:	takes the words, which it may change
 */
struct xc_keyword {
	const char *name;
	const char *usage;
	int min;
	int max;
	bool many;
	void (*set)(struct xc_parser *p, const struct xc_words *words);
};

/**
 * struct xc_parser - where we are, and in what
 * @keywords:	at most XC_KEYWORDS_MAX
 * @page:	the manual page, for messages
 * @name:	of the file, for messages
 * @config:	what @keywords' functions write to
 * @seen:	the line of each keyword, by its place in the table; 0: none
 */
struct xc_parser {
	const struct xc_keyword *keywords;
	const char *page;
	const char *name;
	void *config;
	xc_parser_report report;
	void *ctx;
	int line;
	int faults;
	int seen[XC_KEYWORDS_MAX];
};

/* Read a file. 0, or -EINVAL: it has faults, which have been reported. */
int xc_parser_load(struct xc_parser *p, const char *path);

/* The same with a text. */
int xc_parser_text(struct xc_parser *p, const char *text, size_t len);

/* The line that had this keyword of the table, the last one if more did; 0: none. */
int xc_parser_line_of(const struct xc_parser *p, const char *name);

void xc_parser_fault(struct xc_parser *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Values; what is wrong with one has been reported, and *dst stays as it was. */
void xc_parser_number(struct xc_parser *p, const char *word, unsigned int min, unsigned int max,
		      unsigned int *dst);
/* Seconds, as in 90s, 30m, 2h, 1d. */
void xc_parser_time(struct xc_parser *p, const char *word, unsigned int max,
		    const char *max_text, unsigned int *dst);

#endif
