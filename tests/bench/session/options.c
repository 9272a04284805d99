// SPDX-License-Identifier: GPL-2.0
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

static const char usage[] =
"Usage: session [option...] plain | tls-full | tls-resumed | xcrypt\n"
"\n"
"Sends messages by SMTP, each in a session of its own, and measures them: a line NAME=VALUE...\n"
"Ends with an error if a session is protected otherwise than asked for.\n"
"\n"
"  --sessions N        to measure (default 100)\n"
"  --warm N            sessions before those (default 4)\n"
"  --message N         octets of text (default 2950, the paper's median)\n"
"  --certificate WHAT  p256 (default) or rsa2048\n"
"  --group NAME        of TLS's key exchange (default X25519)\n"
"  --hit 0|1           XCRYPT: whether the daemons are to have the secret cached (default 1)\n"
"  --client NAMESPACE  network namespaces by their paths (default: this one)\n"
"  --server NAMESPACE\n"
"  --address ADDRESS   of the server (default 127.0.0.1)\n";

static void kind_set(struct options *o, const char *name)
{
	static const char *const names[] = { "plain", "tls-full", "tls-resumed", "xcrypt" };

	for (unsigned int i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(names[i], name)) {
			o->name = name;
			o->protect.kind = i;
			return;
		}
	}
	errx(2, "no mode %s, see --help", name);
}

static unsigned int number(const char *name, const char *text)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *end || end == text || n > 10000000)
		errx(2, "--%s %s: give a number", name, text);
	return n;
}

static void certificate_set(struct options *o, const char *name)
{
	if (!strcmp(name, "rsa2048"))
		o->protect.certificate = CERTIFICATE_RSA2048;
	else if (!strcmp(name, "p256"))
		o->protect.certificate = CERTIFICATE_P256;
	else
		errx(2, "--certificate %s: p256 or rsa2048", name);
}

static void option(struct options *o, const char *name, const char *value)
{
	if (!strcmp(name, "sessions"))
		o->sessions = number(name, value);
	else if (!strcmp(name, "warm"))
		o->warm = number(name, value);
	else if (!strcmp(name, "message"))
		o->message = number(name, value);
	else if (!strcmp(name, "certificate"))
		certificate_set(o, value);
	else if (!strcmp(name, "group"))
		o->protect.group = value;
	else if (!strcmp(name, "hit"))
		o->protect.expect_hit = number(name, value);
	else if (!strcmp(name, "client"))
		o->client = value;
	else if (!strcmp(name, "server"))
		o->server = value;
	else
		o->address = value;
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct option known[] = {
		{ "sessions", required_argument, NULL, 0 },
		{ "warm", required_argument, NULL, 0 },
		{ "message", required_argument, NULL, 0 },
		{ "certificate", required_argument, NULL, 0 },
		{ "group", required_argument, NULL, 0 },
		{ "hit", required_argument, NULL, 0 },
		{ "client", required_argument, NULL, 0 },
		{ "server", required_argument, NULL, 0 },
		{ "address", required_argument, NULL, 0 },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c, i;

	*o = (struct options){ .sessions = 100, .warm = 4, .message = 2950,
			       .address = "127.0.0.1",
			       .protect = { .group = "X25519", .expect_hit = true } };
	while ((c = getopt_long(argc, argv, "h", known, &i)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			exit(0);
		}
		if (c)
			exit(2);
		option(o, known[i].name, optarg);
	}
	if (optind + 1 != argc)
		errx(2, "give one mode, or --help");
	kind_set(o, argv[optind]);
}
