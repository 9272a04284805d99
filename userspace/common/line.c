// SPDX-License-Identifier: GPL-2.0
#include "line.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

bool xc_word_is(struct xc_word word, const char *name)
{
	return word.len == strlen(name) && strncasecmp(word.at, name, word.len) == 0;
}

/* The octets of text up to the first SP or the end. */
static size_t word_len(const char *text, size_t len)
{
	const char *sp = len ? memchr(text, ' ', len) : NULL;

	return sp ? (size_t)(sp - text) : len;
}

int xc_line_split(const char *text, size_t len, struct xc_word *word, int max)
{
	const char *end = text + len;
	int n = 0;

	for (;;) {
		size_t w = word_len(text, end - text);

		if (!w)
			return -EINVAL;
		if (n < max)
			word[n] = (struct xc_word){ text, w };
		n++;
		text += w;
		if (text == end)
			return n > max ? -E2BIG : n;
		text++;
	}
}

int xc_line_strip(const char *text, size_t len, bool *bare)
{
	if (memchr(text, '\0', len))
		return -EINVAL;
	len--;
	*bare = !len || text[len - 1] != '\r';
	return *bare ? len : len - 1;
}

static void parse_fail(struct xc_command *cmd, struct xc_word rest)
{
	cmd->kind = XC_CMD_FAIL;
	cmd->nargs = rest.len ? 1 : 0;
	cmd->arg[0] = rest;
}

/* The words from text on, which is OK's or begins with the suite. */
static void parse_args(struct xc_command *cmd, const char *text, size_t len)
{
	cmd->nargs = xc_line_split(text, len, cmd->arg, XC_LINE_ARGS);
	if (cmd->nargs == -E2BIG) {
		cmd->nargs = XC_LINE_ARGS + 1;
	} else if (cmd->nargs < 0) {
		cmd->nargs = 0;
		cmd->kind = XC_CMD_BAD;
	}
}

/* text is what follows "XCRYPT ". */
static void parse_xcrypt(struct xc_command *cmd, const char *text, size_t len)
{
	struct xc_word first = { text, word_len(text, len) };
	struct xc_word rest = { text + len, 0 };

	if (!len || text[len - 1] == ' ')
		return;
	if (first.len < len)
		rest = (struct xc_word){ text + first.len + 1, len - first.len - 1 };
	if (xc_word_is(first, "FAIL")) {
		parse_fail(cmd, rest);
	} else if (!xc_word_is(first, "OK")) {
		cmd->kind = XC_CMD_BEGIN;
		parse_args(cmd, text, len);
	} else {
		cmd->kind = XC_CMD_OK;
		if (rest.len)
			parse_args(cmd, rest.at, rest.len);
	}
}

void xc_line_command(struct xc_command *cmd, const char *text, size_t len)
{
	struct xc_word verb = { text, word_len(text, len) };

	memset(cmd, 0, sizeof(*cmd));
	if (!xc_word_is(verb, "XCRYPT"))
		return;
	cmd->kind = verb.len < len ? XC_CMD_BAD : XC_CMD_BEGIN;
	if (verb.len < len)
		parse_xcrypt(cmd, text + verb.len + 1, len - verb.len - 1);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int xc_line_reply(struct xc_reply *reply, const char *text, size_t len)
{
	if (len < 3 || text[0] < '2' || text[0] > '5' || !is_digit(text[1]) || !is_digit(text[2]))
		return -EINVAL;
	if (len > 3 && text[3] != ' ' && text[3] != '-')
		return -EINVAL;
	reply->code = (text[0] - '0') * 100 + (text[1] - '0') * 10 + text[2] - '0';
	reply->more = len > 3 && text[3] == '-';
	reply->text.at = len > 3 ? text + 4 : text + 3;
	reply->text.len = len > 3 ? len - 4 : 0;
	return 0;
}

int xc_line_format(char *dst, size_t size, ...)
{
	const char *word;
	size_t len = 0;
	va_list ap;

	va_start(ap, size);
	while ((word = va_arg(ap, const char *))) {
		size_t n = strlen(word);

		if (size < len + n + 4) {
			va_end(ap);
			return -EMSGSIZE;
		}
		if (len)
			dst[len++] = ' ';
		memcpy(dst + len, word, n);
		len += n;
	}
	va_end(ap);
	memcpy(dst + len, "\r\n", 3);
	return len + 2;
}
