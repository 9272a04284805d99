// SPDX-License-Identifier: GPL-2.0
#include "parser.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX	(1 << 20)	/* octets of a file */
#define LINE_MAX_LEN	1024
#define MESSAGE_MAX	512

/* What a terminal would not show, or would obey, is shown as \xHH. */
static void show(char *dst, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text && n + 5 <= size; text++) {
		if (*text >= ' ' && *text <= '~')
			dst[n++] = *text;
		else
			n += sprintf(dst + n, "\\x%02x", (unsigned char)*text);
	}
	dst[n] = '\0';
}

void xc_parser_fault(struct xc_parser *p, const char *fmt, ...)
{
	char message[MESSAGE_MAX], shown[MESSAGE_MAX];
	int n = snprintf(message, sizeof(message), "%s:%d: ", p->name, p->line);
	va_list ap;

	p->faults++;
	if (n < 0 || n >= (int)sizeof(message))
		return;
	va_start(ap, fmt);
	vsnprintf(message + n, sizeof(message) - n, fmt, ap);
	va_end(ap);
	show(shown, sizeof(shown), message);
	p->report(p->ctx, shown);
}

/* --- values --- */

/* A number from min to max; ends at *end, which is set. False if there is none. */
static bool number(const char *word, unsigned long max, unsigned long *value, const char **end)
{
	*value = 0;
	*end = word;
	for (; **end >= '0' && **end <= '9'; (*end)++) {
		*value = *value * 10 + (**end - '0');
		if (*value > max)
			return false;
	}
	return *end != word;
}

void xc_parser_number(struct xc_parser *p, const char *word, unsigned int min, unsigned int max,
		      unsigned int *dst)
{
	unsigned long value;
	const char *end;

	if (!number(word, max, &value, &end) || *end || value < min)
		xc_parser_fault(p, "\"%s\" must be a whole number from %u to %u", word, min, max);
	else
		*dst = value;
}

/* Seconds of a time unit, 0 if it is none. */
static unsigned int unit(const char *text)
{
	static const struct { const char *name; unsigned int seconds; } units[] = {
		{ "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 },
	};
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!strcmp(text, units[i].name))
			return units[i].seconds;
	}
	return 0;
}

void xc_parser_time(struct xc_parser *p, const char *word, unsigned int max,
		    const char *max_text, unsigned int *dst)
{
	unsigned long value;
	const char *end;

	if (!number(word, max, &value, &end) || !unit(end) || !value || value > max / unit(end))
		xc_parser_fault(p, "\"%s\" must be a time from 1s to %s, as in 90s, 30m, 2h, 1d", word,
		      max_text);
	else
		*dst = value * unit(end);
}

/* --- lines --- */

static void apply(struct xc_parser *p, const struct xc_keyword *k, const struct xc_words *words)
{
	int *seen = &p->seen[k - p->keywords];

	if (words->n < k->min || words->n > k->max)
		xc_parser_fault(p, "write: %s %s", k->name, k->usage);
	else if (!k->many && *seen)
		xc_parser_fault(p, "\"%s\" stands on line %d already; remove one", k->name, *seen);
	else
		k->set(p, words);
	*seen = p->line;
}

/* Cut a line into words, in place. -E2BIG if there are too many. */
static int split(struct xc_words *words, char *line)
{
	char *save, *word;

	words->n = 0;
	for (word = strtok_r(line, " \t\r", &save); word; word = strtok_r(NULL, " \t\r", &save)) {
		if (words->n == XC_WORDS_MAX)
			return -E2BIG;
		words->word[words->n++] = word;
	}
	return 0;
}

/* What editors and web pages put where it looks like a space, or like nothing at all. */
static const struct { const char *octets; const char *name; } unseen[] = {
	{ "\xef\xbb\xbf", "byte order mark" },
	{ "\xc2\xa0", "no-break space" },
	{ "\xe2\x80\x8b", "zero-width space" },
	{ "\xe2\x80\xaf", "narrow no-break space" },
};

static bool has_unseen(struct xc_parser *p, const char *line)
{
	size_t i;

	for (i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++) {
		const char *at = strstr(line, unseen[i].octets);

		if (at) {
			xc_parser_fault(p, "a %s (%s) as octet %d of the line; write plain spaces, in a file without byte order mark",
			      unseen[i].name, unseen[i].octets, (int)(at - line) + 1);
			return true;
		}
	}
	return false;
}

static void parse_line(struct xc_parser *p, char *line)
{
	const struct xc_keyword *k;
	struct xc_words words;
	char *name;

	line[strcspn(line, "#")] = '\0';
	if (has_unseen(p, line))
		return;
	if (split(&words, line)) {
		xc_parser_fault(p, "more than %d words; see %s", XC_WORDS_MAX, p->page);
		return;
	}
	if (!words.n)
		return;
	name = words.word[0];
	memmove(words.word, words.word + 1, --words.n * sizeof(words.word[0]));
	for (k = p->keywords; k->name; k++) {
		if (!strcmp(name, k->name)) {
			apply(p, k, &words);
			return;
		}
	}
	xc_parser_fault(p, "unknown keyword \"%s\"; see %s for those there are", name, p->page);
}

static void parse_lines(struct xc_parser *p, const char *text, size_t len)
{
	const char *end = text + len;
	char line[LINE_MAX_LEN + 1];

	for (p->line = 1; text < end; p->line++) {
		const char *lf = memchr(text, '\n', end - text);
		size_t n = (lf ? lf : end) - text;

		if (memchr(text, '\0', n)) {
			xc_parser_fault(p, "a NUL octet: this is not a text file");
		} else if (n > LINE_MAX_LEN) {
			xc_parser_fault(p, "a line of more than %d characters", LINE_MAX_LEN);
		} else {
			memcpy(line, text, n);
			line[n] = '\0';
			parse_line(p, line);
		}
		text += n + 1;
	}
}

/* --- the whole --- */

int xc_parser_line_of(const struct xc_parser *p, const char *name)
{
	int i = 0;

	while (strcmp(p->keywords[i].name, name))
		i++;
	return p->seen[i];
}

/* The octets of a file to dst. Their number or -errno. */
static long read_file(const char *path, char *dst, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (n > 0 && len < size) {
		n = read(fd, dst + len, size - len);
		if (n > 0)
			len += n;
	}
	n = n < 0 ? -errno : n;
	close(fd);
	return n < 0 ? n : len == size ? -EFBIG : (long)len;
}

int xc_parser_text(struct xc_parser *p, const char *text, size_t len)
{
	parse_lines(p, text, len);
	return p->faults ? -EINVAL : 0;
}

int xc_parser_load(struct xc_parser *p, const char *path)
{
	char *text = malloc(TEXT_MAX);
	long len = text ? read_file(path, text, TEXT_MAX) : -ENOMEM;
	char message[MESSAGE_MAX];

	p->name = path;
	if (len >= 0) {
		len = xc_parser_text(p, text, len);
	} else {
		snprintf(message, sizeof(message), "%s: cannot be read: %s", path, strerror(-len));
		p->report(p->ctx, message);
	}
	free(text);
	return len ? -EINVAL : 0;
}
