// SPDX-License-Identifier: GPL-2.0
/* The store as text: what is written is read, and what is wrong is named by file and line. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "peers/form.h"
#include "tap.h"

#define TODAY	20783	/* 2026-11-26 */
#define KEY_A	"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
#define KEY_B	"AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="
#define SMALL	"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define DAYS	"2026-11-26:2026-11-26:"

static uint8_t key[16][XC_IDENTITY_LEN];
static char said[4096];
static int faults;

static void report(void *ctx, const char *message)
{
	size_t len = strlen(said);

	(void)ctx;
	faults++;
	snprintf(said + len, sizeof(said) - len, "%s\n", message);
}

static int read_text(struct xc_peers *p, const char *text, size_t len)
{
	said[0] = '\0';
	faults = 0;
	return xc_peers_read(p, "peers", text, len, report, NULL);
}

static int read_line(const char *text)
{
	struct xc_peers *p = xc_peers_new(4, 30);
	int err = read_text(p, text, strlen(text));

	xc_peers_free(p);
	return err;
}

/* --- what is written --- */

static struct xc_peers *filled(void)
{
	struct xc_peers *p = xc_peers_new(100, 30);
	int i;

	xc_peers_met(p, "mx2.example.org", key[2], 0x301, true, TODAY);
	xc_peers_met(p, "mx1.example.org", key[0], 0x300, true, TODAY - 3);
	xc_peers_met(p, "mx1.example.org", key[1], 0x301, true, TODAY);
	xc_peers_pin(p, "2001:db8::1", key[3], TODAY);
	xc_peers_pin(p, "192.0.2.7", key[3], TODAY);
	for (i = 0; i < 8; i++)
		xc_peers_met(p, "many", key[i], 0x301, true, TODAY - i);
	xc_domains_served(&p->domains, "example.org", "mx1.example.org", true, TODAY - 2);
	xc_domains_served(&p->domains, "example.org", "mx2.example.org", true, TODAY);
	xc_domains_served(&p->domains, "example.net", "mx2.example.org", true, TODAY);
	return p;
}

static const char documented[] = "\npeer 192.0.2.7 - pinned:2026-11-26:-:" KEY_B "\n"
				 "peer mx.example.org 3.1 first:" DAYS KEY_A "\n"
				 "domain example.org " DAYS "mx.example.org\n";

static void test_text(void)
{
	struct xc_peers *p = xc_peers_new(4, 30);
	size_t len, tail = sizeof(documented) - 1;
	char *text;

	xc_peers_met(p, "mx.example.org", key[0], 0x301, true, TODAY);
	xc_peers_pin(p, "192.0.2.7", key[1], TODAY);
	xc_domains_served(&p->domains, "example.org", "mx.example.org", true, TODAY);
	text = xc_peers_write(p, &len);
	is(len > tail && text[0] == '#' && !memcmp(text + len - tail, documented, tail),
	   "the text is as it is documented");
	free(text);
	xc_peers_free(p);
}

static void test_again(void)
{
	struct xc_peers *p = filled(), *q = xc_peers_new(100, 30);
	size_t len, len_again;
	char *text = xc_peers_write(p, &len), *again;

	is(!read_text(q, text, len) && !faults, "what was written is read");
	again = xc_peers_write(q, &len_again);
	is(len == len_again && !memcmp(text, again, len), "and written the same, in the same order");
	is(!memcmp(p->stats.identities, q->stats.identities, sizeof(p->stats.identities)) &&
	   p->names.count == q->names.count && p->domains.table.count == q->domains.table.count,
	   "as many of each state");
	free(text);
	free(again);
	xc_peers_free(p);
	xc_peers_free(q);
}

/* A smaller store takes those met last, and all with pins. */
static void test_smaller(void)
{
	struct xc_peers *p = filled(), *q = xc_peers_new(3, 30);
	struct xc_peer peer;
	size_t len;
	char *text = xc_peers_write(p, &len);

	is(!read_text(q, text, len) && q->names.count == 3 && q->stats.displaced == 2 &&
	   xc_peers_find(q, "192.0.2.7", TODAY, &peer) && xc_peers_find(q, "2001:db8::1", TODAY, &peer) &&
	   xc_peers_find(q, "many", TODAY, &peer), "a smaller store takes pins and what was met last");
	xc_peers_free(q);
	q = xc_peers_new(1, 30);
	is(read_text(q, text, len) == -EBADMSG && strstr(said, "peers:6: more names with pins than") &&
	   faults == 1, "one too small for the pins is a fault");
	free(text);
	xc_peers_free(p);
	xc_peers_free(q);
}

/* --- what is wrong --- */

static const struct {
	const char *text, *say;
} bad[] = {
	{ "peers a 3.1 first:" DAYS KEY_A "\n", "peers:1: a line must begin with" },
	{ "\n#\npeer\n", "peers:3: a peer's name must be" },
	{ "peer  a 3.1 first:" DAYS KEY_A "\n", "name must be a host name" },
	{ "peer A 3.1 first:" DAYS KEY_A "\n", "in lower case" },
	{ "peer a. 3.1 first:" DAYS KEY_A "\n", "a peer's name" },
	{ "peer 192.0.2.07/8 3.1 first:" DAYS KEY_A "\n", "a peer's name" },
	{ "peer ::ffff:192.0.2.7 3.1 first:" DAYS KEY_A "\n", "a peer's name" },
	{ "peer a\n", "there must be a version" },
	{ "peer a 3 first:" DAYS KEY_A "\n", "there must be a version" },
	{ "peer a 3.1\n", "a peer without an identity" },
	{ "peer a 3.1 \n", "the state must be" },
	{ "peer a 3.1 known:" DAYS KEY_A "\n", "the state must be" },
	{ "peer a 3.1 unknown:" DAYS KEY_A "\n", "the state must be" },
	{ "peer a 3.1 first\n", "the state must be" },
	{ "peer a 3.1 first:" KEY_A "\n", "the days must be" },
	{ "peer a 3.1 first:2026-11-26:" KEY_A "\n", "the days must be" },
	{ "peer a 3.1 first:2026-11-26:2026-11-25:" KEY_A "\n", "the days must be" },
	{ "peer a 3.1 first:2026-11-26:2026-11-31:" KEY_A "\n", "the days must be" },
	{ "peer a 3.1 pinned:-:2026-11-26:" KEY_A "\n", "the days must be" },
	{ "peer a 3.1 pinned:-:-:" KEY_A "\n", "the days must be" },
	{ "peer a - first:2026-11-26:-:" KEY_A "\n", "only what is pinned" },
	{ "peer a - unconfirmed:2026-11-26:-:" KEY_A "\n", "only what is pinned" },
	{ "peer a - pinned:2026-11-26:-:\n", "the identity must be" },
	{ "peer a - pinned:2026-11-26:-:AAAA\n", "the identity must be" },
	{ "peer a - pinned:2026-11-26:-:" KEY_A "A\n", "the identity must be" },
	{ "peer a - pinned:2026-11-26:-:" KEY_A "\r\n", "the identity must be" },
	{ "peer a - pinned:2026-11-26:-:" SMALL "\n", "the identity must be" },
	{ "peer a - pinned:2026-11-26:-:" KEY_A " \n", "the state must be" },
	{ "peer a - pinned:2026-11-26:-:" KEY_A " pinned:2026-11-26:-:" KEY_A "\n", "stands there twice" },
	{ "peer a - pinned:2026-11-26:-:" KEY_A "\npeer a - pinned:2026-11-26:-:" KEY_B "\n", "peers:2: \"a\" stands on an earlier" },
	{ "peer a - pinned:2026-11-26:-:" KEY_A, "the last line has no end" },
	{ "domain\n", "a domain's name" },
	{ "domain Example.org " DAYS "mx\n", "a domain's name" },
	{ "domain example.org\n", "a domain without a server" },
	{ "domain example.org mx\n", "a server must be as in" },
	{ "domain example.org " DAYS "MX\n", "a server must be as in" },
	{ "domain example.org 2026-11-26:-:mx\n", "a server must be as in" },
	{ "domain a " DAYS "mx\ndomain a " DAYS "mx\n", "peers:2: \"a\" stands on" },
	{ "domain a " DAYS "1 " DAYS "2 " DAYS "3 " DAYS "4 " DAYS "5 " DAYS "6 " DAYS "7 " DAYS "8 "
	  DAYS "9\n", "more than 8 servers" },
};

static void test_bad(void)
{
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		is(read_line(bad[i].text) == -EBADMSG && faults == 1 && strstr(said, bad[i].say),
		   "%s", bad[i].say);
		if (!strstr(said, bad[i].say))
			printf("# of %zu it says: %s", i, said);
	}
}

static void test_more_bad(void)
{
	char line[8192] = "peer a 3.1";
	int i;

	for (i = 0; i < 9; i++) {
		struct xc_met met = { .state = XC_PEER_FIRST, .since = TODAY, .last = TODAY };

		memcpy(met.identity, key[i], XC_IDENTITY_LEN);
		strcat(line, " ");
		xc_met_format(line + strlen(line), &met);
	}
	strcat(line, "\n");
	is(read_line(line) == -EBADMSG && strstr(said, "more than 8 identities"), "nine identities");
	memset(line, 'x', sizeof(line) - 2);
	strcpy(line + sizeof(line) - 2, "\n");
	is(read_line(line) == -EBADMSG && strstr(said, "too long"), "a line that is too long");
	is(read_text(NULL, "# \0\n", 4) == -EBADMSG && strstr(said, "NUL"), "a NUL");
	line[0] = '\0';
	for (i = 0; i < 50; i++)
		strcat(line, "bad\n");
	is(read_line(line) == -EBADMSG && faults == 20, "of many faults the first few are told");
	is(!read_line("") && !read_line("#\n\n"), "nothing is nothing wrong");
}

int main(void)
{
	int i;

	for (i = 0; i < 16; i++)
		memset(key[i], i + 2, XC_IDENTITY_LEN);
	test_text();
	test_again();
	test_smaller();
	test_bad();
	test_more_bad();
	return tap_done();
}
