// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "ctl.h"

#define MODULE	"/sys/module/xcrypt"

/* A module's own version, or the sum of its sources, which depmod and modinfo tell, too. */
static void print_module(void)
{
	static const struct {
		const char *path;
		const char *what;
	} files[] = {
		{ MODULE "/version", "" },
		{ MODULE "/srcversion", "srcversion " },
	};
	char text[64] = "";
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]) && !text[0]; i++) {
		FILE *file = fopen(files[i].path, "r");

		if (!file)
			continue;
		if (!fgets(text, sizeof(text), file))
			text[0] = '\0';
		fclose(file);
		if (text[0])
			printf("module %s%s", files[i].what, text);
	}
	if (!text[0])
		printf("module %s\n", access(MODULE, F_OK) ? "not loaded" : "of unknown version");
}

int ctl_status(const char *socket)
{
	int status = client_print(socket, "status");

	if (!status)
		print_module();
	return status;
}
