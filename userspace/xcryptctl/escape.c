// SPDX-License-Identifier: GPL-2.0
#include "escape.h"

void escape_json(FILE *to, const char *text)
{
	const unsigned char *at;

	fputc('"', to);
	for (at = (const unsigned char *)text; *at; at++) {
		if (*at == '"' || *at == '\\')
			fprintf(to, "\\%c", *at);
		else if (*at < 0x20 || *at > 0x7e)
			fprintf(to, "\\u%04x", *at);
		else
			fputc(*at, to);
	}
	fputc('"', to);
}

/* UTF-8, in which only these three are escaped. */
void escape_label(FILE *to, const char *text)
{
	const unsigned char *at;

	fputc('"', to);
	for (at = (const unsigned char *)text; *at; at++) {
		if (*at == '"' || *at == '\\')
			fprintf(to, "\\%c", *at);
		else if (*at == '\n')
			fputs("\\n", to);
		else if (*at > 0x7f)
			fprintf(to, "%c%c", 0xc0 | *at >> 6, 0x80 | (*at & 0x3f));
		else
			fputc(*at, to);
	}
	fputc('"', to);
}
