// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "config.h"

#define CONF	"/etc/ssmail/xcryptd.conf"

static void usage(void)
{
	fputs("usage: xcryptd -t [-c FILE]\n"
	      "	-t	check the configuration: 0 if it is good, 78 if not\n"
	      "	-c FILE	instead of " CONF "\n", stderr);
	exit(EX_USAGE);
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
	const char *path = CONF;
	bool test = false;
	int c;

	while ((c = getopt(argc, argv, "tc:")) != -1) {
		if (c == 't')
			test = true;
		else if (c == 'c')
			path = optarg;
		else
			usage();
	}
	if (!test || optind < argc)
		usage();
	return check(path);
}
