// SPDX-License-Identifier: GPL-2.0
#include "gateway.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "answer.h"
#include "common/addr.h"
#include "confine.h"
#include "dialogue.h"
#include "net.h"
#include "session.h"
#include "spawn.h"

#define ACCEPTS		32	/* connections, then it is a session's turn */
#define RESPITE		500	/* milliseconds without accepting when descriptors are short */
#define LAST_WORDS	1000	/* milliseconds for what was logged last */

struct listener {
	struct xc_source source;
	struct gateway *gw;
	const struct gw_listen *listen;
	struct xc_timer respite;
	struct listener *next;
};

static struct xc_source signals = { .fd = -1 };
static struct gateway *the_gateway;

/* --- limits --- */

static bool is_full(const struct gateway *gw, const struct gw_listen *listen, int fd)
{
	struct endpoint here, there;

	if (gw->count >= gw->conf->sessions)
		return true;
	/* The MTA has limits of its own for what it sends. */
	return listen->direction == GW_IN && !net_ends(fd, &here, &there) &&
	       sites_count(&gw->sites, &there.addr) >= gw->conf->share;
}

static void turn_away(struct gateway *gw, const struct gw_listen *listen, int fd)
{
	static const char busy[] = "421 4.7.0 too many connections, try later\r\n";
	struct endpoint here, there;
	char peer[XC_ADDR_TEXT] = "-";

	if (!net_ends(fd, &here, &there))
		xc_addr_format(peer, &there.addr, there.port);
	xc_log(&gw->conf->log, LOG_NOTICE, "refused dir=%s peer=%s reason=\"too many sessions\"",
	       listen->direction == GW_IN ? "in" : "out", peer);
	gw->turned_away++;
	send(fd, busy, sizeof(busy) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

/* --- listeners --- */

static void healthy(const struct gateway *gw, int fd)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "ok sessions=%u draining=%d\n", gw->count,
			 gw->draining);

	send(fd, line, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

static void rested(struct xc_timer *timer)
{
	struct listener *l = (void *)((char *)timer - offsetof(struct listener, respite));

	xc_loop_wait(&l->gw->loop, &l->source, EPOLLIN);
}

/* Else the loop would turn for nothing as long as it lasts. */
static void rest(struct listener *l, int err)
{
	if (err == EAGAIN || err == EINTR || err == ECONNABORTED)
		return;
	xc_log(&l->gw->conf->log, LOG_ERR,
	       "accept: %s; connections wait: raise LimitNOFILE, or lower \"sessions\"",
	       strerror(err));
	if (!xc_timer_set(&l->gw->loop, &l->respite, RESPITE))
		xc_loop_wait(&l->gw->loop, &l->source, 0);
}

static void incoming(struct xc_source *source, uint32_t events)
{
	struct listener *l = (struct listener *)source;
	int i, fd;

	(void)events;
	for (i = 0; i < ACCEPTS; i++) {
		fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			rest(l, errno);
			return;
		}
		if (l->listen->direction == GW_HEALTH)
			healthy(l->gw, fd);
		else if (is_full(l->gw, l->listen, fd))
			turn_away(l->gw, l->listen, fd);
		else
			session_begin(l->gw, l->listen, fd);
	}
}

static int listener_open(struct gateway *gw, const struct gw_listen *listen, int fd)
{
	struct listener *l = calloc(1, sizeof(*l));
	char at[XC_ADDR_TEXT];

	if (!l)
		return -ENOMEM;
	l->gw = gw;
	l->listen = listen;
	l->respite.expired = rested;
	l->source = (struct xc_source){ .fd = fd, .ready = incoming };
	l->next = gw->listeners;
	gw->listeners = l;
	xc_addr_format(at, &listen->at.addr, listen->at.port);
	xc_log(&gw->conf->log, LOG_INFO, "listening at %s", at);
	return xc_loop_wait(&gw->loop, &l->source, EPOLLIN);
}

static void listeners_close(struct gateway *gw)
{
	struct listener *l;

	while ((l = gw->listeners)) {
		gw->listeners = l->next;
		xc_timer_clear(&gw->loop, &l->respite);
		xc_loop_wait(&gw->loop, &l->source, 0);
		close(l->source.fd);
		free(l);
	}
}

/* --- the end --- */

static void drain(struct gateway *gw)
{
	xc_log(&gw->conf->log, LOG_INFO, "ending: %u sessions go on to their end", gw->count);
	gw->draining = true;
	gw->loop.stop = !gw->count;
	listeners_close(gw);
	/* The next process answers there. */
	xc_control_close(&gw->control);
}

static void told(struct xc_source *source, uint32_t events)
{
	struct signalfd_siginfo info;

	(void)events;
	if (read(source->fd, &info, sizeof(info)) != sizeof(info))
		return;
	/* The first one lets sessions end, the second one does not wait for them. */
	if (the_gateway->draining)
		the_gateway->loop.stop = true;
	else
		drain(the_gateway);
}

static int signals_open(struct gateway *gw)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	signals.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	signals.ready = told;
	the_gateway = gw;
	return signals.fd < 0 ? -errno : xc_loop_wait(&gw->loop, &signals, EPOLLIN);
}

static void sessions_abort(struct gateway *gw)
{
	struct session *s;

	for (s = gw->sessions; s; s = s->next)
		session_abort(s, "the gateway ended");
}

/* --- the beginning --- */

static int open_all(struct gateway *gw, const struct gw_start *start)
{
	unsigned int i;
	int err = xc_loop_open(&gw->loop);

	if (!err)
		err = signals_open(gw);
	for (i = 0; i < gw->conf->listens && !err; i++)
		err = listener_open(gw, &gw->conf->listen[i], start->listener[i]);
	if (!err)
		err = answer_open(gw, start->control);
	return err;
}

/* Without the master nobody would let a new process have the listeners. */
static int follow_master(pid_t master)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	return getppid() == master ? 0 : -ESRCH;
}

/* Privileges go before anything is read; the writer's thread is restricted as well. */
static int give_up(const struct gw_start *start, pid_t master)
{
	struct gw_conf *conf = start->conf;
	int err = confine(&conf->log, start->user, conf->sessions);

	if (!err)
		err = follow_master(master);
	if (err)
		return err;
	conf->log.writer = xc_logwriter_start(XC_LOG_SYSLOG_PATH);
	return conf->log.writer ? confine_calls(&conf->log) : -ENOMEM;
}

static void gateway_serve(struct gateway *gw, const struct gw_start *start)
{
	xc_log(&gw->conf->log, LOG_INFO, "serving pid=%d", getpid());
	if (write(start->ready, "", 1) == 1)
		close(start->ready);
	xc_loop_run(&gw->loop);
	sessions_abort(gw);
}

int gw_run(const struct gw_start *start)
{
	struct gateway *gw = calloc(1, sizeof(*gw));
	pid_t master = getppid();
	int status = EX_OSERR;

	if (!gw)
		return status;
	gw->conf = start->conf;
	gw->started = xc_loop_now();
	spawn_use(start->conf, start->spawner);
	if (!open_all(gw, start) && !give_up(start, master)) {
		gateway_serve(gw, start);
		status = EX_OK;
	}
	/* The rest is the kernel's to clear away. */
	if (start->conf->log.writer)
		xc_logwriter_stop(start->conf->log.writer, LAST_WORDS);
	return status;
}
