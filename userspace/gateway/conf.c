// SPDX-License-Identifier: GPL-2.0
#include "conf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/parser.h"

/* "ADDRESS:PORT", "[ADDRESS]:PORT". *v6: it was written as IPv6. */
static bool parse_endpoint(const char *text, struct endpoint *end, bool *v6)
{
	const char *colon = strrchr(text, ':');
	struct xc_net net;
	char addr[64];
	char *rest;
	unsigned long port;
	size_t len;

	if (!colon || colon[1] < '0' || colon[1] > '9')
		return false;
	port = strtoul(colon + 1, &rest, 10);
	len = colon - text;
	*v6 = text[0] == '[';
	if (*v6 && (len < 2 || text[len - 1] != ']'))
		return false;
	text += *v6;
	len -= *v6 ? 2 : 0;
	if (*rest || !port || port > 65535 || len >= sizeof(addr))
		return false;
	memcpy(addr, text, len);
	addr[len] = '\0';
	if (xc_addr_parse(&net, addr) || net.prefix != 128 || *v6 != !!strchr(addr, ':'))
		return false;
	end->addr = net.addr;
	end->port = port;
	return true;
}

static void need_endpoint(struct xc_parser *p, const char *text, struct endpoint *end, bool *v6)
{
	if (!parse_endpoint(text, end, v6))
		xc_parser_fault(p, "\"%s\" must be an address and a port, as in 192.0.2.7:25 or [::]:25",
				text);
}

static struct gw_listen *listen_new(struct xc_parser *p, const char *at,
				    enum gw_direction direction)
{
	struct gw_conf *conf = p->config;
	struct gw_listen *listen = &conf->listen[conf->listens];

	if (conf->listens == GW_LISTEN_MAX) {
		xc_parser_fault(p, "more than %d listeners", GW_LISTEN_MAX);
		return NULL;
	}
	conf->listens++;
	listen->direction = direction;
	need_endpoint(p, at, &listen->at, &listen->v6);
	return listen;
}

static void set_command(struct xc_parser *p, struct gw_listen *listen,
			const struct xc_words *words)
{
	int i;

	if (words->n - 2 > GW_ARGS_MAX || words->word[2][0] != '/') {
		xc_parser_fault(p, "a command is an absolute path and at most %d words",
				GW_ARGS_MAX - 1);
		return;
	}
	listen->backend = GW_COMMAND;
	for (i = 2; i < words->n; i++) {
		listen->argv[i - 2] = strdup(words->word[i]);
		if (!listen->argv[i - 2])
			xc_parser_fault(p, "out of memory");
	}
}

static void set_inbound(struct xc_parser *p, const struct xc_words *words)
{
	struct gw_listen *listen = listen_new(p, words->word[0], GW_IN);
	const char *how = words->word[1];
	bool v6;

	if (!listen)
		return;
	if (!strcmp(how, "command")) {
		set_command(p, listen, words);
		return;
	}
	if (!strcmp(how, "proxy-v2"))
		listen->backend = GW_PROXY_V2;
	else if (!strcmp(how, "proxy-v1"))
		listen->backend = GW_PROXY_V1;
	else
		xc_parser_fault(p, "\"%s\" must be proxy-v2, proxy-v1 or command", how);
	if (words->n > 3)
		xc_parser_fault(p, "only one address of the MTA can stand behind \"%s\"", how);
	need_endpoint(p, words->word[2], &listen->to, &v6);
}

static void set_outbound(struct xc_parser *p, const struct xc_words *words)
{
	listen_new(p, words->word[0], GW_OUT);
}

static void set_health(struct xc_parser *p, const struct xc_words *words)
{
	listen_new(p, words->word[0], GW_HEALTH);
}

static void add_policy(struct xc_parser *p, struct xc_policy *policy,
		       const struct xc_words *words)
{
	const char *pattern = words->word[0];
	enum xc_policy_mode mode;
	struct xc_net net;
	int err;

	/* Identities are known to xcryptd alone, which refuses by them whatever stands here. */
	if (xc_policy_mode_parse(&mode, words->word[1]) || mode == XC_POLICY_VERIFY) {
		xc_parser_fault(p, "policy \"%s\" must be off, opportunistic or require; verify is for xcryptd.conf",
				words->word[1]);
		return;
	}
	/* The gateway learns addresses alone: a rule for a name would never match. */
	if (strcmp(pattern, "default") && xc_addr_parse(&net, pattern) == -EINVAL) {
		xc_parser_fault(p, "\"%s\" must be an address, a network or \"default\": names are for xcryptd.conf",
				pattern);
		return;
	}
	err = xc_policy_add(policy, pattern, mode);
	if (err == -ERANGE)
		xc_parser_fault(p, "network \"%s\" has a prefix length out of range or bits set behind it",
				pattern);
	else if (err == -EEXIST)
		xc_parser_fault(p, "\"default\" is given twice; leave one of the lines out");
	else if (err)
		xc_parser_fault(p, "out of memory");
}

/* It goes into a script for nft. */
static bool is_plain(const char *text)
{
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789-_.@/")] == '\0' && strlen(text) < GW_WHO_MAX;
}

static void set_redirect(struct xc_parser *p, const struct xc_words *words)
{
	struct gw_conf *conf = p->config;
	struct gw_redirect *redirect = &conf->redirect[conf->redirects];

	if (conf->redirects == GW_REDIRECT_MAX) {
		xc_parser_fault(p, "more than %d \"redirect\" lines", GW_REDIRECT_MAX);
		return;
	}
	if (!strcmp(words->word[0], "user"))
		redirect->by = GW_BY_USER;
	else if (!strcmp(words->word[0], "cgroup"))
		redirect->by = GW_BY_CGROUP;
	else
		xc_parser_fault(p, "\"%s\" must be user or cgroup", words->word[0]);
	if (!is_plain(words->word[1])) {
		xc_parser_fault(p, "\"%s\" must be a user or a path below /sys/fs/cgroup",
				words->word[1]);
		return;
	}
	strcpy(redirect->who, words->word[1]);
	conf->redirects++;
}

static void set_policy(struct xc_parser *p, const struct xc_words *words)
{
	add_policy(p, &((struct gw_conf *)p->config)->policy, words);
}

static void set_inbound_policy(struct xc_parser *p, const struct xc_words *words)
{
	add_policy(p, &((struct gw_conf *)p->config)->inbound, words);
}

static void set_over_tls(struct xc_parser *p, const struct xc_words *words)
{
	static const char * const rules[] = { "no", "3", "all" };
	struct gw_conf *conf = p->config;
	unsigned int i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (!strcmp(words->word[0], rules[i])) {
			conf->over_tls = i;
			return;
		}
	}
	xc_parser_fault(p, "\"%s\" must be no, 3 or all", words->word[0]);
}

static void set_mark(struct xc_parser *p, const struct xc_words *words)
{
	struct gw_conf *conf = p->config;

	xc_parser_number(p, words->word[0], 1, 0x7fffffff, &conf->mark);
}

static void set_sessions(struct xc_parser *p, const struct xc_words *words)
{
	struct gw_conf *conf = p->config;

	xc_parser_number(p, words->word[0], 1, 1000000, &conf->sessions);
}

static void set_share(struct xc_parser *p, const struct xc_words *words)
{
	struct gw_conf *conf = p->config;

	xc_parser_number(p, words->word[0], 1, 1000000, &conf->share);
}

static void set_connect(struct xc_parser *p, const struct xc_words *words)
{
	struct gw_conf *conf = p->config;

	xc_parser_time(p, words->word[0], 3600, "1h", &conf->connect);
}

static void set_idle(struct xc_parser *p, const struct xc_words *words)
{
	struct gw_conf *conf = p->config;

	xc_parser_time(p, words->word[0], 86400, "1d", &conf->idle);
}

static void set_log(struct xc_parser *p, const struct xc_words *words)
{
	struct gw_conf *conf = p->config;

	if (!strcmp(words->word[0], "syslog"))
		conf->log.to = XC_LOG_SYSLOG;
	else if (!strcmp(words->word[0], "stderr"))
		conf->log.to = XC_LOG_STDERR;
	else
		xc_parser_fault(p, "\"log %s\" must be log syslog or log stderr", words->word[0]);
}

static const struct xc_keyword keywords[] = {
	{ "inbound", "ADDRESS:PORT proxy-v2|proxy-v1 ADDRESS:PORT, or ADDRESS:PORT command PROGRAM WORD ...",
	  3, GW_ARGS_MAX + 2, true, set_inbound },
	{ "outbound", "ADDRESS:PORT", 1, 1, true, set_outbound },
	{ "redirect", "user NAME, or cgroup PATH", 2, 2, true, set_redirect },
	{ "health", "ADDRESS:PORT", 1, 1, true, set_health },
	{ "policy", "ADDRESS|NETWORK|default off|opportunistic|require", 2, 2, true, set_policy },
	{ "inbound-policy", "ADDRESS|NETWORK|default off|opportunistic|require", 2, 2, true,
	  set_inbound_policy },
	{ "over-tls", "no|3|all", 1, 1, false, set_over_tls },
	{ "mark", "NUMBER", 1, 1, false, set_mark },
	{ "sessions", "NUMBER", 1, 1, false, set_sessions },
	{ "share", "NUMBER", 1, 1, false, set_share },
	{ "connect", "TIME", 1, 1, false, set_connect },
	{ "idle", "TIME", 1, 1, false, set_idle },
	{ "log", "syslog|stderr", 1, 1, false, set_log },
	{ 0 },
};

static void to_stderr(void *ctx, const char *message)
{
	(void)ctx;
	fprintf(stderr, "%s\n", message);
}

struct gw_conf *gw_conf_load(const char *path)
{
	struct gw_conf *conf = calloc(1, sizeof(*conf));
	struct xc_parser parser = {
		.keywords = keywords, .page = "xcrypt-gateway(8)", .config = conf,
		.report = to_stderr,
	};

	if (!conf)
		return NULL;
	conf->policy.fallback = XC_POLICY_OPPORTUNISTIC;
	conf->inbound.fallback = XC_POLICY_OPPORTUNISTIC;
	conf->over_tls = GW_OVER_TLS_3;
	conf->mark = 0x5843;
	conf->sessions = 4096;
	conf->share = 256;
	conf->connect = 30;
	conf->idle = 1800;
	conf->log.level = LOG_INFO;
	if (!xc_parser_load(&parser, path) && conf->listens)
		return conf;
	if (!parser.faults && !conf->listens)
		fprintf(stderr, "%s: no \"inbound\" and no \"outbound\" line: nothing to do\n", path);
	gw_conf_free(conf);
	return NULL;
}

void gw_conf_free(struct gw_conf *conf)
{
	unsigned int i;
	char **word;

	if (!conf)
		return;
	for (i = 0; i < conf->listens; i++) {
		for (word = conf->listen[i].argv; *word; word++)
			free(*word);
	}
	xc_policy_free(&conf->policy);
	xc_policy_free(&conf->inbound);
	free(conf);
}
