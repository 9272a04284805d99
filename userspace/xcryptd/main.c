// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "config.h"
#include "daemon/daemon.h"

#define CONF	"/etc/ssmail/xcryptd.conf"
#define SOCKET	"/run/xcryptd/socket"

static const char help[] =
	"usage: xcryptd [-f] [-c FILE] [-s SOCKET] [-u USER]\n"
	"       xcryptd -t [-c FILE]\n"
	"	-t	check the configuration: 0 if it is good, 78 if not\n"
	"	-f	stay in the foreground and log to stderr\n"
	"	-c FILE	the configuration, instead of " CONF "\n"
	"	-s SOCKET	for xcryptctl, instead of " SOCKET "\n"
	"	-u USER	become this user, and keep CAP_NET_ADMIN only\n"
	"See xcryptd(8).\n";

static int usage(void)
{
	fputs(help, stderr);
	return EX_USAGE;
}

static void to_stderr(void *ctx, const char *message)
{
	(void)ctx;
	fprintf(stderr, "%s\n", message);
}

static int check(const char *path)
{
	struct xc_config *config = xc_config_load(path, to_stderr, NULL);

	if (!config)
		return EX_CONFIG;
	printf("%s: good\n", path);
	xc_config_free(config);
	return EX_OK;
}

int main(int argc, char **argv)
{
	static const struct option words[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
	struct xc_daemon_options options = { .path = CONF, .socket = SOCKET };
	bool test = false;
	int c;

	while ((c = getopt_long(argc, argv, "tfc:s:u:h", words, NULL)) != -1) {
		switch (c) {
		case 't':
			test = true;
			break;
		case 'f':
			options.foreground = true;
			break;
		case 'c':
			options.path = optarg;
			break;
		case 's':
			options.socket = optarg;
			break;
		case 'u':
			options.user = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return EX_OK;
		default:
			return usage();
		}
	}
	if (optind < argc)
		return usage();
	return test ? check(options.path) : xc_daemon_run(&options);
}
