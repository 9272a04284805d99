// SPDX-License-Identifier: GPL-2.0
#include "syslogsock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#define OUT_MAX	2048	/* octets with its head; longer ones are cut */

void xc_syslog_close(struct xc_syslog *log)
{
	if (log->fd >= 0)
		close(log->fd);
	log->fd = -1;
}

static int open_as(struct xc_syslog *log, int type)
{
	xc_syslog_close(log);
	log->fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	log->stream = type == SOCK_STREAM;
	return log->fd < 0 ? -errno : 0;
}

static int connect_to(const struct xc_syslog *log)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", log->path);
	return connect(log->fd, (const struct sockaddr *)&sa, sizeof(sa)) ? -errno : 0;
}

/* A datagram socket can be connected anew: no other is needed behind the daemon's filter. */
static int connect_any(struct xc_syslog *log)
{
	int err = log->fd < 0 || log->stream ? open_as(log, SOCK_DGRAM) : 0;

	if (!err)
		err = connect_to(log);
	if (err != -EPROTOTYPE)
		return err;
	err = open_as(log, SOCK_STREAM);
	return err ? err : connect_to(log);
}

void xc_syslog_init(struct xc_syslog *log, const char *path)
{
	*log = (struct xc_syslog){ .path = path, .fd = -1, .pid = getpid() };
	connect_any(log);
}

static int send_all(const struct xc_syslog *log, const char *at, size_t len)
{
	while (len) {
		ssize_t n = send(log->fd, at, len, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			at += n;
			len -= n;
		}
	}
	return 0;
}

/* The month's name in English, whatever the locale. */
static int format(char *dst, size_t size, const struct xc_syslog *log, int level, time_t when,
		  const char *text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm;
	int len;

	localtime_r(&when, &tm);
	len = snprintf(dst, size, "<%d>%.3s %2d %02d:%02d:%02d %s[%d]: %s",
		       LOG_MAIL | level, months + 3 * tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min,
		       tm.tm_sec, program_invocation_short_name, (int)log->pid, text);
	return len < (int)size ? len : (int)size - 1;
}

/* A syslog that was started anew has another socket by the same name. */
static bool gone(int err)
{
	return err == -ECONNREFUSED || err == -ECONNRESET || err == -ENOTCONN || err == -EPIPE ||
	       err == -ENOENT;
}

int xc_syslog_send(struct xc_syslog *log, int level, time_t when, const char *text)
{
	char out[OUT_MAX];
	int len = format(out, sizeof(out), log, level, when, text);
	int err = log->fd < 0 ? -ENOTCONN : send_all(log, out, len + log->stream);

	if (gone(err)) {
		err = connect_any(log);
		if (!err)
			err = send_all(log, out, len + log->stream);
	}
	return gone(err) ? -ENOTCONN : err;
}
