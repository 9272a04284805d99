// SPDX-License-Identifier: GPL-2.0
#include "grub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG		"/boot/grub/grub.cfg"
#define ENVIRONMENT	"/boot/grub/grubenv"
#define ENTRIES		256
#define NAME		256
#define DEPTH		8
#define BLANK		" \t\r\n"

/* One of the menu; what it stands in comes before it. */
struct entry {
	int parent;		/* its place, -1: the menu itself */
	int number;		/* among those of its parent */
	char title[NAME];
	char id[NAME];
	char kernel[GRUB_KERNEL];
};

struct menu {
	int n;
	struct entry entry[ENTRIES];
	char chosen[NAME];	/* what the configuration sets default to */
};

/* --- words of the file --- */

/* A word, in quotes or not, and what is behind it. */
static const char *word(char *dst, size_t size, const char *at)
{
	char quote;
	size_t len;

	at += strspn(at, BLANK);
	quote = *at == '\'' || *at == '"' ? *at++ : 0;
	len = quote ? strcspn(at, quote == '"' ? "\"" : "'") : strcspn(at, BLANK);
	snprintf(dst, size, "%.*s", (int)len, at);
	at += len;
	return quote && *at == quote ? at + 1 : at;
}

static int begins(const char *line, const char *with)
{
	size_t len = strlen(with);

	return !strncmp(line, with, len) && strchr(BLANK, line[len]);
}

/* "--id NAME" or "$menuentry_id_option NAME" */
static void read_id(char id[NAME], const char *line)
{
	const char *at = strstr(line, "$menuentry_id_option ");

	if (!at)
		at = strstr(line, "--id ");
	if (at)
		word(id, NAME, strchr(at, ' '));
}

static void read_kernel(struct entry *e, const char *line)
{
	char path[NAME];
	const char *name;

	word(path, sizeof(path), line);
	name = strstr(path, "/vmlinuz-");
	if (name && !e->kernel[0])
		snprintf(e->kernel, sizeof(e->kernel), "%.*s", GRUB_KERNEL - 1, name + 9);
}

/* --- the menu --- */

static int siblings(const struct menu *m, int parent)
{
	int i, n = 0;

	for (i = 0; i < m->n; i++)
		n += m->entry[i].parent == parent;
	return n;
}

static int grub_add(struct menu *m, int parent, const char *line)
{
	struct entry *e = &m->entry[m->n];

	e->number = siblings(m, parent);
	e->parent = parent;
	word(e->title, sizeof(e->title), line);
	read_id(e->id, line);
	return m->n++;
}

/* "set default=X", but for the one that is said where there is a next_entry. */
static void read_default(struct menu *m, const char *line)
{
	char value[NAME];

	word(value, sizeof(value), line + strlen("set default="));
	if (strcmp(value, "${next_entry}"))
		strcpy(m->chosen, value);
}

/* The file is a shell's; what grub-mkconfig writes has its braces at the end of lines. */
static void read_menu(struct menu *m, FILE *file)
{
	int open[DEPTH], depth = 0, at;
	char *line = NULL, *text;
	size_t room = 0;

	while (getline(&line, &room, file) >= 0) {
		text = line + strspn(line, BLANK);
		at = depth ? open[depth - 1] : -1;
		if ((begins(text, "menuentry") || begins(text, "submenu")) && m->n < ENTRIES &&
		    depth < DEPTH)
			open[depth++] = grub_add(m, at, strchr(text, text[0] == 'm' ? 'y' : 'u') +
							 (text[0] == 'm' ? 1 : 6));
		else if (depth && *text == '}')
			depth--;
		else if (depth && (begins(text, "linux") || begins(text, "linuxefi")))
			read_kernel(&m->entry[at], strpbrk(text, BLANK));
		else if (!strncmp(text, "set default=", 12))
			read_default(m, text);
	}
	free(line);
}

static void read_variable(const struct doctor *d, const char *name, char value[NAME])
{
	FILE *file = doctor_open(d, ENVIRONMENT);
	char line[1200];
	size_t len = strlen(name);

	value[0] = '\0';
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, name, len) && line[len] == '=')
			snprintf(value, NAME, "%.*s", (int)strcspn(line + len + 1, "\r\n"),
				 line + len + 1);
	}
	fclose(file);
}

/* --- which of them --- */

static int is_named(const struct entry *e, const char *name)
{
	char *end;
	long number = strtol(name, &end, 10);

	return !strcmp(e->title, name) || !strcmp(e->id, name) ||
	       (*name && !*end && e->number == number);
}

/* By number, title or id; "A>B" is B in the submenu A. */
static const struct entry *find_entry(const struct menu *m, const char *name)
{
	char part[NAME];
	int parent = -1, i;

	while (1) {
		size_t len = strcspn(name, ">");

		snprintf(part, sizeof(part), "%.*s", (int)len, name);
		for (i = 0; i < m->n; i++) {
			if (m->entry[i].parent == parent && is_named(&m->entry[i], part))
				break;
		}
		if (i == m->n)
			return NULL;
		if (!name[len])
			return &m->entry[i];
		name += len + 1;
		parent = i;
	}
}

static void choose(const struct doctor *d, const struct menu *m, char wanted[NAME])
{
	read_variable(d, "next_entry", wanted);
	if (wanted[0])
		return;
	if (!strcmp(m->chosen, "${saved_entry}"))
		read_variable(d, "saved_entry", wanted);
	else
		strcpy(wanted, m->chosen);
	if (!wanted[0])
		strcpy(wanted, "0");
}

int grub_kernel(const struct doctor *d, char version[GRUB_KERNEL])
{
	FILE *file = doctor_open(d, CONFIG);
	struct menu *m;
	const struct entry *e;
	char wanted[NAME];

	if (!file)
		return errno == EACCES ? -EACCES : -ENOENT;
	m = calloc(1, sizeof(*m));
	if (m) {
		read_menu(m, file);
		choose(d, m, wanted);
	}
	fclose(file);
	e = m ? find_entry(m, wanted) : NULL;
	version[0] = '\0';
	if (e)
		strcpy(version, e->kernel);
	free(m);
	return version[0] ? 0 : -ENOENT;
}
