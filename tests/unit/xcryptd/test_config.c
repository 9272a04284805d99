// SPDX-License-Identifier: GPL-2.0
/* The configuration file and the policy in it. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <arpa/inet.h>

#include "config/config.h"
#include "tap.h"

static char said[8192];
static int faults;

static void report(void *ctx, const char *message)
{
	(void)ctx;
	faults++;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s%s", said[0] ? "; " : "",
		 message);
}

static struct xc_config *parse_len(const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);
	struct xc_config *config;

	said[0] = '\0';
	faults = 0;
	memcpy(copy, text, len);
	config = xc_config_parse("test.conf", copy, len, report, NULL);
	free(copy);
	return config;
}

static struct xc_config *parse(const char *text)
{
	return parse_len(text, strlen(text));
}

static bool is_default(const struct xc_config *c)
{
	return c->suites.n == (xc_kex_has_mlkem() ? 8 : 4) && c->ring.lifetime == 7200 && c->ring.mode == XC_CACHE_MEMORY &&
	       c->ring.size == 4096 && c->ring.share == 64 && c->time_limit == 30 &&
	       !strcmp(c->peers.identity, "/var/lib/xcryptd/identity") &&
	       !strcmp(c->peers.file, "/var/lib/xcryptd/peers") && c->peers.size == 16384 &&
	       c->peers.forget == 30 * 86400 &&
	       c->exchanges == 2048 && c->exchange_share == 64 && c->padding == 128 && c->policy.n == 0 &&
	       c->policy.fallback == XC_POLICY_OPPORTUNISTIC && c->log.to == XC_LOG_SYSLOG &&
	       c->log.level == LOG_INFO;
}

/* What /proc/cpuinfo says of x86 and of arm64. */
static bool has_aes(void)
{
	return !system("grep -qwE '^(flags|Features).* aes' /proc/cpuinfo");
}

static const char *wanted(void)
{
	if (!xc_kex_has_mlkem())
		return has_aes() ?
		       "aes256gcm_3.0 chachapoly_3.0 aes256ctr_2.0 chacha20_2.0" :
		       "chachapoly_3.0 aes256gcm_3.0 chacha20_2.0 aes256ctr_2.0";
	return has_aes() ?
	       "aes256gcm_3.1 chachapoly_3.1 aes256gcm_3.0 chachapoly_3.0 "
	       "aes256ctr_2.1 chacha20_2.1 aes256ctr_2.0 chacha20_2.0" :
	       "chachapoly_3.1 aes256gcm_3.1 chachapoly_3.0 aes256gcm_3.0 "
	       "chacha20_2.1 aes256ctr_2.1 chacha20_2.0 aes256ctr_2.0";
}

static void test_defaults(void)
{
	struct xc_config *config = parse("");
	char names[XC_SUITE_LIST_TEXT];

	is(config && is_default(config), "an empty file means the defaults");
	xc_suite_list_format(names, &config->suites);
	is(!strcmp(names, wanted()), "the highest version first, and in it the cheaper suite: %s",
	   names);
	xc_config_free(config);
	said[0] = '\0';
	config = xc_config_load(DEFAULT_CONF, report, NULL);
	is(config && is_default(config), "and so does the file that we ship: %s", said);
	xc_config_free(config);
}

static void test_all(void)
{
	struct xc_config *c = parse("# all\n"
				    "suites t32_1.0 CHACHA20_2.0 # two\n"
				    "\tkey-lifetime  30m\r\n"
				    "cache disk /var/lib/xcryptd\n\n"
				    "cache-size 17\ncache-share 3\n"
				    "identity /var/lib/a/own\npeers /var/lib/b/others\n"
				    "peers-size 100\npeers-forget 2d\n"
				    "time-limit 90s\nexchanges 10\nexchange-share 4\n"
				    "policy 192.0.2.1 off\n"
				    "policy default require\n"
				    "policy .example.org opportunistic\n"
				    "log stderr debug");

	is(c, "all keywords: %s", said);
	is(c->suites.n == 2 && !strcmp(c->suites.suite[0]->name, "t32_1.0") &&
	   !strcmp(c->suites.suite[1]->name, "chacha20_2.0"), "suites in their order");
	is(c->ring.lifetime == 1800 && c->ring.mode == XC_CACHE_DISK &&
	   !strcmp(c->ring.dir, "/var/lib/xcryptd") && c->ring.size == 17 && c->ring.share == 3,
	   "cache");
	is(c->time_limit == 90 && c->exchanges == 10 && c->exchange_share == 4, "limits");
	is(!strcmp(c->peers.identity, "/var/lib/a/own") && !strcmp(c->peers.file, "/var/lib/b/others") &&
	   c->peers.size == 100 && c->peers.forget == 2 * 86400, "identity and peers");
	is(c->policy.n == 2 && c->policy.fallback == XC_POLICY_REQUIRE, "policy");
	is(c->log.to == XC_LOG_STDERR && c->log.level == LOG_DEBUG, "log, without an LF behind");
	xc_config_free(c);
}

static const struct {
	const char *text;
	const char *message;	/* part of it */
} bad[] = {
	{ "nonsense 1", "test.conf:1: unknown keyword \"nonsense\"" },
	{ "\n\nSuites chacha20_2.0", "test.conf:3: unknown keyword" },
	{ "suites", "test.conf:1: write: suites SUITE ..." },
	{ "suites chacha20_2.0 chacha20_2.0", "named twice" },
	{ "padding 0", "\"0\" must be a whole number from 1 to 4096" },
	{ "padding 4097", "\"4097\" must be a whole number from 1 to 4096" },
	{ "padding 96", "\"padding\" must be a power of two" },
	{ "suites t16_1.0", "chacha20_2.0 aes256ctr_2.0 t32_1.0 arrsyfor_1.0" },
	{ "suites a b c d e f g h i j k l m", "write: suites" },
	{ "key-lifetime", "write: key-lifetime TIME" },
	{ "key-lifetime 2", "must be a time" },
	{ "key-lifetime 0h", "must be a time" },
	{ "key-lifetime -1h", "must be a time" },
	{ "key-lifetime 2x", "must be a time" },
	{ "key-lifetime h", "must be a time" },
	{ "key-lifetime 31d", "from 1s to 30d" },
	{ "key-lifetime 99999999999999999999999h", "must be a time" },
	{ "key-lifetime 2h 3h", "write: key-lifetime TIME" },
	{ "time-limit 11m", "from 1s to 10m" },
	{ "time-limit 1h", "from 1s to 10m" },
	{ "cache ram", "must be memory, off, or disk DIRECTORY" },
	{ "cache disk", "absolute path" },
	{ "cache disk relative", "absolute path" },
	{ "cache memory var", "absolute path" },
	{ "cache off ./var", "absolute path" },
	{ "cache-size 0", "from 1 to 1000000" },
	{ "cache-size 1000001", "from 1 to 1000000" },
	{ "cache-size many", "from 1 to 1000000" },
	{ "cache-size 1k", "from 1 to 1000000" },
	{ "cache-share 99999999999999999999999", "from 1 to 1000000" },
	{ "identity own", "\"identity\" needs an absolute path whose last part has at most 26 characters" },
	{ "identity /var/lib/xcryptd/", "as in: identity /var/lib/xcryptd/identity" },
	{ "peers off", "\"peers\" needs an absolute path" },
	{ "peers /var/lib/xcryptd/peers.new", "\"peers\" needs an absolute path" },
	{ "peers /var/lib/xcryptd/twenty-seven-characters-are", "at most 26 characters" },
	{ "identity /a/b\npeers /a/b", "test.conf:2: \"identity\" and \"peers\" name the same file" },
	{ "identity /var/lib/xcryptd/peers", "test.conf:1: \"identity\" and \"peers\" name" },
	{ "peers-size 0", "from 1 to 1000000" },
	{ "peers-forget 0d", "must be a time" },
	{ "peers-forget 90m", "must be a day or more" },
	{ "peers-forget 3651d", "from 1s to 3650d" },
	{ "exchanges 1", "from 2 to 4096" },
	{ "exchanges 100000", "test.conf:1: \"100000\" must be a whole number from 2 to 4096" },
	{ "exchange-share 0", "from 1 to 4096" },
	{ "exchanges 10\n\nexchange-share 11",
	  "test.conf:3: exchange-share 11 is more than exchanges, which is 10; write 10 or less" },
	{ "exchange-share 2049", "more than exchanges, which is 2048" },
	{ "cache-share 100\ncache-size 64\n",
	  "test.conf:1: cache-share 100 is more than cache-size, which is 64; write 64 or less" },
	{ "\xef\xbb\xbf# comment\n", "test.conf:1: a byte order mark (\\xef\\xbb\\xbf) as octet 1" },
	{ "\xef\xbb\xbf""cache off\n", "test.conf:1: a byte order mark (\\xef\\xbb\\xbf) as octet 1" },
	{ "cache off\ncache-size\xc2\xa0""64\n",
	  "test.conf:2: a no-break space (\\xc2\\xa0) as octet 11 of the line; write plain spaces" },
	{ "cache\xe2\x80\x8b off", "test.conf:1: a zero-width space" },
	{ "cache\x1b[31m off", "unknown keyword \"cache\\x1b[31m\"" },
	{ "cache off\ncache memory", "test.conf:2: \"cache\" stands on line 1 already" },
	{ "log file", "log syslog or log stderr" },
	{ "log syslog loud", "must be error, warning, info or debug" },
	{ "policy default", "write: policy DESTINATION off" },
	{ "policy default maybe", "must be off, opportunistic, require or verify" },
	{ "policy default require\npolicy default off", "test.conf:2: policy default is given twice" },
	{ "policy 300.1.1.1 off", "no address, network, host name" },
	{ "policy 192.0.2.1/33 off", "prefix length" },
	{ "policy 192.0.2.1/24 off", "bits set behind it" },
	{ "policy 192.0.2.0/x off", "prefix length" },
	{ "policy 192.0.2.0/ off", "prefix length" },
	{ "policy 2001:db8::/129 off", "prefix length" },
	{ "policy 2001:db8::1/64 off", "bits set behind it" },
	{ "policy 2001:db8:::1 off", "no address" },
	{ "policy ex..org off", "no address" },
	{ "policy ex@mple.org off", "no address" },
	{ "policy . off", "no address" },
	{ "policy @ off", "no address" },
	{ "policy @192.0.2.1 verify", "no address" },
	{ "policy a@b.example verify", "no address" },
	{ "log syslog\nlog stderr", "test.conf:2: \"log\" stands on line 1 already" },
	{ "cache a b c d e f g h i j k l m n o p q r s t u v w x", "more than 24 words" },
};

static void test_bad(void)
{
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct xc_config *config = parse(bad[i].text);

		is(!config && faults == 1 && strstr(said, bad[i].message), "%s", said);
		xc_config_free(config);
	}
}

static void test_limits(void)
{
	char text[2100];

	is(!parse_len("cache\0off", 9) && strstr(said, "NUL"), "%s", said);
	memset(text, 'a', sizeof(text));
	is(!parse_len(text, sizeof(text)) && strstr(said, "1024 characters"), "%s", said);
	memset(text, '#', 1024);
	text[1024] = '\n';
	is(!parse_len(text, 1050) && strstr(said, "test.conf:2: unknown"),
	   "a line of 1024 is read");
	is(!parse("x\nlog file\ncache ram\n") && faults == 3, "all faults are told: %s", said);
}

static void test_shares(void)
{
	struct xc_config *c = parse("cache-size 17\nexchanges 10\n");

	is(c && c->ring.share == 17 && c->exchange_share == 10,
	   "shares that nobody named follow the whole: %s", said);
	xc_config_free(c);
	c = parse("# caf\xc3\xa9\xc2\xa0, a comment\ncache off # \xc2\xa0\n");
	is(c && c->ring.mode == XC_CACHE_OFF, "comments may hold anything: %s", said);
	xc_config_free(c);
}

/* --- reload --- */

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
}

static void test_reload(void)
{
	char path[] = "/tmp/xcryptd-test-XXXXXX";
	struct xc_config *config, *was;

	close(mkstemp(path));
	write_file(path, "time-limit 10s\n");
	config = xc_config_load(path, report, NULL);
	is(config && config->time_limit == 10, "loaded");
	was = config;
	write_file(path, "time-limit 20s\nmistake\n");
	said[0] = '\0';
	is(xc_config_reload(&config, path, report, NULL) == -EINVAL && config == was &&
	   config->time_limit == 10, "a bad file leaves the old one: %s", said);
	write_file(path, "time-limit 20s\n");
	is(!xc_config_reload(&config, path, report, NULL) && config->time_limit == 20,
	   "a good one replaces it");
	unlink(path);
	said[0] = '\0';
	is(xc_config_reload(&config, path, report, NULL) == -EINVAL && config->time_limit == 20 &&
	   strstr(said, "cannot be read: No such file"), "no file leaves the old one: %s", said);
	said[0] = '\0';
	is(!xc_config_load("/", report, NULL) && strstr(said, "Is a directory"), "%s", said);
	said[0] = '\0';
	is(!xc_config_load("/dev/zero", report, NULL) && strstr(said, "File too large"), "%s",
	   said);
	xc_config_free(config);
}

/* --- policy --- */

static enum xc_policy_mode find(struct xc_config *c, const char *addr, const char *name)
{
	struct xc_net net;
	const struct xc_destination to = { &net.addr, name, "" };

	if (xc_addr_parse(&net, addr))
		abort();
	return xc_policy_find(&c->policy, &to, XC_POLICY_OPPORTUNISTIC);
}

static const struct {
	const char *addr, *name;
	enum xc_policy_mode mode;
} lookups[] = {
	{ "192.0.2.7", "", XC_POLICY_REQUIRE },
	{ "192.0.2.8", "", XC_POLICY_OFF },
	{ "192.0.3.8", "", XC_POLICY_OPPORTUNISTIC },
	{ "::ffff:192.0.2.8", "", XC_POLICY_OFF },
	{ "2001:db8::1", "", XC_POLICY_REQUIRE },
	{ "2001:db8:ffff::1", "", XC_POLICY_OFF },
	{ "2001:db9::1", "", XC_POLICY_OPPORTUNISTIC },
	{ "203.0.113.1", "mx.example.org", XC_POLICY_REQUIRE },
	{ "203.0.113.1", "MX.Example.ORG.", XC_POLICY_REQUIRE },
	{ "203.0.113.1", "mx2.example.org", XC_POLICY_OFF },
	{ "203.0.113.1", "a.b.example.org", XC_POLICY_OFF },
	{ "203.0.113.1", "example.org", XC_POLICY_OPPORTUNISTIC },
	{ "203.0.113.1", "notexample.org", XC_POLICY_OPPORTUNISTIC },
	{ "203.0.113.1", ".example.org", XC_POLICY_OPPORTUNISTIC },
	{ "203.0.113.1", "mx.example.org.evil.net", XC_POLICY_OPPORTUNISTIC },
	{ "192.0.2.7", "mx2.example.org", XC_POLICY_REQUIRE },
};

static void test_policy(void)
{
	struct xc_config *c = parse("policy 192.0.2.7 require\npolicy 192.0.2.0/24 off\n"
				    "policy 2001:db8::/48 require\npolicy 2001:db8::/32 off\n"
				    "policy mx.example.org require\npolicy .example.org off\n");
	size_t i;

	for (i = 0; c && i < sizeof(lookups) / sizeof(lookups[0]); i++)
		is(find(c, lookups[i].addr, lookups[i].name) == lookups[i].mode, "%s \"%s\" is %s",
		   lookups[i].addr, lookups[i].name, xc_policy_mode_name(lookups[i].mode));
	xc_config_free(c);
}

static void test_families(void)
{
	struct xc_config *c = parse("policy ::/0 off\npolicy default require\n");

	is(find(c, "192.0.2.1", "") == XC_POLICY_REQUIRE && find(c, "2001:db8::1", "") == XC_POLICY_OFF,
	   "all of IPv6 has nothing of IPv4 in it");
	xc_config_free(c);
	c = parse("policy 0.0.0.0/0 off\npolicy default require\n");
	is(find(c, "192.0.2.1", "") == XC_POLICY_OFF && find(c, "2001:db8::1", "") == XC_POLICY_REQUIRE,
	   "nor the other way round");
	xc_config_free(c);
}

/* The MTA's word is never loosened, and may be tightened. */
static void test_asked(void)
{
	struct xc_config *c = parse("policy 192.0.2.1 off\npolicy 192.0.2.2 require\n"
				    "policy 192.0.2.3 verify\n");
	struct xc_net net;
	const struct xc_destination to = { &net.addr, "", "" };

	xc_addr_parse(&net, "192.0.2.1");
	is(xc_policy_find(&c->policy, &to, XC_POLICY_REQUIRE) == XC_POLICY_REQUIRE,
	   "required by the MTA, off here: required");
	xc_addr_parse(&net, "192.0.2.2");
	is(xc_policy_find(&c->policy, &to, XC_POLICY_OPPORTUNISTIC) ==
	   XC_POLICY_REQUIRE, "opportunistic there, required here: required");
	xc_addr_parse(&net, "192.0.2.3");
	is(xc_policy_find(&c->policy, &to, XC_POLICY_REQUIRE) == XC_POLICY_VERIFY,
	   "required by the MTA, verify here: verify");
	xc_config_free(c);
}

/* By the recipient's domain, which is not the server's name. */
static void test_domains(void)
{
	static const struct {
		const char *name, *domain;
		enum xc_policy_mode mode;
	} to[] = {
		{ "mx.provider.example", "partner.example", XC_POLICY_VERIFY },
		{ "mx.provider.example", "Partner.Example.", XC_POLICY_VERIFY },
		{ "mx.provider.example", "a.partner.example", XC_POLICY_REQUIRE },
		{ "mx.provider.example", "other.example", XC_POLICY_OFF },
		{ "mx.provider.example", "", XC_POLICY_OFF },
		{ "partner.example", "", XC_POLICY_OPPORTUNISTIC },
		{ "a.partner.example", "other.example", XC_POLICY_OPPORTUNISTIC },
		{ "elsewhere.example", "mx.provider.example", XC_POLICY_OPPORTUNISTIC },
	};
	struct xc_config *c = parse("policy @partner.example verify\npolicy @.partner.example require\n"
				    "policy mx.provider.example off\n");
	struct in6_addr addr = { 0 };
	size_t i;

	for (i = 0; c && i < sizeof(to) / sizeof(to[0]); i++)
		is(xc_policy_find(&c->policy,
				  &(struct xc_destination){ &addr, to[i].name, to[i].domain },
				  XC_POLICY_OPPORTUNISTIC) == to[i].mode,
		   "mail for \"%s\" by \"%s\" is %s", to[i].domain, to[i].name,
		   xc_policy_mode_name(to[i].mode));
	xc_config_free(c);
}

int main(void)
{
	test_defaults();
	test_all();
	test_bad();
	test_limits();
	test_shares();
	test_reload();
	test_policy();
	test_families();
	test_asked();
	test_domains();
	return tap_done();
}
