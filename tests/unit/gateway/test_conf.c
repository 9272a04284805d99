// SPDX-License-Identifier: GPL-2.0
/* Each line that is wrong is told by its number, and what to write instead. */
#include "gateway/conf.h"

#include <stdlib.h>
#include <unistd.h>

#include "gateway/rules.h"
#include "tap.h"

static char path[] = "/tmp/test_conf.XXXXXX";
static char said[4096];

/* Read text as a file; what went to stderr is in said. */
static struct gw_conf *load(const char *text)
{
	FILE *file = fopen(path, "w"), *err = tmpfile();
	int saved = dup(2);
	struct gw_conf *conf;
	size_t n;

	fputs(text, file);
	fclose(file);
	dup2(fileno(err), 2);
	conf = gw_conf_load(path);
	dup2(saved, 2);
	close(saved);
	rewind(err);
	n = fread(said, 1, sizeof(said) - 1, err);
	said[n] = '\0';
	fclose(err);
	return conf;
}

static const struct {
	const char *text;
	const char *message;
} wrong[] = {
	{ "inbound 0.0.0.0 proxy-v2 127.0.0.1:26\n", ":1: \"0.0.0.0\" must be an address and a port" },
	{ "\ninbound 0.0.0.0:0 proxy-v2 127.0.0.1:26\n", ":2: \"0.0.0.0:0\"" },
	{ "inbound 0.0.0.0:65536 proxy-v2 127.0.0.1:26\n", ":1: \"0.0.0.0:65536\"" },
	{ "inbound ::1:25 proxy-v2 127.0.0.1:26\n", ":1: \"::1:25\"" },
	{ "inbound [::1:25 proxy-v2 127.0.0.1:26\n", ":1: \"[::1:25\"" },
	{ "inbound [127.0.0.1]:25 proxy-v2 127.0.0.1:26\n", ":1: \"[127.0.0.1]:25\"" },
	{ "inbound 10.0.0.0/8:25 proxy-v2 127.0.0.1:26\n", ":1: \"10.0.0.0/8:25\"" },
	{ "inbound 0.0.0.0:25 proxy 127.0.0.1:26\n", "proxy-v2, proxy-v1 or command" },
	{ "inbound 0.0.0.0:25 command exim4\n", "absolute path" },
	{ "inbound 0.0.0.0:25\n", "write: inbound ADDRESS:PORT" },
	{ "outbound 127.0.0.1:2526 x\n", "write: outbound" },
	{ "outbound 127.0.0.1:2526\nredirect group x\n", "user or cgroup" },
	{ "outbound 127.0.0.1:2526\nredirect user \"x;y\"\n", "must be a user or a path" },
	{ "outbound 127.0.0.1:2526\npolicy mx.example.org require\n", "names are for xcryptd.conf" },
	{ "outbound 127.0.0.1:2526\npolicy 10.0.0.1/8 require\n", "bits set behind it" },
	{ "outbound 127.0.0.1:2526\npolicy default sometimes\n", "off, opportunistic or require" },
	{ "outbound 127.0.0.1:2526\npolicy default off\npolicy default off\n", ":3: \"default\" is given twice" },
	{ "outbound 127.0.0.1:2526\nover-tls yes\n", "no, 3 or all" },
	{ "outbound 127.0.0.1:2526\nsessions 0\n", "whole number" },
	{ "outbound 127.0.0.1:2526\nidle 5\n", "must be a time" },
	{ "outbound 127.0.0.1:2526\nlog file\n", "log syslog or log stderr" },
	{ "outbound 127.0.0.1:2526\nfoo\n", "unknown keyword \"foo\"; see xcrypt-gateway(8)" },
	{ "# nothing\n", "nothing to do" },
};

static void faults(void)
{
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct gw_conf *conf = load(wrong[i].text);

		if (!is(!conf && strstr(said, wrong[i].message), "fault %zu: %s", i,
			wrong[i].message))
			printf("# said: %s", said);
		if (conf)
			gw_conf_free(conf);
	}
}

static void good(void)
{
	struct gw_conf *conf = load("inbound 0.0.0.0:25 proxy-v2 127.0.0.1:10025\n"
				    "inbound [::]:25 command /usr/sbin/exim4 -bs -oMa [%a]:%p\n"
				    "outbound 127.0.0.1:2526\noutbound [::1]:2526\n"
				    "redirect user postfix\nredirect cgroup system.slice/exim4.service\n"
				    "policy 192.0.2.0/24 require\nover-tls all\nidle 2h\n");
	char rules[4096] = "";
	FILE *file = fmemopen(rules, sizeof(rules), "w");

	if (!is(conf, "a good one"))
		return;
	is(conf->listens == 4 && conf->listen[0].backend == GW_PROXY_V2 &&
	   conf->listen[0].to.port == 10025, "PROXY");
	is(conf->listen[1].v6 && conf->listen[1].backend == GW_COMMAND &&
	   !strcmp(conf->listen[1].argv[3], "[%a]:%p") && !conf->listen[1].argv[4], "command");
	is(conf->over_tls == GW_OVER_TLS_ALL && conf->idle == 7200, "values");
	is(!rules_write(file, conf), "rules");
	fclose(file);
	is(strstr(rules, "meta skuid \"postfix\" meta nfproto ipv4 tcp dport 25 dnat ip to 127.0.0.1:2526\n") &&
	   strstr(rules, "socket cgroupv2 level 2 \"system.slice/exim4.service\" meta nfproto ipv6 tcp dport 25 dnat ip6 to [::1]:2526\n"),
	   "their text");
	gw_conf_free(conf);
}

/* What the guard says of a configuration; "" if it cannot be written. */
static const char *guard(const char *text)
{
	static char rules[4096];
	struct gw_conf *conf = load(text);
	FILE *file = fmemopen(rules, sizeof(rules), "w");

	rules[0] = '\0';
	if (conf && rules_write_guard(file, conf))
		rules[0] = '\0';
	fclose(file);
	gw_conf_free(conf);
	return rules;
}

static void guards(void)
{
	static const char removal[] = "table inet xcrypt_gateway\ndelete table inet xcrypt_gateway\n";
	const char *rules = guard("outbound 127.0.0.1:2526\nredirect user postfix\n"
				  "policy 192.0.2.9 off\npolicy 192.0.2.0/24 require\n"
				  "policy 2001:db8::/32 require\n");

	is(!strncmp(rules, removal, strlen(removal)) &&
	   strstr(rules, "\t\tip daddr 192.0.2.9/32 return\n\t\tip daddr 192.0.2.0/24 reject with tcp reset\n"
			 "\t\tip6 daddr 2001:db8::/32 reject with tcp reset\n\t\treturn\n") &&
	   strstr(rules, "meta skuid \"postfix\" tcp dport 25 jump destinations\n"),
	   "without the gateway what must be encrypted stays");
	is(!strcmp(guard("outbound 127.0.0.1:2526\nredirect user postfix\n"), removal),
	   "and the rest goes");
	rules = guard("outbound 127.0.0.1:2526\nredirect user postfix\npolicy default require\n");
	is(strstr(rules, "{\n\t\treject with tcp reset\n\t}"), "all must be encrypted");
}

int main(void)
{
	int fd = mkstemp(path), status;

	close(fd);
	faults();
	good();
	guards();
	status = tap_done();
	unlink(path);
	return status;
}
