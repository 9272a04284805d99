// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/version.h"
#include "config/config.h"
#include "daemon.h"
#include "process.h"

#define CONF	"/etc/ssmail/xcryptd.conf"
#define SOCKET	"/run/xcryptd/socket"

static const char help[] =
	"usage: xcryptd [-f] [-c FILE] [-s SOCKET] [-u USER] [-p FILE]\n"
	"       xcryptd -t [-c FILE]\n"
	"	-t	check the configuration: 0 if it is good, 78 if not\n"
	"	-f	stay in the foreground and log to stderr\n"
	"	-c FILE	the configuration, instead of " CONF "\n"
	"	-s SOCKET	for xcryptctl, instead of " SOCKET "\n"
	"	-u USER	become this user, and keep CAP_NET_ADMIN only\n"
	"	-p FILE	write the process number into it once exchanges are served\n"
	"	--help, --version\n"
	"See xcryptd(8).\n";

static int usage(void)
{
	fputs(help, stderr);
	return EX_USAGE;
}

/* What was asked for is worth nothing on a full disk. */
static int told(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return EX_OK;
	perror("xcryptd: stdout");
	return EX_IOERR;
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
	return told();
}

static int run_daemon(const struct xc_daemon_options *said)
{
	/* The directory is going to be another one. */
	char *path = xc_process_path(said->path), *socket = xc_process_path(said->socket);
	char *pidfile = said->pidfile ? xc_process_path(said->pidfile) : NULL;
	struct xc_daemon_options options = *said;
	int status = EX_OSERR;

	options.path = path;
	options.socket = socket;
	options.pidfile = pidfile;
	if (!path || !socket || (said->pidfile && !pidfile) || xc_process_alone())
		perror("xcryptd: start it from a directory that exists");
	else
		status = xc_daemon_run(&options);
	free(path);
	free(socket);
	free(pidfile);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option words[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	struct xc_daemon_options options = { .path = CONF, .socket = SOCKET };
	bool test = false;
	int c;

	if (xc_process_standard())
		return EX_OSERR;
	while ((c = getopt_long(argc, argv, "tfc:s:u:p:h", words, NULL)) != -1) {
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
		case 'p':
			options.pidfile = optarg;
			break;
		case 'V':
			printf("xcryptd %s\n", XC_VERSION);
			return told();
		case 'h':
			fputs(help, stdout);
			return told();
		default:
			return usage();
		}
	}
	if (optind < argc)
		return usage();
	return test ? check(options.path) : run_daemon(&options);
}
