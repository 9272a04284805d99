// SPDX-License-Identifier: GPL-2.0
#include "notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* A manager that does not read keeps nobody: it ends us if it misses us. */
static void say(const struct xc_notify *notify, const char *what)
{
	if (notify->fd >= 0)
		send(notify->fd, what, strlen(what), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void sign_of_life(struct xc_timer *timer)
{
	struct xc_notify *notify = (void *)((char *)timer - offsetof(struct xc_notify, timer));

	say(notify, "WATCHDOG=1");
	xc_timer_set(notify->loop, timer, notify->every);
}

static int connect_to(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd;

	if (len < 2 || len >= sizeof(sa.sun_path) || (path[0] != '/' && path[0] != '@'))
		return -1;
	memcpy(sa.sun_path, path, len);
	/* An abstract name, which has no NUL at its end. */
	if (path[0] == '@')
		sa.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, offsetof(struct sockaddr_un, sun_path) +
			       len)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Half of the time after which we are missed; 0: it is not for us. */
static uint64_t interval(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (!usec || (pid && strtoll(pid, NULL, 10) != getpid()))
		return 0;
	return strtoull(usec, NULL, 10) / 2000;
}

void xc_notify_open(struct xc_notify *notify, struct xc_loop *loop)
{
	const char *path = getenv("NOTIFY_SOCKET");

	*notify = (struct xc_notify){ .fd = -1, .loop = loop, .timer.expired = sign_of_life };
	if (!path)
		return;
	notify->fd = connect_to(path);
	notify->every = interval();
}

void xc_notify_ready(struct xc_notify *notify)
{
	say(notify, "READY=1");
	if (notify->fd >= 0 && notify->every)
		sign_of_life(&notify->timer);
}

void xc_notify_reloading(struct xc_notify *notify)
{
	struct timespec now;
	char text[64];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		 (uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	say(notify, text);
}

void xc_notify_close(struct xc_notify *notify)
{
	say(notify, "STOPPING=1");
	if (notify->fd < 0)
		return;
	xc_timer_clear(notify->loop, &notify->timer);
	close(notify->fd);
	notify->fd = -1;
}
