// SPDX-License-Identifier: GPL-2.0
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define USER_MAX	4	/* places of one user who is not root */
#define OTHERS_MAX	12	/* of all of them; the rest is root's */
#define IDLE		10000	/* milliseconds without progress */
#define ANSWER_TIME	60000	/* milliseconds for the whole answer */
#define BACKLOG		64
#define PAUSE		1000	/* milliseconds until the next try, where nothing can be accepted */

/**
 * struct client - one who asks
 * @source:	its socket
 * @limit:	when it is dropped
 * @control:	whose it is
 * @uid:	who it is
 * @since:	xc_loop_now() when it came
 * @request:	what has come of its line
 * @asked:	the line is complete, the answer is under way
 * @state:	where the answer stands
 * @more:	the part in @part is not the last
 * @part:	what is to be sent, NULL if nothing
 */
struct client {
	struct xc_source source;
	struct xc_timer limit;
	struct xc_control *control;
	uid_t uid;
	uint64_t since;
	char request[XC_REQUEST_MAX];
	size_t request_len;
	bool asked;
	uint64_t state[XC_ANSWER_STATE / sizeof(uint64_t)];
	bool more;
	char *part;
	size_t len;
	size_t at;
};

static void client_drop(struct client *c)
{
	struct xc_control *control = c->control;
	struct xc_loop *loop = control->loop;
	int i;

	for (i = 0; control->client[i] != c; i++)
		;
	control->client[i] = NULL;
	xc_timer_clear(loop, &c->limit);
	xc_loop_wait(loop, &c->source, 0);
	close(c->source.fd);
	free(c->part);
	free(c);
}

/* --- an answer --- */

/* The next part, and the first line before it. 0 or -ENOMEM. */
static int client_fill(struct client *c)
{
	const struct xc_control *control = c->control;
	FILE *to;

	free(c->part);
	c->part = NULL;
	c->at = 0;
	to = open_memstream(&c->part, &c->len);
	if (!to)
		return -ENOMEM;
	if (!c->asked)
		control->ops->begin(to, control->ctx, c->state, c->request, c->uid);
	c->asked = true;
	c->more = control->ops->more(to, control->ctx, c->state);
	return fclose(to) ? -ENOMEM : 0;
}

/* Whoever takes its answer slowly is dropped, and whoever takes it for too long. */
static int client_patience(struct client *c)
{
	uint64_t age = xc_loop_now() - c->since;
	uint64_t left = age < ANSWER_TIME ? ANSWER_TIME - age : 0;

	return xc_timer_set(c->control->loop, &c->limit, left < IDLE ? left : IDLE);
}

/* One part in one turn of the loop, so that exchanges are served in between. */
static bool client_give(struct client *c)
{
	ssize_t n;

	if (c->at == c->len && client_fill(c))
		return false;
	n = send(c->source.fd, c->part + c->at, c->len - c->at, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN;
	c->at += n;
	if (c->at == c->len && !c->more)
		return false;
	return !client_patience(c);
}

static bool client_take(struct client *c)
{
	size_t room = sizeof(c->request) - c->request_len;
	ssize_t n = recv(c->source.fd, c->request + c->request_len, room, MSG_DONTWAIT);
	char *lf;

	if (n < 0)
		return errno == EAGAIN;
	c->request_len += n;
	lf = memchr(c->request, '\n', c->request_len);
	if (!lf)
		return n && c->request_len < sizeof(c->request);
	*lf = '\0';
	if (client_fill(c))
		return false;
	return !xc_loop_wait(c->control->loop, &c->source, EPOLLOUT);
}

static void client_ready(struct xc_source *source, uint32_t events)
{
	struct client *c = (struct client *)source;

	(void)events;
	if (!(c->asked ? client_give(c) : client_take(c)))
		client_drop(c);
}

static void client_slow(struct xc_timer *timer)
{
	client_drop((void *)((char *)timer - offsetof(struct client, limit)));
}

/* --- who is let in --- */

static bool is_root(uid_t uid)
{
	return !uid || uid == geteuid();
}

/* Have this user, or those who are not root together, what they may? */
static bool over_share(const struct xc_control *control, uid_t uid)
{
	int own = 0, others = 0, i;

	if (is_root(uid))
		return false;
	for (i = 0; i < XC_CONTROL_CLIENTS; i++) {
		const struct client *c = control->client[i];

		own += c && c->uid == uid;
		others += c && !is_root(c->uid);
	}
	return own >= USER_MAX || others >= OTHERS_MAX;
}

/*
 * A place: a free one; else that of the one who has said nothing for longest. Root takes
 * anybody's, others their own. NULL: all are at work.
 */
static struct client **place_for(struct xc_control *control, uid_t uid)
{
	struct client **idle = NULL;
	bool over = over_share(control, uid);
	int i;

	for (i = 0; i < XC_CONTROL_CLIENTS; i++) {
		struct client **at = &control->client[i];

		if (!*at && !over)
			return at;
		if (!*at || (*at)->asked || (!is_root(uid) && (*at)->uid != uid))
			continue;
		if (!idle || (*at)->since < (*idle)->since)
			idle = at;
	}
	if (idle)
		client_drop(*idle);
	return idle;
}

static void say_busy(int fd)
{
	static const char busy[] = "error busy too many clients at once\n" XC_ANSWER_END;

	send(fd, busy, sizeof(busy) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

static struct client *client_new(struct xc_control *control, int fd, uid_t uid)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->source.fd = fd;
	c->source.ready = client_ready;
	c->limit.expired = client_slow;
	c->control = control;
	c->uid = uid;
	c->since = xc_loop_now();
	return c;
}

static void admit(struct xc_control *control, int fd)
{
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(peer);
	struct client **place, *c;

	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
	place = place_for(control, peer.uid);
	c = place ? client_new(control, fd, peer.uid) : NULL;
	if (!c) {
		say_busy(fd);
		return;
	}
	*place = c;
	if (xc_timer_set(control->loop, &c->limit, IDLE) ||
	    xc_loop_wait(control->loop, &c->source, EPOLLIN))
		client_drop(c);
}

/*
 * Without a descriptor left the one kept for this serves to say so; if that does not help, look
 * again later, since the listener stays ready.
 */
static void accept_failed(struct xc_control *control)
{
	int listener = control->source.fd, fd;

	close(control->spare);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0)
		say_busy(fd);
	control->spare = fcntl(listener, F_DUPFD_CLOEXEC, 0);
	if (fd < 0 && !xc_timer_set(control->loop, &control->pause, PAUSE))
		xc_loop_wait(control->loop, &control->source, 0);
}

static void listener_ready(struct xc_source *source, uint32_t events)
{
	struct xc_control *control = (struct xc_control *)source;
	int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd >= 0)
		admit(control, fd);
	else if (errno != EAGAIN && errno != EINTR)
		accept_failed(control);
}

static void listener_again(struct xc_timer *timer)
{
	struct xc_control *control = (void *)((char *)timer - offsetof(struct xc_control, pause));

	xc_loop_wait(control->loop, &control->source, EPOLLIN);
}

/* --- the socket --- */

/* What a daemon that was killed has left is in the way; one that lives is not touched. */
static int make_way(const struct sockaddr_un *sa)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;
	int err;

	if (fd < 0)
		return -errno;
	err = connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) ? errno : EADDRINUSE;
	close(fd);
	if (err == ENOENT)
		return 0;
	/* Anything that is no socket refuses connections, too. */
	if (err == ECONNREFUSED && (lstat(sa->sun_path, &st) || !S_ISSOCK(st.st_mode)))
		return -ENOTSOCK;
	if (err == ECONNREFUSED)
		return unlink(sa->sun_path) ? -errno : 0;
	return -err;
}

/* /run is empty after every boot. Elsewhere the directory is somebody else's to make. */
static void make_directory(const char *path)
{
	char dir[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char *slash;

	strcpy(dir, path);
	slash = strrchr(dir, '/');
	if (!slash || strncmp(dir, "/run/", 5) || slash == dir + 4)
		return;
	*slash = '\0';
	mkdir(dir, 0700);
}

static int listen_at(const struct sockaddr_un *sa)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask = umask(0177);
	int err = 0;

	if (fd < 0 || bind(fd, (const struct sockaddr *)sa, sizeof(*sa)) ||
	    listen(fd, BACKLOG))
		err = -errno;
	umask(mask);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

static const char *socket_advice(int err)
{
	if (err == -EADDRINUSE)
		return "name another with -s, or end the process that has it";
	if (err == -ENOTSOCK)
		return "what has this name is no socket and is left alone; name another with -s, and the configuration with -c";
	return "start it as root or by its systemd unit, or name another with -s";
}

int xc_control_listen(const struct xc_log *log, const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = -ENAMETOOLONG;

	if (strlen(path) < sizeof(sa.sun_path)) {
		strcpy(sa.sun_path, path);
		make_directory(path);
		fd = make_way(&sa);
		if (!fd)
			fd = listen_at(&sa);
	}
	if (fd < 0)
		xc_log(log, LOG_ERR, "control event=no-socket path=%s error=\"%s\" hint=\"%s\"",
		       path, strerror(-fd), socket_advice(fd));
	return fd;
}

int xc_control_open(struct xc_control *control, int fd)
{
	control->source.fd = fd;
	control->source.ready = listener_ready;
	control->pause.expired = listener_again;
	control->spare = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return xc_loop_wait(control->loop, &control->source, EPOLLIN);
}

void xc_control_close(struct xc_control *control)
{
	int i;

	for (i = 0; i < XC_CONTROL_CLIENTS; i++) {
		if (control->client[i])
			client_drop(control->client[i]);
	}
	xc_timer_clear(control->loop, &control->pause);
	xc_loop_wait(control->loop, &control->source, 0);
	close(control->spare);
	close(control->source.fd);
}
