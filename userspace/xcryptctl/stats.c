// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "ctl.h"

#define MODULE	"/proc/net/xcrypt_stat"

/* One counter: name, labels as Prometheus writes them (may be empty), value. */
struct metric {
	char name[64];
	char labels[96];
	char value[24];
};

struct printer {
	enum ctl_format format;
	char last[64];		/* name of the one before */
	int count;
};

/* "key="value",key="value"" as members of a JSON object. */
static void json_labels(const char *at)
{
	while (*at) {
		int key = strcspn(at, "="), value;

		at += key;
		if (!*at)
			return;
		value = strcspn(at + 2, "\"") + 2;
		printf("\"%.*s\": %.*s, ", key, at - key, value, at + 1);
		at += 1 + value;
		at += *at == ',';
	}
}

static void print_json(struct printer *p, const struct metric *m)
{
	printf("%s\n  {\"name\": \"%s\", ", p->count ? "," : "", m->name);
	json_labels(m->labels);
	printf("\"value\": %s}", m->value);
}

static void print_prometheus(struct printer *p, const struct metric *m)
{
	size_t len = strlen(m->name);
	int counter = len > 6 && !strcmp(m->name + len - 6, "_total");

	if (strcmp(p->last, m->name))
		printf("# TYPE xcryptd_%s %s\n", m->name, counter ? "counter" : "gauge");
	printf("xcryptd_%s%s%s%s %s\n", m->name, m->labels[0] ? "{" : "", m->labels,
	       m->labels[0] ? "}" : "", m->value);
}

static void print(struct printer *p, const struct metric *m)
{
	if (p->format == CTL_JSON)
		print_json(p, m);
	else if (p->format == CTL_PROMETHEUS)
		print_prometheus(p, m);
	else
		printf("%-28s %-32s %12s\n", m->name, m->labels, m->value);
	strcpy(p->last, m->name);
	p->count++;
}

/* "name{labels} value" or "name value". */
static int parse(struct metric *m, const char *line)
{
	m->labels[0] = '\0';
	if (sscanf(line, "%63[^{ ]{%95[^}]} %23s", m->name, m->labels, m->value) == 3)
		return 1;
	m->labels[0] = '\0';
	return sscanf(line, "%63s %23s", m->name, m->value) == 2;
}

static void print_daemon(struct printer *p, FILE *answer)
{
	struct metric m;
	char line[256];

	while (fgets(line, sizeof(line), answer)) {
		if (parse(&m, line))
			print(p, &m);
	}
}

/* The module's numbers of this network namespace: what is there now, or what ever was. */
static void print_module(struct printer *p, int now)
{
	FILE *file = fopen(MODULE, "r");
	char line[256], name[48];
	struct metric m = { 0 };

	if (!file)
		return;
	strcpy(m.name, now ? "kernel_now" : "kernel_total");
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%47s %23s", name, m.value) != 2 ||
		    (strncmp(name, "XcryptCurr", 10) == 0) != now)
			continue;
		snprintf(m.labels, sizeof(m.labels), "counter=\"%s\"", name);
		print(p, &m);
	}
	fclose(file);
}

int ctl_stats(const char *socket, enum ctl_format format)
{
	struct printer p = { .format = format };
	FILE *answer;
	int status = client_ask(socket, "stats", 0, &answer);

	if (status)
		return status;
	if (format == CTL_JSON)
		printf("[");
	print_daemon(&p, answer);
	print_module(&p, 1);
	print_module(&p, 0);
	if (format == CTL_JSON)
		printf("\n]\n");
	fclose(answer);
	return EX_OK;
}
