// SPDX-License-Identifier: GPL-2.0
/* Lines of both sides and the EHLO list: words lie within the text. */
#include "fuzz.h"

#include <string.h>

#include "common/line.h"
#include "agreement/offer.h"
#include "agreement/suite.h"

static void inside(struct xc_word word, const char *text, size_t len)
{
	must(word.at >= text && word.at + word.len <= text + len);
}

static void command(const char *text, size_t len)
{
	struct xc_command cmd;
	int i;

	xc_line_command(&cmd, text, len);
	must(cmd.nargs >= 0 && cmd.nargs <= XC_LINE_ARGS + 1);
	for (i = 0; cmd.kind != XC_CMD_BAD && i < cmd.nargs && i < XC_LINE_ARGS; i++) {
		inside(cmd.arg[i], text, len);
		must(cmd.arg[i].len);
		xc_suite_find(cmd.arg[i]);
	}
}

static void reply(const char *text, size_t len)
{
	struct xc_reply r;

	if (xc_line_reply(&r, text, len))
		return;
	must(r.code >= 200 && r.code <= 599);
	inside(r.text, text, len);
}

/* Taking the words that were taken gives them again. */
static void offer(const char *text, size_t len)
{
	struct xc_offer first, again;
	struct xc_word word;
	size_t pos = 0, octets = 0;

	if (xc_offer_parse(&first, text, len))
		return;
	must(first.len && first.len <= XC_OFFER_MAX && first.text[first.len] == '\0');
	while (xc_offer_next(&first, &pos, &word)) {
		must(word.len);
		octets += word.len + 1;
	}
	must(octets == first.len + 1);
	must(!xc_offer_parse(&again, first.text, first.len));
	must(!memcmp(&first, &again, sizeof(first)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct xc_offer line;
	bool bare;

	command(text, size);
	reply(text, size);
	offer(text, size);
	xc_offer_parse_line(&line, text, size);
	if (size && text[size - 1] == '\n') {
		int n = xc_line_strip(text, size, &bare);

		must(n < 0 || (size_t)n == size - (bare ? 1 : 2));
	}
	return 0;
}
