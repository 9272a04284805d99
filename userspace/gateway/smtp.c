// SPDX-License-Identifier: GPL-2.0
#include "smtp.h"

#include <string.h>
#include <strings.h>

static const char keyword[] = "XCRYPT";

size_t smtp_line(const char *text, size_t len)
{
	const char *lf = memchr(text, '\n', len);

	return lf ? lf - text + 1 : 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Does text begin with this word? */
static bool is_word(const char *text, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && !strncasecmp(text, word, n) && (len == n || is_space(text[n]));
}

enum smtp_verb smtp_verb(const char *line, size_t len)
{
	static const char * const verbs[SMTP_OTHER] = {
		[SMTP_EHLO] = "EHLO", [SMTP_HELO] = "HELO", [SMTP_LHLO] = "LHLO",
		[SMTP_NOOP] = "NOOP", [SMTP_QUIT] = "QUIT", [SMTP_RSET] = "RSET",
		[SMTP_STARTTLS] = "STARTTLS", [SMTP_XCRYPT] = keyword,
	};
	int verb = 0;

	while (verb < SMTP_OTHER && !is_word(line, len, verbs[verb]))
		verb++;
	return verb;
}

static bool digit_between(char c, char min, char max)
{
	return c >= min && c <= max;
}

int smtp_reply(const char *line, size_t len, bool *last)
{
	if (len < 4 || !digit_between(line[0], '2', '5') || !digit_between(line[1], '0', '9') ||
	    !digit_between(line[2], '0', '9') || (line[3] != '-' && !is_space(line[3])))
		return -1;
	*last = line[3] != '-';
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
}

/* The keyword of a line of the reply to EHLO, which is not its first. */
static bool lists(const char *line, size_t len, const char *word)
{
	return len > 4 && is_word(line + 4, len - 4, word);
}

bool smtp_lists(const char *reply, size_t len, const char *word)
{
	size_t n = smtp_line(reply, len), at;

	for (at = n; at < len && n; at += n) {
		n = smtp_line(reply + at, len - at);
		if (lists(reply + at, n, word))
			return true;
	}
	return false;
}

/* Words with single spaces between them. Return: octets, without a NUL. */
static size_t fold(char *dst, const char *text, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (!is_space(text[i])) {
			if (n && is_space(text[i - 1]))
				dst[n++] = ' ';
			dst[n++] = text[i];
		}
	}
	return n;
}

bool smtp_words(const char *reply, size_t len, char words[XCRYPT_SUITES_MAX + 1])
{
	size_t n = smtp_line(reply, len), at, text, end;
	int seen = 0;

	for (at = n; at < len && n; at += n) {
		n = smtp_line(reply + at, len - at);
		if (!lists(reply + at, n, keyword))
			continue;
		text = n - 1 - (n > 1 && reply[at + n - 2] == '\r');
		if (seen++ || text > XCRYPT_SUITES_MAX || memchr(reply + at, '\0', n))
			return false;
		end = fold(words, reply + at + 4 + strlen(keyword), n - 4 - strlen(keyword));
		words[end] = '\0';
	}
	return seen == 1 && words[0];
}

/* The last line of a whole reply; and the one before it, if there is one. */
static void tail(const char *reply, size_t len, size_t *last, size_t *before)
{
	size_t at, n;

	*last = *before = 0;
	for (at = 0; at < len; at += n) {
		n = smtp_line(reply + at, len - at);
		if (!n)
			return;
		*before = *last;
		*last = at;
	}
}

size_t smtp_add(char *reply, size_t len, size_t size, const char *words)
{
	size_t more = strlen("250-XCRYPT ") + strlen(words) + strlen("\r\n");
	size_t last, before, at;

	if (len < 4 || len + more > size)
		return 0;
	tail(reply, len, &last, &before);
	/* A greeting without a word has no place for the hyphen. */
	if (!last && reply[3] != ' ')
		return 0;
	/* All lines stay as they are, but for a greeting that was alone. */
	at = last ? last : len;
	memmove(reply + at + more, reply + at, len - at);
	memcpy(reply + at, last ? "250-XCRYPT " : "250 XCRYPT ", 11);
	memcpy(reply + at + 11, words, strlen(words));
	memcpy(reply + at + more - 2, "\r\n", 2);
	if (!last)
		reply[3] = '-';
	return len + more;
}

size_t smtp_remove(char *reply, size_t len, const char *word)
{
	size_t n = smtp_line(reply, len), at, last, before;

	for (at = n; at < len && n; at += n) {
		n = smtp_line(reply + at, len - at);
		if (!lists(reply + at, n, word))
			continue;
		memmove(reply + at, reply + at + n, len - at - n);
		len -= n;
		at -= n;
	}
	tail(reply, len, &last, &before);
	if (len > last + 3 && reply[last + 3] == '-')
		reply[last + 3] = ' ';
	return len;
}
