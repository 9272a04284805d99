// SPDX-License-Identifier: GPL-2.0
/* A site cannot fill the log, nor take the lines of others. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "xcryptd/lograte.h"
#include "tap.h"

static struct xc_lograte rate;
static char latest[256];
static unsigned int told, lines_told;

static void keep(void *ctx, int level, const char *line)
{
	const char *lines = strstr(line, "lines=");
	unsigned int n = 0;

	(void)ctx;
	(void)level;
	told++;
	if (lines && sscanf(lines, "lines=%u", &n) == 1)
		lines_told += n;
	snprintf(latest, sizeof(latest), "%s", line);
}

static const struct xc_log log_to = { .to = XC_LOG_CALL, .level = LOG_INFO, .call = keep };

static struct in6_addr address(const char *text)
{
	struct in6_addr addr;

	inet_pton(AF_INET6, text, &addr);
	return addr;
}

static unsigned int allowed(const struct in6_addr *addr, unsigned int n, uint64_t now)
{
	unsigned int count = 0;

	while (n--)
		count += xc_lograte_allow(&rate, &log_to, addr, now);
	return count;
}

static void test_one(void)
{
	struct in6_addr a = address("::ffff:192.0.2.7"), b = address("::ffff:192.0.2.8");
	unsigned int n = allowed(&a, 2000, 1000);

	is(n == 500, "%u lines at once", n);
	is(allowed(&b, 500, 1000) == 500, "another has as many");
	n = allowed(&a, 2000, 2000);
	is(n == 20, "%u more after a second", n);
	is(rate.suppressed == 3480 && !told, "the others are counted");
	xc_lograte_tell(&rate, &log_to);
	is(told == 1 && strstr(latest, "event=lines-suppressed peer=[192.0.2.7] lines=3480 "),
	   "%s", latest);
	xc_lograte_tell(&rate, &log_to);
	is(told == 1, "once");
	is(allowed(&a, 2000, 100000) == 500, "after a while it has all again");
	xc_lograte_tell(&rate, &log_to);
}

static void test_network(void)
{
	struct in6_addr a = address("2001:db8::1"), b = address("2001:db8::2:3:4:5");

	is(allowed(&a, 500, 200000) == 500 && !allowed(&b, 500, 200000), "a /64 is one site");
}

/* Far more sites than there are places for. */
static void test_many(void)
{
	struct in6_addr addr = address("2001:db8::");
	uint64_t before = rate.suppressed;
	unsigned int i;

	xc_lograte_tell(&rate, &log_to);
	lines_told = 0;
	for (i = 0; i < 100000; i++) {
		memcpy(&addr.s6_addr[4], &i, 4);
		allowed(&addr, i % 100 ? 1 : 600, 300000);
	}
	xc_lograte_tell(&rate, &log_to);
	is(rate.suppressed - before == 100 * 1000 && lines_told == 100 * 1000,
	   "none is forgotten that had too many: %u", lines_told);
}

int main(void)
{
	rate.hash = xc_keyhash_new();
	test_one();
	test_network();
	test_many();
	xc_keyhash_free(rate.hash);
	return tap_done();
}
