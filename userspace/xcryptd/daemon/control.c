// SPDX-License-Identifier: GPL-2.0
#include "control.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>

#include "daemon.h"

#define CLIENTS_MAX	16
#define COMMAND_MAX	64
#define PATIENCE	10000	/* milliseconds for a client to take its answer */

struct client {
	struct xc_source source;
	struct xc_timer limit;
	struct xc_control *control;
	char command[COMMAND_MAX];
	size_t command_len;
	char *answer;
	size_t len;
	size_t at;
};

/* --- commands --- */

static void status(FILE *to, struct xc_daemon *d)
{
	char suites[XC_SUITE_LIST_TEXT];

	xc_suite_list_format(suites, &d->config->suites);
	fprintf(to, "pid %d\n", getpid());
	fprintf(to, "uptime %" PRIu64 "\n", (xc_loop_now() - d->started) / 1000);
	fprintf(to, "configuration %s\n", d->path);
	fprintf(to, "suites %s\n", suites);
	fprintf(to, "exchanges %u of %u\n", d->sessions.count, d->config->exchanges);
	fprintf(to, "kernel %s\n", xc_upcall_serving(&d->upcall) ? "serving" :
		"the module is not loaded: modprobe xcrypt");
}

static void stats(FILE *to, struct xc_daemon *d)
{
	xc_stats_print(to, &d->stats, d->env.ring);
	fprintf(to, "uptime_seconds %" PRIu64 "\n", (xc_loop_now() - d->started) / 1000);
}

static void print_site(FILE *to, const struct in6_addr *site)
{
	char text[INET6_ADDRSTRLEN];

	if (IN6_IS_ADDR_V4MAPPED(site))
		fprintf(to, "%s", inet_ntop(AF_INET, &site->s6_addr[12], text, sizeof(text)));
	else
		fprintf(to, "%s/64", inet_ntop(AF_INET6, site, text, sizeof(text)));
}

/* "2.0 192.0.2.7 0123456789abcdef": the beginning of the peer's public value. */
static void print_cache(FILE *to, const struct xc_kex *kex, const struct xc_cache *cache)
{
	struct xc_cache_entry entry;
	unsigned int i;
	int k;

	for (i = 0; i < xc_cache_places(cache); i++) {
		if (!xc_cache_at(cache, i, &entry))
			continue;
		fprintf(to, "%s ", kex->version);
		print_site(to, &entry.site);
		fputc(' ', to);
		for (k = 0; k < 8; k++)
			fprintf(to, "%02x", entry.peer[k]);
		fputc('\n', to);
	}
}

static void cache_list(FILE *to, struct xc_daemon *d)
{
	const struct xc_kex *kex;
	const struct xc_keypair *pair;
	const struct xc_cache *cache;
	int i;

	for (i = 0; xc_keyring_at(d->env.ring, i, &kex, &pair, &cache); i++) {
		if (cache)
			print_cache(to, kex, cache);
	}
}

static int cache_flush(struct xc_daemon *d)
{
	xc_log(&d->log, LOG_NOTICE, "control command=\"cache flush\"");
	return xc_keyring_flush(d->env.ring);
}

static int keys_rotate(struct xc_daemon *d)
{
	xc_log(&d->log, LOG_NOTICE, "control command=\"keys rotate\"");
	return xc_keyring_rotate(d->env.ring);
}

static void recent(FILE *to, struct xc_daemon *d)
{
	xc_recent_print(to, &d->recent, xc_loop_now());
}

/* What is done, 0 or -errno, and what is told; either may be missing. */
static const struct {
	const char *name;
	int (*act)(struct xc_daemon *d);
	void (*tell)(FILE *to, struct xc_daemon *d);
} commands[] = {
	{ "status", NULL, status },
	{ "stats", NULL, stats },
	{ "cache list", NULL, cache_list },
	{ "cache flush", cache_flush, NULL },
	{ "keys rotate", keys_rotate, NULL },
	{ "recent", NULL, recent },
};

static void run(FILE *to, struct xc_daemon *d, const char *command)
{
	size_t i;
	int err;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(command, commands[i].name))
			continue;
		err = commands[i].act ? commands[i].act(d) : 0;
		if (err) {
			fprintf(to, "error done in memory but not on disk, see the log: %s\n",
				strerror(-err));
			return;
		}
		fprintf(to, "ok\n");
		if (commands[i].tell)
			commands[i].tell(to, d);
		return;
	}
	fprintf(to, "error unknown command; xcryptctl and xcryptd must be of the same release\n");
}

/* --- clients --- */

static void drop(struct client *c)
{
	struct xc_loop *loop = &c->control->d->loop;

	xc_timer_clear(loop, &c->limit);
	xc_loop_wait(loop, &c->source, 0);
	close(c->source.fd);
	c->control->clients--;
	free(c->answer);
	free(c);
}

static int answer(struct client *c)
{
	FILE *to = open_memstream(&c->answer, &c->len);

	if (!to)
		return -ENOMEM;
	run(to, c->control->d, c->command);
	return fclose(to) ? -ENOMEM : 0;
}

/* More to do, or nothing any more? */
static bool give(struct client *c)
{
	ssize_t n = send(c->source.fd, c->answer + c->at, c->len - c->at,
			 MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN;
	c->at += n;
	return c->at < c->len;
}

static bool take(struct client *c)
{
	size_t room = sizeof(c->command) - c->command_len;
	ssize_t n = recv(c->source.fd, c->command + c->command_len, room, MSG_DONTWAIT);
	char *lf;

	if (n < 0)
		return errno == EAGAIN;
	c->command_len += n;
	lf = memchr(c->command, '\n', c->command_len);
	if (!lf)
		return n && c->command_len < sizeof(c->command);
	*lf = '\0';
	if (answer(c))
		return false;
	return !xc_loop_wait(&c->control->d->loop, &c->source, EPOLLOUT);
}

static void client_ready(struct xc_source *source, uint32_t events)
{
	struct client *c = (struct client *)source;

	(void)events;
	if (!(c->answer ? give(c) : take(c)))
		drop(c);
}

static void client_slow(struct xc_timer *timer)
{
	drop((void *)((char *)timer - offsetof(struct client, limit)));
}

static struct client *client_new(struct xc_control *control, int fd)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->source.fd = fd;
	c->source.ready = client_ready;
	c->limit.expired = client_slow;
	c->control = control;
	return c;
}

static void admit(struct xc_control *control, int fd)
{
	struct xc_loop *loop = &control->d->loop;
	struct client *c = control->clients < CLIENTS_MAX ? client_new(control, fd) : NULL;

	if (!c) {
		close(fd);
		return;
	}
	control->clients++;
	if (xc_timer_set(loop, &c->limit, PATIENCE) || xc_loop_wait(loop, &c->source, EPOLLIN))
		drop(c);
}

static void listener_ready(struct xc_source *source, uint32_t events)
{
	int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC);

	(void)events;
	if (fd >= 0)
		admit((struct xc_control *)source, fd);
}

/* --- the socket --- */

/* What a daemon that was killed has left is in the way; one that lives is not touched. */
static int make_way(const struct sockaddr_un *sa)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	err = connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) ? errno : EADDRINUSE;
	close(fd);
	if (err == ENOENT)
		return 0;
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
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mode_t mask = umask(0177);
	int err = 0;

	if (fd < 0 || bind(fd, (const struct sockaddr *)sa, sizeof(*sa)) ||
	    listen(fd, CLIENTS_MAX))
		err = -errno;
	umask(mask);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

int xc_control_open(struct xc_control *control, struct xc_daemon *d, const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = -ENAMETOOLONG;

	control->d = d;
	if (strlen(path) < sizeof(sa.sun_path)) {
		strcpy(sa.sun_path, path);
		make_directory(path);
		fd = make_way(&sa);
		if (!fd)
			fd = listen_at(&sa);
	}
	if (fd < 0) {
		xc_log(&d->log, LOG_ERR, "control event=no-socket path=%s error=\"%s\" hint=\"%s\"",
		       path, strerror(-fd), fd == -EADDRINUSE ?
		       "name another with -s, or end the xcryptd that has it" :
		       "start xcryptd as root or by its systemd unit, or name another with -s");
		return fd;
	}
	strcpy(control->path, path);
	control->source.fd = fd;
	control->source.ready = listener_ready;
	return xc_loop_wait(&d->loop, &control->source, EPOLLIN);
}

void xc_control_close(struct xc_control *control)
{
	close(control->source.fd);
	unlink(control->path);
}
