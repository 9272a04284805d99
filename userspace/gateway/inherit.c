// SPDX-License-Identifier: GPL-2.0
#include "inherit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "net.h"

#define FILES	"XCRYPT_GATEWAY_FILES"
#define WORKERS	"XCRYPT_GATEWAY_WORKERS"
#define TEXT	512	/* octets of a list: 17 numbers */

/* Numbers with commas between them; what is no such list is none. */
static int read_list(const char *name, int *list, int max)
{
	const char *at = getenv(name);
	char *end;
	int n = 0;

	while (at && *at && n < max) {
		long number = strtol(at, &end, 10);

		if (end == at || number <= 2 || (*end && *end != ','))
			break;
		list[n++] = number;
		at = *end ? end + 1 : end;
	}
	unsetenv(name);
	return n;
}

static int write_list(const char *name, const int *list, int n)
{
	char text[TEXT] = "";
	int i, len = 0;

	for (i = 0; i < n; i++)
		len += snprintf(text + len, sizeof(text) - len, "%s%d", i ? "," : "", list[i]);
	return setenv(name, text, 1) ? -errno : 0;
}

static bool is_listener(int fd)
{
	int listens = 0;
	socklen_t len = sizeof(listens);

	return !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) && listens;
}

void inherit_read(struct inherited *from)
{
	int i, n = read_list(FILES, from->fd, INHERIT_MAX);

	from->fds = 0;
	/* Whoever else set the variable has not our sockets. */
	for (i = 0; i < n; i++) {
		if (is_listener(from->fd[i]))
			from->fd[from->fds++] = from->fd[i];
	}
	from->olds = read_list(WORKERS, from->old, WORKERS_MAX);
	inherit_keep(from, false);
}

int inherit_write(const struct inherited *to)
{
	int err = write_list(FILES, to->fd, to->fds);

	return err ? err : write_list(WORKERS, to->old, to->olds);
}

void inherit_keep(const struct inherited *set, bool keep)
{
	int i;

	for (i = 0; i < set->fds; i++)
		fcntl(set->fd[i], F_SETFD, keep ? 0 : FD_CLOEXEC);
}

static int take_inherited(struct inherited *from, int i)
{
	int fd = from->fd[i];

	from->fd[i] = -1;
	return fd;
}

int inherit_listener(struct inherited *from, const struct endpoint *at, bool v6)
{
	struct endpoint here;
	int i;

	for (i = 0; i < from->fds; i++) {
		if (from->fd[i] >= 0 && !net_name(from->fd[i], &here) && here.port == at->port &&
		    IN6_ARE_ADDR_EQUAL(&here.addr, &at->addr) && net_is_v6(from->fd[i]) == v6)
			return take_inherited(from, i);
	}
	return -1;
}

int inherit_control(struct inherited *from, const char *path)
{
	struct sockaddr_un sa;
	socklen_t len;
	int i;

	for (i = 0; i < from->fds; i++) {
		len = sizeof(sa);
		memset(&sa, 0, sizeof(sa));
		if (from->fd[i] >= 0 &&
		    !getsockname(from->fd[i], (struct sockaddr *)&sa, &len) &&
		    sa.sun_family == AF_UNIX && !strncmp(sa.sun_path, path, sizeof(sa.sun_path)))
			return take_inherited(from, i);
	}
	return -1;
}

void inherit_close(struct inherited *from)
{
	int i;

	for (i = 0; i < from->fds; i++) {
		if (from->fd[i] >= 0)
			close(from->fd[i]);
	}
	from->fds = 0;
}
