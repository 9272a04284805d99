// SPDX-License-Identifier: GPL-2.0
#include "sample.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME_CHARS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

/* A name at *at, which moves behind it. 0 or -EBADMSG. */
static int name(char *dst, size_t size, const char **at)
{
	size_t len = strspn(*at, NAME_CHARS);

	if (!len || len >= size || isdigit((unsigned char)**at))
		return -EBADMSG;
	memcpy(dst, *at, len);
	dst[len] = '\0';
	*at += len;
	return 0;
}

/* A text in quotes at *at. */
static int quoted(char *dst, size_t size, const char **at)
{
	const char *p = *at;
	size_t n = 0;

	if (*p++ != '"')
		return -EBADMSG;
	for (; *p && *p != '"' && n < size - 1; p++) {
		if (*p != '\\') {
			dst[n++] = *p;
		} else {
			if (!*++p)
				return -EBADMSG;
			dst[n++] = *p == 'n' ? '\n' : *p;
		}
	}
	dst[n] = '\0';
	*at = p + 1;
	return *p == '"' ? 0 : -EBADMSG;
}

static int labels(struct sample *s, const char **at)
{
	do {
		++*at;		/* behind the brace or the comma */
		if (s->labels == SAMPLE_LABELS ||
		    name(s->label[s->labels].key, sizeof(s->label[0].key), at) ||
		    *(*at)++ != '=' ||
		    quoted(s->label[s->labels].value, sizeof(s->label[0].value), at))
			return -EBADMSG;
		s->labels++;
	} while (**at == ',');
	return *(*at)++ == '}' ? 0 : -EBADMSG;
}

/* A number in decimal, as both JSON and Prometheus have it. */
static int parse_number(char *dst, size_t size, const char *text)
{
	size_t sign = *text == '-', len = strlen(text);

	if (len >= size || !isdigit((unsigned char)text[sign]) ||
	    strspn(text + sign, "0123456789.") + sign != len ||
	    (text[sign] == '0' && isdigit((unsigned char)text[sign + 1])) ||
	    !isdigit((unsigned char)text[len - 1]) || strchr(text, '.') != strrchr(text, '.'))
		return -EBADMSG;
	strcpy(dst, text);
	return 0;
}

int sample_parse(struct sample *s, const char *line)
{
	const char *at = line;

	s->labels = 0;
	if (name(s->name, sizeof(s->name), &at))
		return -EBADMSG;
	if (*at == '{' && labels(s, &at))
		return -EBADMSG;
	return *at++ == ' ' ? parse_number(s->value, sizeof(s->value), at) : -EBADMSG;
}
