// SPDX-License-Identifier: GPL-2.0
/* The doctor: what has to be there, one line each, and how to mend it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agreement/kex.h"
#include "boot.h"
#include "client.h"
#include "common/mta.h"
#include "config/config.h"
#include "ctl.h"
#include "doctor.h"
#include "self.h"

#define ULPS	"/proc/sys/net/ipv4/tcp_available_ulp"
#define MODULE	"/proc/net/xcrypt_stat"

static void check_module(struct doctor *d)
{
	if (!access(MODULE, F_OK))
		doctor_good("module", "xcrypt is loaded");
	else
		doctor_bad(d, "module", "xcrypt is not loaded: modprobe xcrypt");
}

/* Words parted by blanks. */
static int has_word(FILE *file, const char *wanted)
{
	char word[64];

	while (fscanf(file, "%63s", word) == 1) {
		if (!strcmp(word, wanted))
			return 1;
	}
	return 0;
}

/* The list is the initial namespace's; elsewhere the exchange has to tell. */
static void check_ulp(struct doctor *d)
{
	FILE *file = fopen(ULPS, "r");

	if (!file) {
		doctor_unknown("ULP", "not to be seen in this network namespace");
		return;
	}
	if (has_word(file, "xcrypt"))
		doctor_good("ULP", "TCP knows it");
	else
		doctor_bad(d, "ULP", "TCP does not know xcrypt: see the kernel's log, dmesg");
	fclose(file);
}

/* The configuration that the daemon says it has; to be freed. */
static char *conf_of(char *answer)
{
	static const char word[] = "configuration ";
	char *line;

	while ((line = client_line(&answer))) {
		if (!strncmp(line, word, strlen(word)))
			return strdup(line + strlen(word));
	}
	return NULL;
}

static char *check_daemon(struct doctor *d)
{
	char why[CLIENT_WHY], *answer, *conf;
	int status = client_ask(d->system->socket, "status", &answer, why);

	if (status == EX_NOPERM)
		doctor_hidden(d, "daemon", "%s", why);
	else if (status)
		doctor_bad(d, "daemon", "%s", why);
	else
		doctor_good("daemon", "xcryptd answers");
	conf = answer ? conf_of(answer) : NULL;
	free(answer);
	return conf;
}

static void config_fault(void *ctx, const char *message)
{
	doctor_bad(ctx, "configuration", "%s", message);
}

static void check_config(struct doctor *d, const char *path)
{
	struct xc_config *config;

	if (access(path, R_OK) && errno == EACCES) {
		doctor_hidden(d, "configuration", "%s may not be read by this user: run this as root",
			      path);
		return;
	}
	config = xc_config_load(path, config_fault, d);
	if (!config)
		return;
	doctor_good("configuration", "%s", path);
	xc_config_free(config);
}

/* Nothing to be mended: mail goes by the next version. */
static void check_mlkem(void)
{
	if (xc_kex_has_mlkem())
		doctor_good("ML-KEM", "libcrypto has it: suites of 2.1 can be used");
	else
		doctor_unknown("ML-KEM", "libcrypto lacks it: no suite of 2.1 until there is OpenSSL 3.5");
}

/* The real thing, with ourselves. */
static void check_exchange(struct doctor *d)
{
	struct xcrypt_outcome outcome;
	int err = self_check(&outcome);

	if (err)
		doctor_bad(d, "exchange", "over loopback: %s: see what is said above, and xcryptd's log",
			   strerror(-err));
	else if (outcome.outcome_class != XCRYPT_CLASS_ENCRYPTED)
		doctor_bad(d, "exchange", "over loopback: %s, %s: see xcryptd's log",
			   mta_class_name(outcome.outcome_class), strerror(outcome.error));
	else
		doctor_good("exchange", "over loopback: %s", outcome.suite);
}

/* What runs here: not to be seen of a system that is only mounted. */
static void check_running(struct doctor *d)
{
	char *conf;

	check_module(d);
	check_ulp(d);
	conf = check_daemon(d);
	if (!conf && d->hidden && access(d->system->conf, F_OK))
		doctor_hidden(d, "configuration", "only the daemon knows which it has: run this as root");
	else
		check_config(d, conf ? conf : d->system->conf);
	free(conf);
	check_mlkem();
	check_exchange(d);
}

static void check_mounted(struct doctor *d)
{
	char path[DOCTOR_PATH];

	check_config(d, doctor_path(d, path, d->system->conf));
}

static int verdict(const struct doctor *d)
{
	if (d->found)
		printf("%d to be mended\n", d->found);
	if (d->hidden)
		printf("%d not to be seen by this user: run this as root\n", d->hidden);
	if (d->found)
		return CTL_FOUND;
	return d->hidden ? EX_NOPERM : EX_OK;
}

int ctl_check(const struct ctl_system *system)
{
	struct doctor d = { .system = system };

	if (system->root[0])
		check_mounted(&d);
	else
		check_running(&d);
	boot_check_list(&d);
	boot_check_kernel(&d);
	return verdict(&d);
}
