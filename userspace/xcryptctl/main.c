// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "ctl.h"

#define CONF	"/etc/ssmail/xcryptd.conf"
#define SOCKET	"/run/xcryptd/socket"

static const char help[] =
	"usage: xcryptctl [-s SOCKET] COMMAND\n"
	"	status				what the daemon does\n"
	"	sessions [--json]		encrypted sockets that are open\n"
	"	stats [--json | --prometheus]	counters\n"
	"	cache list | flush		secrets agreed with other hosts\n"
	"	keys rotate			new key pairs, and forget the secrets\n"
	"	check				is all there that is needed?\n"
	"	check HOST [PORT]		an exchange with a server, step by step\n"
	"	-s SOCKET			of the daemon, instead of " SOCKET "\n"
	"See xcryptctl(8) for the exit status.\n";

static int usage(void)
{
	fputs(help, stderr);
	return EX_USAGE;
}

struct call {
	const char *socket;
	enum ctl_format format;
	int n;
	char **word;
};

static int cache(const struct call *c)
{
	if (c->n == 2 && !strcmp(c->word[1], "list"))
		return client_print(c->socket, "cache list");
	if (c->n == 2 && !strcmp(c->word[1], "flush"))
		return client_print(c->socket, "cache flush");
	return usage();
}

static int keys(const struct call *c)
{
	if (c->n == 2 && !strcmp(c->word[1], "rotate"))
		return client_print(c->socket, "keys rotate");
	return usage();
}

static int check(const struct call *c)
{
	if (c->n > 3)
		return usage();
	if (c->n == 1)
		return ctl_check(c->socket, CONF);
	return ctl_check_host(c->word[1], c->n == 3 ? c->word[2] : "25");
}

static int run(const struct call *c)
{
	const char *name = c->word[0];

	if (!strcmp(name, "status") && c->n == 1)
		return client_print(c->socket, "status");
	if (!strcmp(name, "sessions") && c->n == 1 && c->format != CTL_PROMETHEUS)
		return ctl_sessions(c->socket, c->format);
	if (!strcmp(name, "stats") && c->n == 1)
		return ctl_stats(c->socket, c->format);
	if (!strcmp(name, "cache"))
		return cache(c);
	if (!strcmp(name, "keys"))
		return keys(c);
	if (!strcmp(name, "check"))
		return check(c);
	return usage();
}

int main(int argc, char **argv)
{
	static const struct option words[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "prometheus", no_argument, NULL, 'p' },
		{ 0 },
	};
	struct call call = { .socket = SOCKET };
	int c;

	while ((c = getopt_long(argc, argv, "s:hjp", words, NULL)) != -1) {
		switch (c) {
		case 's':
			call.socket = optarg;
			break;
		case 'j':
			call.format = CTL_JSON;
			break;
		case 'p':
			call.format = CTL_PROMETHEUS;
			break;
		case 'h':
			fputs(help, stdout);
			return EX_OK;
		default:
			return usage();
		}
	}
	call.n = argc - optind;
	call.word = argv + optind;
	return call.n ? run(&call) : usage();
}
