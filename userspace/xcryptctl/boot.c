// SPDX-License-Identifier: GPL-2.0
#include "boot.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODULE	"xcrypt"
#define BLANK	" \t\r\n"

/* As systemd-modules-load has it: a file hides those of its name in the folders behind. */
static const char * const folders[] = {
	"/etc/modules-load.d", "/run/modules-load.d", "/usr/local/lib/modules-load.d",
	"/usr/lib/modules-load.d", "/lib/modules-load.d",
};

#define FOLDERS	(sizeof(folders) / sizeof(folders[0]))

/* Does a line name the module? "#" and ";" begin a comment; parameters may follow the name. */
static int names_it(const char *line)
{
	size_t len;

	line += strspn(line, BLANK);
	len = strcspn(line, BLANK);
	return len == strlen(MODULE) && !strncmp(line, MODULE, len);
}

/* 1: it does, 0: it does not, -errno. */
static int list_has(const struct doctor *d, const char *path)
{
	FILE *file = doctor_open(d, path);
	char *line = NULL;
	size_t room = 0;
	int has = 0;

	if (!file)
		return -errno;
	while (!has && getline(&line, &room, file) >= 0)
		has = names_it(line);
	free(line);
	fclose(file);
	return has;
}

static int hidden_by(const struct doctor *d, size_t folder, const char *name)
{
	char path[DOCTOR_PATH], full[DOCTOR_PATH];
	size_t i;

	for (i = 0; i < folder; i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		if (!access(doctor_path(d, full, path), F_OK))
			return 1;
	}
	return 0;
}

static int is_list(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 5 && !strcmp(entry->d_name + len - 5, ".conf");
}

/* The list that has it, in path. A list that may not be read is told, if it is not found. */
static int find_in(const struct doctor *d, size_t folder, char path[DOCTOR_PATH], int *denied)
{
	char full[DOCTOR_PATH];
	struct dirent **names;
	int n = scandir(doctor_path(d, full, folders[folder]), &names, is_list, alphasort);
	int found = 0, i, has;

	for (i = 0; i < n; i++) {
		if (!found && !hidden_by(d, folder, names[i]->d_name)) {
			snprintf(path, DOCTOR_PATH, "%s/%s", folders[folder], names[i]->d_name);
			has = list_has(d, path);
			found = has == 1;
			*denied |= has == -EACCES;
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return found;
}

void boot_check_list(struct doctor *d)
{
	char path[DOCTOR_PATH] = "/etc/modules";
	int denied = 0, found = list_has(d, path) == 1;
	size_t i;

	for (i = 0; i < FOLDERS && !found; i++)
		found = find_in(d, i, path, &denied);
	if (found)
		doctor_good("boot", "the module is loaded at every boot, by %s", path);
	else if (denied)
		doctor_hidden(d, "boot", "a list of modules may not be read by this user: run this as root");
	else
		doctor_bad(d, "boot", "the module is not loaded at boot: echo xcrypt > /etc/modules-load.d/xcrypt.conf");
}
