// SPDX-License-Identifier: GPL-2.0
/* The doctor: what has to be there, one line each, and how to mend it. */
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "config.h"
#include "ctl.h"
#include "mta.h"

#define ULPS	"/proc/sys/net/ipv4/tcp_available_ulp"

struct doctor {
	const char *socket;
	const char *conf;
	int found;
};

static void good(const char *what, const char *detail)
{
	printf("ok    %-14s %s\n", what, detail);
}

static void __attribute__((format(printf, 3, 4)))
bad(struct doctor *d, const char *what, const char *fmt, ...)
{
	va_list ap;

	d->found++;
	printf("FAIL  %-14s ", what);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

static int file_has(const char *path, const char *word)
{
	char text[4096];
	FILE *file = fopen(path, "r");
	size_t len;

	if (!file)
		return 0;
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[len] = '\0';
	return strstr(text, word) != NULL;
}

static void check_module(struct doctor *d)
{
	if (!access("/proc/net/xcrypt_stat", F_OK))
		good("module", "xcrypt is loaded");
	else
		bad(d, "module", "xcrypt is not loaded: modprobe xcrypt");
}

static void check_boot(struct doctor *d)
{
	static const char * const patterns[] = {
		"/etc/modules", "/etc/modules-load.d/*.conf", "/usr/lib/modules-load.d/*.conf",
	};
	glob_t found = { 0 };
	size_t i;
	int has = 0;

	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		glob(patterns[i], i ? GLOB_APPEND : 0, NULL, &found);
	for (i = 0; i < found.gl_pathc; i++)
		has |= file_has(found.gl_pathv[i], "xcrypt");
	globfree(&found);
	if (has)
		good("boot", "the module is loaded at every boot");
	else
		bad(d, "boot", "the module is not loaded at boot: echo xcrypt > /etc/modules-load.d/xcrypt.conf");
}

/* The list is the initial namespace's; elsewhere the exchange has to tell. */
static void check_ulp(struct doctor *d)
{
	if (access(ULPS, F_OK))
		printf("--    %-14s not to be seen in this network namespace\n", "ULP");
	else if (file_has(ULPS, "xcrypt"))
		good("ULP", "TCP knows it");
	else
		bad(d, "ULP", "TCP does not know xcrypt: see the kernel's log, dmesg");
}

static void check_daemon(struct doctor *d)
{
	static char conf[512];
	char line[600];
	FILE *answer;
	int status = client_ask(d->socket, "status", 1, &answer);

	if (status) {
		bad(d, "daemon", "xcryptd does not answer at %s: systemctl start xcryptd, and see its log",
		    d->socket);
		return;
	}
	good("daemon", "xcryptd answers");
	while (fgets(line, sizeof(line), answer)) {
		if (sscanf(line, "configuration %511s", conf) == 1)
			d->conf = conf;
	}
	fclose(answer);
}

static void config_fault(void *ctx, const char *message)
{
	bad(ctx, "configuration", "%s", message);
}

static void check_config(struct doctor *d)
{
	struct xc_config *config = xc_config_load(d->conf, config_fault, d);

	if (!config)
		return;
	good("configuration", d->conf);
	xc_config_free(config);
}

/* The real thing, with ourselves. */
static void check_exchange(struct doctor *d)
{
	struct xcrypt_outcome outcome;
	char text[128];
	int err = mta_self(&outcome);

	if (err) {
		bad(d, "exchange", "over loopback: %s", strerror(-err));
	} else if (outcome.class != XCRYPT_CLASS_ENCRYPTED) {
		bad(d, "exchange", "over loopback: %s, %s: see xcryptd's log",
		    mta_class_name(outcome.class), strerror(outcome.error));
	} else {
		snprintf(text, sizeof(text), "over loopback: %s", outcome.suite);
		good("exchange", text);
	}
}

int ctl_check(const char *socket, const char *conf)
{
	struct doctor d = { .socket = socket, .conf = conf };

	check_module(&d);
	check_boot(&d);
	check_ulp(&d);
	check_daemon(&d);
	check_config(&d);
	check_exchange(&d);
	if (d.found)
		printf("%d to be mended\n", d.found);
	return d.found ? CTL_FOUND : EX_OK;
}
