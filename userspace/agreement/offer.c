// SPDX-License-Identifier: GPL-2.0
#include "offer.h"

#include <errno.h>
#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* What no line of a reply can hold, and T must not. */
static bool is_line_end(char c)
{
	return c == '\0' || c == '\r' || c == '\n';
}

/* Append what is at text up to a SP, however long. The octets taken, or -EINVAL. */
static int append_word(struct xc_offer *offer, const char *text, size_t len)
{
	size_t n;

	if (offer->len)
		offer->text[offer->len++] = ' ';
	for (n = 0; n < len && text[n] != ' '; n++) {
		if (is_line_end(text[n]))
			return -EINVAL;
		offer->text[offer->len++] = lower(text[n]);
	}
	return n;
}

int xc_offer_parse(struct xc_offer *offer, const char *text, size_t len)
{
	const char *end = text + len;
	int n;

	memset(offer, 0, sizeof(*offer));
	if (len > XC_OFFER_MAX)
		return -EINVAL;
	while (text < end) {
		if (*text == ' ') {
			text++;
			continue;
		}
		n = append_word(offer, text, end - text);
		if (n < 0)
			return n;
		text += n;
	}
	return offer->len ? 0 : -EINVAL;
}

int xc_offer_parse_line(struct xc_offer *offer, const char *line, size_t len)
{
	struct xc_reply reply;
	struct xc_word verb;

	if (xc_line_reply(&reply, line, len) || reply.code != 250)
		return -EINVAL;
	if (reply.text.len < 7 || reply.text.at[6] != ' ')
		return -EINVAL;
	verb = (struct xc_word){ reply.text.at, 6 };
	if (!xc_word_is(verb, "XCRYPT"))
		return -EINVAL;
	return xc_offer_parse(offer, reply.text.at + 7, reply.text.len - 7);
}

bool xc_offer_next(const struct xc_offer *offer, size_t *pos, struct xc_word *word)
{
	const char *at = offer->text + *pos;

	if (*pos >= offer->len)
		return false;
	*word = (struct xc_word){ at, strcspn(at, " ") };
	*pos += word->len + 1;
	return true;
}

bool xc_offer_has(const struct xc_offer *offer, const char *name)
{
	struct xc_word word;
	size_t pos = 0;

	while (xc_offer_next(offer, &pos, &word)) {
		if (xc_word_is(word, name))
			return true;
	}
	return false;
}
