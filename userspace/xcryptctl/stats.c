// SPDX-License-Identifier: GPL-2.0
/* Counters of the daemon and the module: a table, JSON, or what Prometheus reads. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot.h"
#include "client.h"
#include "ctl.h"
#include "escape.h"
#include "sample.h"

#define MODULE	"/proc/net/xcrypt_stat"
#define GATEWAY	"xcrypt_gateway_"

struct printer {
	FILE *to;
	enum ctl_format format;
	const char *prefix;	/* of names for Prometheus */
	char last[sizeof(((struct sample *)0)->name)];	/* name of the one before */
	int count;
};

/* --- one sample --- */

static void print_json(struct printer *p, const struct sample *s)
{
	int i;

	fprintf(p->to, "%s\n  {\"name\": ", p->count ? "," : "");
	escape_json(p->to, s->name);
	for (i = 0; i < s->labels; i++) {
		fputs(", ", p->to);
		escape_json(p->to, s->label[i].key);
		fputs(": ", p->to);
		escape_json(p->to, s->label[i].value);
	}
	fprintf(p->to, ", \"value\": %s}", s->value);
}

static void print_labels(FILE *to, const struct sample *s)
{
	int i;

	for (i = 0; i < s->labels; i++) {
		fprintf(to, "%s%s=", i ? "," : "", s->label[i].key);
		escape_label(to, s->label[i].value);
	}
}

static void print_prometheus(struct printer *p, const struct sample *s)
{
	size_t len = strlen(s->name);
	int counter = len > 6 && !strcmp(s->name + len - 6, "_total");

	if (strcmp(p->last, s->name))
		fprintf(p->to, "# TYPE %s%s %s\n", p->prefix, s->name, counter ? "counter" : "gauge");
	fprintf(p->to, "%s%s", p->prefix, s->name);
	if (s->labels) {
		fputc('{', p->to);
		print_labels(p->to, s);
		fputc('}', p->to);
	}
	fprintf(p->to, " %s\n", s->value);
}

static void print_row(struct printer *p, const struct sample *s)
{
	char labels[512] = "";
	FILE *to = fmemopen(labels, sizeof(labels), "w");

	if (to) {
		print_labels(to, s);
		fclose(to);
	}
	fprintf(p->to, "%-28s %-32s %12s\n", s->name, labels, s->value);
}

static void print_sample(struct printer *p, const struct sample *s)
{
	if (p->format == CTL_JSON)
		print_json(p, s);
	else if (p->format == CTL_PROMETHEUS)
		print_prometheus(p, s);
	else
		print_row(p, s);
	strcpy(p->last, s->name);
	p->count++;
}

static void print_number(struct printer *p, const char *name, int value)
{
	struct sample s = { 0 };

	snprintf(s.name, sizeof(s.name), "%s", name);
	snprintf(s.value, sizeof(s.value), "%d", value);
	print_sample(p, &s);
}

/* --- where they come from --- */

static int print_daemon(struct printer *p, char *answer)
{
	struct sample s;
	char *line;

	while ((line = client_line(&answer))) {
		if (sample_parse(&s, line)) {
			fprintf(stderr, "xcryptctl: the daemon's \"%.80s\" is not understood: it is of another release\n",
				line);
			return EX_PROTOCOL;
		}
		print_sample(p, &s);
	}
	return EX_OK;
}

/* The module's numbers of this network namespace: what is there now, or what ever was. */
static void print_module(struct printer *p, int now)
{
	FILE *file = fopen(MODULE, "r");
	struct sample s = { .labels = 1 };
	char line[256];

	if (!file)
		return;
	strcpy(s.name, now ? "kernel_now" : "kernel_total");
	strcpy(s.label[0].key, "counter");
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%47s %23s", s.label[0].value, s.value) == 2 &&
		    (strncmp(line, "XcryptCurr", 10) == 0) == now)
			print_sample(p, &s);
	}
	fclose(file);
}

static int print_all(struct printer *p, char *answer, int module)
{
	int status;

	if (p->format == CTL_JSON)
		fputs("[", p->to);
	status = print_daemon(p, answer);
	if (module) {
		print_module(p, 1);
		print_module(p, 0);
	}
	if (p->format == CTL_JSON)
		fputs("\n]\n", p->to);
	return status;
}

static int tell_stats(const char *socket, struct printer p, int module)
{
	char *answer, *text = NULL;
	size_t len;
	int status = client_must(socket, "stats", &answer);

	if (status)
		return status;
	p.to = open_memstream(&text, &len);
	status = p.to ? print_all(&p, answer, module) : EX_OSERR;
	if (p.to && fclose(p.to))
		status = EX_OSERR;
	if (!status)
		fputs(text, stdout);
	free(text);
	free(answer);
	return status;
}

int ctl_stats(const char *socket, enum ctl_format format)
{
	return tell_stats(socket, (struct printer){ .format = format, .prefix = "xcryptd_" }, 1);
}

int ctl_gateway_stats(const char *socket, enum ctl_format format)
{
	return tell_stats(socket, (struct printer){ .format = format, .prefix = GATEWAY }, 0);
}

/* --- for Prometheus --- */

/* Where there is no gateway nothing is said of it. */
static int print_gateway(FILE *to, const char *socket)
{
	struct printer p = { .to = to, .format = CTL_PROMETHEUS, .prefix = GATEWAY };
	char why[CLIENT_WHY], *answer;
	int status;

	if (access(socket, F_OK))
		return EX_OK;
	client_asks("xcrypt-gateway");
	status = client_ask(socket, "stats", &answer, why);
	print_number(&p, "up", !status);
	status = answer ? print_daemon(&p, answer) : EX_OK;
	free(answer);
	return status;
}

/* What an update of the kernel left out is known before the next boot. */
static void print_next_boot(struct printer *p)
{
	const struct ctl_system here = { .root = "" };
	const struct doctor d = { .system = &here };
	int has = boot_has_module(&d);

	if (has >= 0)
		print_number(p, "next_kernel_has_module", has);
}

/* A daemon that does not run is a fact to be told; one that may not be asked is none. */
static int print_metrics(FILE *to, const char *socket)
{
	struct printer p = { .to = to, .format = CTL_PROMETHEUS, .prefix = "xcryptd_" };
	char why[CLIENT_WHY], *answer;
	int status = client_ask(socket, "stats", &answer, why);

	if (status && status != CTL_NO_DAEMON) {
		fprintf(stderr, "xcryptctl: %s\n", why);
		return status;
	}
	print_number(&p, "up", !status);
	print_number(&p, "module_loaded", !access(MODULE, F_OK));
	print_next_boot(&p);
	status = answer ? print_daemon(&p, answer) : EX_OK;
	free(answer);
	print_module(&p, 1);
	print_module(&p, 0);
	return status ? status : print_gateway(to, CTL_GATEWAY_SOCKET);
}

static int cannot_write(const char *path)
{
	fprintf(stderr, "xcryptctl: %s cannot be written: %s: name another file with --file, or mend its directory\n",
		path, strerror(errno));
	return EX_CANTCREAT;
}

/* Nobody is to see half of it: written beside, and put in its place. */
static int replace_file(const char *path, const char *text)
{
	char temporary[4096];
	FILE *file;
	int fd;

	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >=
	    sizeof(temporary)) {
		errno = ENAMETOOLONG;
		return cannot_write(path);
	}
	fd = mkstemp(temporary);
	if (fd < 0)
		return cannot_write(path);
	file = fdopen(fd, "w");
	if (file && fputs(text, file) >= 0 && !fchmod(fd, 0644) && !fclose(file) &&
	    !rename(temporary, path))
		return EX_OK;
	cannot_write(path);
	unlink(temporary);
	return EX_CANTCREAT;
}

int ctl_metrics(const char *socket, const char *file)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	int status = to ? print_metrics(to, socket) : EX_OSERR;

	if (to && fclose(to))
		status = EX_OSERR;
	if (!status && file)
		status = replace_file(file, text);
	else if (!status)
		fputs(text, stdout);
	free(text);
	return status;
}
