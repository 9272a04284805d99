// SPDX-License-Identifier: GPL-2.0
/* Addresses as text: what is parsed, and the one form in which they are written. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "common/addr.h"
#include "tap.h"

/* Whatever socket they are of. */
static void written(void)
{
	static const struct {
		int family;
		const char *addr;
		unsigned int port;
		const char *text;
	} rows[] = {
		{ AF_INET, "192.0.2.7", 40112, "[192.0.2.7]:40112" },
		{ AF_INET6, "::ffff:192.0.2.7", 25, "[192.0.2.7]:25" },
		{ AF_INET6, "2001:db8::1", 25, "[2001:db8::1]:25" },
		{ AF_INET6, "::192.0.2.7", 25, "[::192.0.2.7]:25" },
		{ AF_INET6, "::1", 0, "[::1]:0" },
		{ AF_INET6, "2001:db8:1111:2222:3333:4444:5555:6666", 65535,
		  "[2001:db8:1111:2222:3333:4444:5555:6666]:65535" },
	};
	char text[XC_ADDR_TEXT];
	struct in6_addr addr;
	unsigned char raw[16];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		inet_pton(rows[i].family, rows[i].addr, raw);
		xc_addr_of(&addr, rows[i].family, raw);
		xc_addr_format(text, &addr, rows[i].port);
		is(!strcmp(text, rows[i].text), "%s is written %s", rows[i].addr, text);
	}
}

static void parsed(void)
{
	static const struct {
		const char *text;
		int ret;
		int prefix;
	} rows[] = {
		{ "192.0.2.7", 0, 128 }, { "192.0.2.0/24", 0, 120 }, { "0.0.0.0/0", 0, 96 },
		{ "2001:db8::1", 0, 128 }, { "2001:db8::/32", 0, 32 }, { "::/0", 0, 0 },
		{ "::ffff:192.0.2.0/120", 0, 120 },
		{ "192.0.2.7/24", -ERANGE, 0 }, { "192.0.2.0/33", -ERANGE, 0 },
		{ "2001:db8::1/64", -ERANGE, 0 }, { "2001:db8::/129", -ERANGE, 0 },
		{ "192.0.2.0/", -ERANGE, 0 }, { "192.0.2.0/-1", -ERANGE, 0 },
		{ "192.0.2.0/8x", -ERANGE, 0 },
		{ "192.0.2", -EINVAL, 0 }, { "", -EINVAL, 0 }, { "example.net", -EINVAL, 0 },
		{ "2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:9999", -EINVAL, 0 },
	};
	struct xc_net net;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int ret = xc_addr_parse(&net, rows[i].text);

		is(ret == rows[i].ret && (ret || net.prefix == rows[i].prefix), "'%s': %d",
		   rows[i].text, ret);
	}
}

int main(void)
{
	written();
	parsed();
	return tap_done();
}
