// SPDX-License-Identifier: GPL-2.0
#include "client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl.h"

#define PATIENCE	10	/* seconds */

static const char *advice(int err)
{
	if (err == EACCES || err == EPERM)
		return "run this as root";
	return "xcryptd does not run here: systemctl start xcryptd, or name its socket with -s";
}

/* A descriptor or -errno. */
static int dial(const char *path)
{
	const struct timeval limit = { .tv_sec = PATIENCE };
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, err;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (!connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* The answer's first line. */
static int verdict(FILE *answer, int quiet)
{
	char line[256];

	if (!fgets(line, sizeof(line), answer)) {
		if (!quiet)
			fprintf(stderr, "xcryptctl: xcryptd gives no answer: see its log\n");
		return CTL_NO_DAEMON;
	}
	if (!strcmp(line, "ok\n"))
		return EX_OK;
	fprintf(stderr, "xcryptctl: xcryptd says: %s", line);
	return EX_PROTOCOL;
}

int client_ask(const char *socket, const char *command, int quiet, FILE **answer)
{
	int fd = dial(socket), status;

	if (fd < 0) {
		if (!quiet)
			fprintf(stderr, "xcryptctl: %s: %s: %s\n", socket, strerror(-fd),
				advice(-fd));
		return CTL_NO_DAEMON;
	}
	dprintf(fd, "%s\n", command);
	*answer = fdopen(fd, "r");
	if (!*answer) {
		close(fd);
		return EX_OSERR;
	}
	status = verdict(*answer, quiet);
	if (status)
		fclose(*answer);
	return status;
}

int client_print(const char *socket, const char *command)
{
	char line[1024];
	FILE *answer;
	int status = client_ask(socket, command, 0, &answer);

	if (status)
		return status;
	while (fgets(line, sizeof(line), answer))
		fputs(line, stdout);
	fclose(answer);
	return EX_OK;
}
