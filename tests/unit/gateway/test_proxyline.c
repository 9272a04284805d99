// SPDX-License-Identifier: GPL-2.0
/* Against headers written by hand after the specification. */
#include "gateway/proxyline.h"

#include <arpa/inet.h>

#include "tap.h"

static struct endpoint endpoint(const char *addr, unsigned int port)
{
	struct endpoint end = { .port = port };

	inet_pton(AF_INET6, addr, &end.addr);
	return end;
}

static void check(int version, const char *from, const char *to, const void *want, size_t len)
{
	struct endpoint client = endpoint(from, 40112), server = endpoint(to, 25);
	char got[PROXYLINE_MAX];
	size_t n = proxyline(got, version, &client, &server);

	is(n == len && tap_same(got, want, len), "version %d from %s", version, from);
}

#define V2	"\r\n\r\n\0\r\nQUIT\n\x21"

int main(void)
{
	static const char v1_4[] = "PROXY TCP4 192.0.2.7 198.51.100.1 40112 25\r\n";
	static const char v1_6[] = "PROXY TCP6 2001:db8::7 2001:db8::1 40112 25\r\n";
	static const char v2_4[] = V2 "\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\x9c\xb0\0\x19";
	static const char v2_6[] = V2 "\x21\0\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"
				   "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x9c\xb0\0\x19";

	check(1, "::ffff:192.0.2.7", "::ffff:198.51.100.1", v1_4, sizeof(v1_4) - 1);
	check(1, "2001:db8::7", "2001:db8::1", v1_6, sizeof(v1_6) - 1);
	check(2, "::ffff:192.0.2.7", "::ffff:198.51.100.1", v2_4, sizeof(v2_4) - 1);
	check(2, "2001:db8::7", "2001:db8::1", v2_6, sizeof(v2_6) - 1);
	return tap_done();
}
