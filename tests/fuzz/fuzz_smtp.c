// SPDX-License-Identifier: GPL-2.0
/* What the gateway reads of SMTP: lines lie within the text, a line put in comes out again. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/smtp.h"

#define ROOM	1024

/* As much of the text as is a whole reply. */
static size_t whole(const char *text, size_t len)
{
	size_t at = 0, n;
	bool last = false;

	while (!last) {
		n = smtp_line(text + at, len - at);
		if (!n || smtp_reply(text + at, n, &last) < 0)
			return 0;
		at += n;
	}
	return at;
}

static void edit(const char *text, size_t len)
{
	char *reply = malloc(len + ROOM), words[XCRYPT_SUITES_MAX + 1];
	size_t n;

	must(reply);
	memcpy(reply, text, len);
	if (smtp_words(reply, len, words))
		must(strlen(words) <= XCRYPT_SUITES_MAX);
	n = smtp_remove(reply, len, "XCRYPT");
	must(n <= len && !smtp_lists(reply, n, "XCRYPT"));
	memcpy(reply, text, len);
	if (!smtp_lists(text, len, "XCRYPT")) {
		n = smtp_add(reply, len, len + ROOM, "x_2.0 y_1.0");
		if (!n)
			must(smtp_line(text, len) == len && text[3] != ' ');
		must(!n || (n > len && smtp_words(reply, n, words) && !strcmp(words, "x_2.0 y_1.0")));
		must(whole(reply, n) == n);
		must(!n || smtp_remove(reply, n, "XCRYPT") == len);
		must(!memcmp(reply + 4, text + 4, len - 4));
	}
	free(reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t line = smtp_line(text, size), n;

	must(line <= size && (!line || text[line - 1] == '\n'));
	must(smtp_verb(text, size) <= SMTP_OTHER);
	n = whole(text, size);
	if (n >= 4)
		edit(text, n);
	return 0;
}
