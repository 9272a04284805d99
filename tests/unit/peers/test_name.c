// SPDX-License-Identifier: GPL-2.0
/* Names, days and versions as they are kept and typed. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "peers/name.h"
#include "peers/place.h"
#include "tap.h"

static const struct {
	const char *typed, *name;	/* NULL: none */
} names[] = {
	{ "mx.example.org", "mx.example.org" },
	{ "MX.Example.ORG.", "mx.example.org" },
	{ "localhost", "localhost" },
	{ "_smtp-1.a", "_smtp-1.a" },
	{ "192.0.2.7", "192.0.2.7" },
	{ "[192.0.2.7]", "192.0.2.7" },
	{ "::ffff:192.0.2.7", "192.0.2.7" },
	{ "2001:DB8:0:0::1", "2001:db8::1" },
	{ "[2001:db8::1]", "2001:db8::1" },
	{ "", NULL }, { ".", NULL }, { "..", NULL }, { "a..b", NULL }, { ".a", NULL },
	{ "a..", NULL }, { "a b", NULL }, { "a:b", NULL }, { "a\nb", NULL }, { "m\xc3\xbc.de", NULL },
	{ "[", NULL }, { "[]", NULL }, { "[mx.example.org]", NULL }, { "192.0.2.0/24", NULL },
	{ "[192.0.2.0/24]", NULL }, { "a/b", NULL }, { "#a", NULL }, { "-", "-" },
};

static void test_names(void)
{
	char name[XC_PEER_NAME], text[XC_PEER_NAME + 2];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bool good = xc_peer_name_of(name, names[i].typed);

		is(good == !!names[i].name && (!good || !strcmp(name, names[i].name)),
		   "\"%s\" is %s", names[i].typed[0] == 'm' || strchr(names[i].typed, '\n') ? "..." : names[i].typed,
		   names[i].name ? names[i].name : "no name");
	}
	memset(text, 'a', sizeof(text));
	text[XC_PEER_NAME - 1] = '\0';
	is(xc_peer_name_of(name, text) && !strcmp(name, text), "253 characters are a name");
	strcpy(text + XC_PEER_NAME - 1, ".");
	is(xc_peer_name_of(name, text) && strlen(name) == 253, "and with a dot at the end");
	strcpy(text + XC_PEER_NAME - 1, "b");
	is(!xc_peer_name_of(name, text), "254 are not");
}

static void test_fallback(void)
{
	struct in6_addr addr;
	char name[XC_PEER_NAME];

	inet_pton(AF_INET6, "::ffff:192.0.2.9", &addr);
	xc_peer_name(name, "", &addr);
	is(!strcmp(name, "192.0.2.9"), "without a host it is the address");
	xc_peer_name(name, "two words", &addr);
	is(!strcmp(name, "192.0.2.9"), "with what cannot be kept, too");
	xc_peer_name(name, "MX.", &addr);
	is(!strcmp(name, "mx"), "a host goes first");
	inet_pton(AF_INET6, "2001:db8:0:0:0:0:0:5", &addr);
	xc_peer_name(name, "", &addr);
	is(!strcmp(name, "2001:db8::5"), "IPv6 in its canonical form");
}

static void test_days(void)
{
	static const char * const bad[] = {
		"", "1970-01-01", "2026-13-01", "2026-02-30", "2026-1-01", "26-11-26", "2026-11-26 ",
		"2149-06-07", "9999-12-31", "0000-00-00", "2026-11", "x", "+026-11-26", "2026--1-26",
	};
	char text[XC_DAY_TEXT];
	unsigned int wrong = 0, i;
	uint16_t day;

	for (i = 1; i <= UINT16_MAX; i++) {
		xc_day_format(text, i);
		wrong += !xc_day_parse(&day, text) || day != i;
	}
	is(!wrong, "every day is read as it was written");
	xc_day_format(text, xc_day(1795651200));
	is(!strcmp(text, "2026-11-26"), "a day as it is written");
	xc_day_format(text, 0);
	is(!strcmp(text, "-") && xc_day_parse(&day, "-") && !day, "never");
	is(xc_day(0) == 1 && xc_day(-5) == 1 && xc_day(1LL << 40) == UINT16_MAX,
	   "a clock that is wrong gives a day all the same");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is(!xc_day_parse(&day, bad[i]), "no day: \"%s\"", bad[i]);
}

static void test_versions(void)
{
	static const char * const bad[] = { "", "3", "3.", "03.1", "3.01", "3.1x", "0.1", ".1", "100.1" };
	char text[XC_VERSION_TEXT];
	uint16_t version;
	size_t i;

	is(xc_peer_version_parse(&version, "3.1") && version == 0x301, "3.1");
	xc_peer_version_format(text, 0x300);
	is(!strcmp(text, "3.0"), "3.0 as text");
	xc_peer_version_format(text, 0);
	is(!strcmp(text, "-") && xc_peer_version_parse(&version, "-") && !version, "none");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is(!xc_peer_version_parse(&version, bad[i]), "no version: \"%s\"", bad[i]);
}

static void test_places(void)
{
	static const char * const bad[] = {
		"", "peers", "./peers", "/", "/var/", "/var/..", "/.", "/var/peers.new",
		"/var/a-name-of-28-characters-xxxx",
	};
	size_t i;

	is(xc_place_good("/var/lib/xcryptd/peers") && xc_place_good("/peers"), "absolute paths are places");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is(!xc_place_good(bad[i]), "\"%s\" is none", bad[i]);
}

int main(void)
{
	test_names();
	test_fallback();
	test_days();
	test_versions();
	test_places();
	return tap_done();
}
