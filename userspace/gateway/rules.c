// SPDX-License-Identifier: GPL-2.0
#include "rules.h"

#include <arpa/inet.h>
#include <errno.h>

static void write_target(FILE *to, const struct gw_listen *listen)
{
	char addr[INET6_ADDRSTRLEN];

	inet_ntop(listen->v6 ? AF_INET6 : AF_INET,
		  listen->at.addr.s6_addr + (listen->v6 ? 0 : 12), addr, sizeof(addr));
	/* "redirect" would not find a listener that is bound to one IPv6 address. */
	if (listen->v6)
		fprintf(to, " dnat ip6 to [%s]:%u\n", addr, listen->at.port);
	else
		fprintf(to, " dnat ip to %s:%u\n", addr, listen->at.port);
}

/* Made first, so that there is something to delete. */
static void write_removal(FILE *to)
{
	fputs("table inet " RULES_TABLE "\ndelete table inet " RULES_TABLE "\n", to);
}

static void write_match(FILE *to, const struct gw_redirect *redirect)
{
	int level = 1;
	const char *at;

	if (redirect->by == GW_BY_USER) {
		fprintf(to, "meta skuid \"%s\"", redirect->who);
		return;
	}
	for (at = redirect->who; *at; at++)
		level += *at == '/';
	fprintf(to, "socket cgroupv2 level %d \"%s\"", level, redirect->who);
}

static void write_rules(FILE *to, const struct gw_conf *conf, const struct gw_listen *listen)
{
	unsigned int i;

	for (i = 0; i < conf->redirects; i++) {
		fputs("\t\t", to);
		write_match(to, &conf->redirect[i]);
		fprintf(to, " meta nfproto %s tcp dport 25", listen->v6 ? "ipv6" : "ipv4");
		write_target(to, listen);
	}
}

int rules_write(FILE *to, const struct gw_conf *conf)
{
	bool v4 = false, v6 = false;
	unsigned int i;

	for (i = 0; i < conf->listens; i++) {
		v4 = v4 || (conf->listen[i].direction == GW_OUT && !conf->listen[i].v6);
		v6 = v6 || (conf->listen[i].direction == GW_OUT && conf->listen[i].v6);
	}
	if (!conf->redirects != (!v4 && !v6))
		return -ENOENT;
	write_removal(to);
	/* An inbound gateway alone. */
	if (!conf->redirects)
		return ferror(to) ? -EIO : 0;
	fprintf(to, "table inet " RULES_TABLE " {\n"
		"\tchain output {\n"
		"\t\ttype nat hook output priority -100; policy accept;\n"
		"\t\tmeta mark %u return comment \"the gateway's own connections\"\n"
		"\t\toifname \"lo\" return comment \"to this host itself\"\n", conf->mark);
	for (i = 0; i < conf->listens; i++) {
		if (conf->listen[i].direction != GW_OUT)
			continue;
		/* One listener a family gets all of it. */
		if (conf->listen[i].v6 ? v6 : v4)
			write_rules(to, conf, &conf->listen[i]);
		if (conf->listen[i].v6)
			v6 = false;
		else
			v4 = false;
	}
	fputs("\t}\n}\n", to);
	return ferror(to) ? -EIO : 0;
}

/* --- without the gateway --- */

static const char *verdict(enum xc_policy_mode mode)
{
	return mode >= XC_POLICY_REQUIRE ? "reject with tcp reset" : "return";
}

/* As xc_policy_find() would go through them. */
static void write_policy(FILE *to, const struct xc_policy *policy)
{
	char addr[INET6_ADDRSTRLEN];
	int i;

	for (i = 0; i < policy->n; i++) {
		const struct xc_policy_rule *rule = &policy->rule[i];
		bool v4 = IN6_IS_ADDR_V4MAPPED(&rule->net.addr) && rule->net.prefix >= 96;

		inet_ntop(v4 ? AF_INET : AF_INET6, rule->net.addr.s6_addr + (v4 ? 12 : 0), addr,
			  sizeof(addr));
		fprintf(to, "\t\t%s daddr %s/%d %s\n", v4 ? "ip" : "ip6", addr,
			rule->net.prefix - (v4 ? 96 : 0), verdict(rule->mode));
	}
	fprintf(to, "\t\t%s\n", verdict(policy->fallback));
}

static bool requires_any(const struct xc_policy *policy)
{
	bool any = policy->fallback >= XC_POLICY_REQUIRE;
	int i;

	for (i = 0; i < policy->n; i++)
		any = any || policy->rule[i].mode >= XC_POLICY_REQUIRE;
	return any;
}

int rules_write_guard(FILE *to, const struct gw_conf *conf)
{
	unsigned int i;

	write_removal(to);
	if (!conf->redirects || !requires_any(&conf->policy))
		return ferror(to) ? -EIO : 0;
	fputs("table inet " RULES_TABLE " {\n\tchain destinations {\n", to);
	write_policy(to, &conf->policy);
	fputs("\t}\n\tchain guard {\n"
	      "\t\ttype filter hook output priority 0; policy accept;\n"
	      "\t\toifname \"lo\" return comment \"to this host itself\"\n", to);
	for (i = 0; i < conf->redirects; i++) {
		fputs("\t\t", to);
		write_match(to, &conf->redirect[i]);
		fputs(" tcp dport 25 jump destinations\n", to);
	}
	fputs("\t}\n}\n", to);
	return ferror(to) ? -EIO : 0;
}
