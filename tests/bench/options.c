// SPDX-License-Identifier: GPL-2.0
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

static const char usage[] =
"Usage: load [option...] MODE...\n"
"\n"
"Sends octets over loopback TCP in each MODE in turn and measures the time. One thread\n"
"sends a burst on every stream, then receives it. One line for each mode and round.\n"
"\n"
"  MODE             plain, attached, chacha20, aes256ctr, t32, arrsyfor,\n"
"                   chachapoly, aes256gcm,\n"
"                   ktls-aes128gcm, ktls-aes256gcm, ktls-chacha20poly1305,\n"
"                   tls-aes128gcm, tls-aes256gcm, tls-chacha20poly1305 (in user space)\n"
"  --call CALL      write (default), sendfile or splice\n"
"  --size N         octets in one call (default 65536)\n"
"  --burst N        octets sent before they are received (default: 65536, or size)\n"
"  --octets N       in one measurement (default 33554432)\n"
"  --streams N      connections (default 1)\n"
"  --rounds N       measurements of each mode, after one thrown away (default 3)\n"
"  --warm N         bursts on each stream before it is measured, which opens the congestion\n"
"                   window (default 16)\n"
"  --buffer N       octets of each socket buffer, 0 for the kernel's own (default 2097152)\n"
"  --mark WHAT      send, receive or both: show an instruction counter where that begins\n"
"                   and ends\n";

static const char *const calls[] = { "write", "sendfile", "splice" };

const char *call_name(enum call call)
{
	return calls[call];
}

static enum call call_find(const char *name)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (!strcmp(calls[i], name))
			return i;
	errx(2, "--call %s: write, sendfile or splice", name);
}

static unsigned long long number(const char *name, const char *text, unsigned long long min)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (errno || *end || end == text || n < min || n > LONG_MAX)
		errx(2, "--%s %s: give a number, at least %llu", name, text, min);
	return n;
}

static void mark_which(struct options *o, const char *what)
{
	bool both = !strcmp(what, "both");

	o->mark_send = both || !strcmp(what, "send");
	o->mark_receive = both || !strcmp(what, "receive");
	if (!o->mark_send && !o->mark_receive)
		errx(2, "--mark %s: send, receive or both", what);
}

static void option(struct options *o, const char *name, const char *value)
{
	if (!strcmp(name, "call"))
		o->call = call_find(value);
	else if (!strcmp(name, "size"))
		o->size = number(name, value, 1);
	else if (!strcmp(name, "burst"))
		o->burst = number(name, value, 1);
	else if (!strcmp(name, "octets"))
		o->octets = number(name, value, 1);
	else if (!strcmp(name, "streams"))
		o->streams = number(name, value, 1);
	else if (!strcmp(name, "rounds"))
		o->rounds = number(name, value, 1);
	else if (!strcmp(name, "warm"))
		o->warm = number(name, value, 1);
	else if (!strcmp(name, "buffer"))
		o->buffer = number(name, value, 0);
	else if (!strcmp(name, "mark"))
		mark_which(o, value);
}

static void modes_parse(struct options *o, char **names)
{
	while (*names) {
		if (o->mode_count == MODES_MAX)
			errx(2, "at most %d modes", MODES_MAX);
		o->modes[o->mode_count++] = mode_find(*names++);
	}
	if (!o->mode_count)
		errx(2, "give a mode, or --help");
}

/* A burst has to fit in the buffers, or its sender would wait for itself to read. */
static void burst_default(struct options *o)
{
	if (!o->burst)
		o->burst = o->size < 65536 ? 65536 : o->size;
	if (o->buffer && o->burst > (size_t)o->buffer)
		errx(2, "a burst of %zu octets does not fit in buffers of %d", o->burst, o->buffer);
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct option known[] = {
		{ "call", required_argument, NULL, 0 },
		{ "size", required_argument, NULL, 0 },
		{ "burst", required_argument, NULL, 0 },
		{ "octets", required_argument, NULL, 0 },
		{ "streams", required_argument, NULL, 0 },
		{ "rounds", required_argument, NULL, 0 },
		{ "warm", required_argument, NULL, 0 },
		{ "buffer", required_argument, NULL, 0 },
		{ "mark", required_argument, NULL, 0 },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c, i;

	*o = (struct options){ .size = 65536, .octets = 32 << 20, .streams = 1, .rounds = 3,
			       .warm = 16, .buffer = 2 << 20 };
	while ((c = getopt_long(argc, argv, "h", known, &i)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			exit(0);
		}
		if (c)
			exit(2);
		option(o, known[i].name, optarg);
	}
	modes_parse(o, argv + optind);
	burst_default(o);
}
