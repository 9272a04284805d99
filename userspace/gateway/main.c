// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/version.h"
#include "conf.h"
#include "master.h"
#include "rules.h"

#define CONF	"/etc/ssmail/xcrypt-gateway.conf"
#define SOCKET	"/run/xcrypt-gateway/socket"

static const char help[] =
	"usage: xcrypt-gateway [-c FILE] [-s SOCKET] [-u USER]\n"
	"       xcrypt-gateway -t | -r | -g [-c FILE]\n"
	"	-t	check the configuration: 0 if it is good, 78 if not\n"
	"	-r	print the nftables rules that lead connections here\n"
	"	-g	print those for the time without the gateway, which guard what\n"
	"		the policy says must be encrypted\n"
	"	-c FILE	the configuration, instead of " CONF "\n"
	"	-s SOCKET	for xcryptctl, instead of " SOCKET "\n"
	"	-u USER	of the process that talks to peers\n"
	"	--help, --version\n"
	"SIGTERM ends it when the last session has ended; a second one, at once. SIGHUP starts it\n"
	"anew, with what the program and the configuration are then, and no session is lost.\n"
	"See xcrypt-gateway(8).\n";

/* As the program's file is called now: what is there at a reload is what goes on. */
static int launch(struct master_options *options)
{
	static char self[PATH_MAX], conf[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0 || !realpath(options->conf, conf)) {
		fprintf(stderr, "xcrypt-gateway: %s: %s\n", n > 0 ? options->conf :
			"/proc/self/exe", strerror(errno));
		return n > 0 ? EX_CONFIG : EX_OSERR;
	}
	options->program = self;
	options->conf = conf;
	return master_run(options);
}

static int print(const struct gw_conf *conf, int which)
{
	int err = which == 'r' ? rules_write(stdout, conf) : rules_write_guard(stdout, conf);

	if (!err && !fflush(stdout))
		return 0;
	fputs(err == -ENOENT ?
	      "xcrypt-gateway: rules need an \"outbound\" and a \"redirect\" line\n" :
	      "xcrypt-gateway: cannot write\n", stderr);
	return err == -ENOENT ? EX_CONFIG : EX_IOERR;
}

static int look(const char *path, int which)
{
	struct gw_conf *conf = gw_conf_load(path);
	int status = EX_CONFIG;

	if (conf)
		status = which == 't' ? EX_OK : print(conf, which);
	gw_conf_free(conf);
	return status;
}

static int gateway_usage(void)
{
	fputs(help, stderr);
	return EX_USAGE;
}

int main(int argc, char **argv)
{
	static const struct option words[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	struct master_options options = { .conf = CONF, .socket = SOCKET };
	int action = 0, c;

	while ((c = getopt_long(argc, argv, "c:s:u:trgh", words, NULL)) != -1) {
		switch (c) {
		case 'c':
			options.conf = optarg;
			break;
		case 's':
			options.socket = optarg;
			break;
		case 'u':
			options.user = optarg;
			break;
		case 't':
		case 'r':
		case 'g':
			action = c;
			break;
		case 'V':
			printf("xcrypt-gateway %s\n", XC_VERSION);
			return EX_OK;
		case 'h':
			fputs(help, stdout);
			return EX_OK;
		default:
			return gateway_usage();
		}
	}
	if (optind < argc)
		return gateway_usage();
	return action ? look(options.conf, action) : launch(&options);
}
