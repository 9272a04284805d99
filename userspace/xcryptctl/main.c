// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "common/version.h"
#include "ctl.h"

#define CONF	"/etc/ssmail/xcryptd.conf"
#define SOCKET	"/run/xcryptd/socket"
#define PATIENCE	30	/* seconds */

static const char help[] =
	"usage: xcryptctl [OPTION...] COMMAND\n"
	"	status				what the daemon does\n"
	"	sessions [--json]		encrypted sockets that are open\n"
	"	stats [--json | --prometheus]	counters\n"
	"	metrics [--file FILE]		the same and more, for Prometheus\n"
	"	cache list | flush		secrets agreed with other hosts\n"
	"	keys rotate			new key pairs, and forget the secrets\n"
	"	identity [--json]		ours, which others know us by\n"
	"	identity replace		another one: all who know us are warned\n"
	"	peers [--json]			servers that are known, and their identities\n"
	"	peers explain NAME [--json]	what is known of one, and what went wrong of late\n"
	"	peers pin NAME IDENTITY		this is the server's, met or not\n"
	"	peers confirm NAME [IDENTITY]	pin the one that was met\n"
	"	peers forget NAME [IDENTITY]	or @DOMAIN\n"
	"	check [--root DIR]		is all there that is needed?\n"
	"	check HOST [PORT] [--timeout SECONDS]	an exchange with a server, step by step\n"
	"	gateway on | off | clear [--conf FILE]	rules that lead connections to it\n"
	"	gateway status | plain		what it does, who stayed unencrypted\n"
	"	gateway stats [--json | --prometheus]	its counters\n"
	"	-s SOCKET			of the daemon, instead of " SOCKET "\n"
	"					(" CTL_GATEWAY_SOCKET ")\n"
	"	--help, --version\n"
	"See xcryptctl(8) for the exit status.\n";

static const char default_socket[] = SOCKET;

struct call {
	const char *socket;
	const char *file;
	const char *root;
	const char *conf;
	int patience;
	enum ctl_format format;
	int n;
	char **word;
};

static int usage(const char *why, const char *what)
{
	if (why)
		fprintf(stderr, "xcryptctl: %s%s\n", what, why);
	fputs(help, stderr);
	return EX_USAGE;
}

/* --- commands --- */

static int run_status(const struct call *c)
{
	return ctl_status(c->socket);
}

static int run_sessions(const struct call *c)
{
	return ctl_sessions(c->socket, c->format);
}

static int run_stats(const struct call *c)
{
	return ctl_stats(c->socket, c->format);
}

static int run_metrics(const struct call *c)
{
	return ctl_metrics(c->socket, c->file);
}

static int run_cache_list(const struct call *c)
{
	return client_print(c->socket, "cache list");
}

static int run_cache_flush(const struct call *c)
{
	return client_print(c->socket, "cache flush");
}

static int run_keys_rotate(const struct call *c)
{
	return client_print(c->socket, "keys rotate");
}

static int run_identity(const struct call *c)
{
	return ctl_identity(c->socket, c->format);
}

static int run_identity_replace(const struct call *c)
{
	return client_print(c->socket, "identity replace");
}

static int run_peers(const struct call *c)
{
	return ctl_peers(c->socket, c->format);
}

static int run_peers_named(const struct call *c)
{
	if (c->n < 3 || (!strcmp(c->word[1], "pin") && c->n < 4))
		return usage(" needs a NAME, and pin an IDENTITY", c->word[1]);
	return ctl_peers_named(c->socket, c->format, c->word[1], c->word[2],
			       c->n > 3 ? c->word[3] : NULL);
}

/* Its socket is another one. */
static const char *gateway_socket(const struct call *c)
{
	return c->socket == default_socket ? CTL_GATEWAY_SOCKET : c->socket;
}

static int run_gateway_rules(const struct call *c)
{
	return ctl_gateway_rules(c->word[1], c->conf);
}

static int run_gateway_status(const struct call *c)
{
	return ctl_gateway_status(gateway_socket(c));
}

static int run_gateway_plain(const struct call *c)
{
	return ctl_gateway_plain(gateway_socket(c));
}

static int run_gateway_stats(const struct call *c)
{
	return ctl_gateway_stats(gateway_socket(c), c->format);
}

/* A service's name, or a number that the library would cut to 16 bits. */
static int good_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	long port = strtol(text, NULL, 10);

	if (text[digits])
		return !digits && text[0] != '-' && text[0] != '+' && text[0] != ' ';
	return digits && digits < 8 && port > 0 && port <= 65535;
}

static int run_check(const struct call *c)
{
	const struct ctl_system system = { .root = c->root, .socket = c->socket, .conf = CONF };
	const char *port = c->n == 3 ? c->word[2] : "25";

	if (c->n == 1)
		return ctl_check(&system);
	if (!good_port(port))
		return usage(": a port is 1 to 65535, or a service's name", port);
	return ctl_check_host(c->word[1], port, c->patience);
}

static const struct command {
	const char *name;
	const char *verb;	/* the second word, NULL if there is none */
	int more;		/* words behind these, at most */
	unsigned int formats;	/* bits of enum ctl_format */
	int (*run)(const struct call *c);
} commands[] = {
	{ "status", NULL, 0, 0, run_status },
	{ "sessions", NULL, 0, 1 << CTL_JSON, run_sessions },
	{ "stats", NULL, 0, 1 << CTL_JSON | 1 << CTL_PROMETHEUS, run_stats },
	{ "metrics", NULL, 0, 0, run_metrics },
	{ "cache", "list", 0, 0, run_cache_list },
	{ "cache", "flush", 0, 0, run_cache_flush },
	{ "keys", "rotate", 0, 0, run_keys_rotate },
	{ "identity", NULL, 0, 1 << CTL_JSON, run_identity },
	{ "identity", "replace", 0, 0, run_identity_replace },
	{ "peers", NULL, 0, 1 << CTL_JSON, run_peers },
	{ "peers", "list", 0, 1 << CTL_JSON, run_peers },
	{ "peers", "explain", 1, 1 << CTL_JSON, run_peers_named },
	{ "peers", "pin", 2, 0, run_peers_named },
	{ "peers", "confirm", 2, 0, run_peers_named },
	{ "peers", "forget", 2, 0, run_peers_named },
	{ "check", NULL, 2, 0, run_check },
	{ "gateway", "on", 0, 0, run_gateway_rules },
	{ "gateway", "off", 0, 0, run_gateway_rules },
	{ "gateway", "clear", 0, 0, run_gateway_rules },
	{ "gateway", "status", 0, 0, run_gateway_status },
	{ "gateway", "plain", 0, 0, run_gateway_plain },
	{ "gateway", "stats", 0, 1 << CTL_JSON | 1 << CTL_PROMETHEUS, run_gateway_stats },
};

static int fits(const struct command *command, const struct call *c)
{
	int words = command->verb ? 2 : 1;

	if (strcmp(c->word[0], command->name) || c->n < words || c->n > words + command->more)
		return 0;
	if (command->verb && strcmp(c->word[1], command->verb))
		return 0;
	return c->format == CTL_TABLE || command->formats & 1u << c->format;
}

static int run_command(const struct call *c)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (fits(&commands[i], c))
			return commands[i].run(c);
	}
	return usage(NULL, NULL);
}

/* --- the command line --- */

static int good_patience(int *patience, const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*end || end == text || n < 1 || n > 3600)
		return 0;
	*patience = n;
	return 1;
}

static int version(void)
{
	printf("xcryptctl %s\n", XC_VERSION);
	return EX_OK;
}

static int parse_and_run(int argc, char **argv)
{
	static const struct option words[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ "json", no_argument, NULL, 'j' },
		{ "prometheus", no_argument, NULL, 'p' },
		{ "file", required_argument, NULL, 'F' },
		{ "root", required_argument, NULL, 'R' },
		{ "conf", required_argument, NULL, 'C' },
		{ "timeout", required_argument, NULL, 't' },
		{ 0 },
	};
	struct call call = { .socket = default_socket, .root = "", .patience = PATIENCE };
	int c;

	while ((c = getopt_long(argc, argv, "s:h", words, NULL)) != -1) {
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
		case 'F':
			call.file = optarg;
			break;
		case 'R':
			call.root = optarg;
			break;
		case 'C':
			call.conf = optarg;
			break;
		case 't':
			if (!good_patience(&call.patience, optarg))
				return usage(": a time-out is 1 to 3600 seconds", optarg);
			break;
		case 'h':
			fputs(help, stdout);
			return EX_OK;
		case 'V':
			return version();
		default:
			return usage(NULL, NULL);
		}
	}
	call.n = argc - optind;
	call.word = argv + optind;
	return call.n ? run_command(&call) : usage(NULL, NULL);
}

int main(int argc, char **argv)
{
	int status = parse_and_run(argc, argv);
	int failed = ferror(stdout);

	/* What was not written by now shows here, and not before. */
	if (!fclose(stdout) && !failed)
		return status;
	fprintf(stderr, "xcryptctl: the output cannot be written: %s\n", strerror(errno));
	return EX_IOERR;
}
