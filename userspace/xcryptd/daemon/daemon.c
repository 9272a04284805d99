// SPDX-License-Identifier: GPL-2.0
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "harden.h"
#include "secret.h"

#define UPKEEP	30000	/* milliseconds between two looks at key pairs and disk */

static void log_message(void *ctx, const char *message)
{
	const struct xc_daemon *d = ctx;

	xc_log(&d->log, LOG_ERR, "%s", message);
}

static void set_log(struct xc_daemon *d)
{
	d->log = d->config->log;
	if (d->foreground)
		d->log.to = XC_LOG_STDERR;
}

static uint32_t limit(const struct xc_daemon *d)
{
	return d->config->time_limit * 1000;
}

/* --- key pairs --- */

static void upkeep(struct xc_timer *timer)
{
	struct xc_daemon *d = (void *)((char *)timer - offsetof(struct xc_daemon, upkeep));

	xc_keyring_expire(d->env.ring, time(NULL));
	xc_keyring_sync(d->env.ring);
	xc_timer_set(&d->loop, timer, UPKEEP);
}

static int new_ring(struct xc_daemon *d)
{
	d->env.ring = xc_keyring_new(&d->config->ring, &d->config->suites, &d->log, time(NULL));
	return d->env.ring ? 0 : -ENOMEM;
}

static bool same_suites(const struct xc_suite_list *a, const struct xc_suite_list *b)
{
	return a->n == b->n && !memcmp(a->suite, b->suite, a->n * sizeof(a->suite[0]));
}

static bool same_ring(const struct xc_config *a, const struct xc_config *b)
{
	return a->ring.lifetime == b->ring.lifetime && a->ring.mode == b->ring.mode &&
	       a->ring.size == b->ring.size && a->ring.share == b->ring.share &&
	       !strcmp(a->dir, b->dir) && same_suites(&a->suites, &b->suites);
}

/* What of the old ring's files the new one will take over. */
static const struct xc_suite_list *inherited(const struct xc_config *old,
					     const struct xc_config *fresh)
{
	static const struct xc_suite_list nothing;

	if (old->ring.mode != XC_CACHE_DISK || fresh->ring.mode != XC_CACHE_DISK ||
	    strcmp(old->dir, fresh->dir))
		return &nothing;
	return &fresh->suites;
}

/*
 * The old ring's files are locked until it is gone. No secret stays in one that nobody is going
 * to look at any more.
 */
static void replace_ring(struct xc_daemon *d, const struct xc_config *old)
{
	xc_keyring_drop(d->env.ring, inherited(old, d->config));
	xc_keyring_sync(d->env.ring);
	xc_stats_retire(&d->stats, d->env.ring);
	xc_keyring_free(d->env.ring);
	if (!new_ring(d))
		return;
	xc_log(&d->log, LOG_ERR, "reload event=out-of-memory hint=\"start xcryptd anew\"");
	exit(EX_OSERR);
}

/* --- reload --- */

static void put_in_force(struct xc_daemon *d, struct xc_config *fresh)
{
	struct xc_config *old = d->config;
	bool keep = same_ring(old, fresh);
	char suites[XC_SUITE_LIST_TEXT];

	d->config = fresh;
	d->env.accept = &fresh->suites;
	set_log(d);
	if (!keep)
		replace_ring(d, old);
	xc_config_free(old);
	xc_suite_list_format(suites, &fresh->suites);
	xc_upcall_serve(&d->upcall, suites, limit(d));
	d->stats.reloads++;
	xc_log(&d->log, LOG_NOTICE, "reload event=done suites=\"%s\" key-pairs=%s", suites,
	       keep ? "kept" : "new");
}

static void reload(struct xc_daemon *d)
{
	struct xc_config *fresh = xc_config_load(d->path, log_message, d);

	if (fresh)
		put_in_force(d, fresh);
	else
		xc_log(&d->log, LOG_ERR, "reload event=refused hint=\"the old configuration stays in force; check the new one with xcryptd -t\"");
}

static void signalled(struct xc_source *source, uint32_t events)
{
	struct xc_daemon *d = (void *)((char *)source - offsetof(struct xc_daemon, signals));
	struct signalfd_siginfo info;

	(void)events;
	if (read(source->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP)
		reload(d);
	else
		d->loop.stop = true;
}

static int open_signals(struct xc_daemon *d)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	d->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	d->signals.ready = signalled;
	if (d->signals.fd < 0)
		return -errno;
	return xc_loop_wait(&d->loop, &d->signals, EPOLLIN);
}

/* --- start and end --- */

/* As it would end if it were started now: whoever started it is to know. */
static void refused(void *ctx)
{
	struct xc_daemon *d = ctx;

	d->status = EX_UNAVAILABLE;
	d->loop.stop = true;
}

static int serve(struct xc_daemon *d)
{
	const struct xc_upcall_user user = {
		.ctx = d,
		.request = xc_session_request,
		.cancel = xc_session_cancel,
		.refused = refused,
	};
	char suites[XC_SUITE_LIST_TEXT];

	xc_suite_list_format(suites, &d->config->suites);
	return xc_upcall_open(&d->upcall, &d->loop, &d->log, &user, suites, limit(d));
}

/*
 * Go on in a child. The parent stays until the child serves or has failed, so that whoever
 * started us is told. Return: where the child is to write its status.
 */
static int background(void)
{
	unsigned char status = EX_SOFTWARE;
	int end[2];
	pid_t pid;

	if (pipe2(end, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		close(end[0]);
		setsid();
		return end[1];
	}
	close(end[1]);
	if (read(end[0], &status, 1) != 1)
		status = EX_SOFTWARE;
	_exit(status);
}

/* Tell the parent, and let go of its terminal. */
static void detach(int parent, unsigned char status)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd;

	if (write(parent, &status, 1) != 1 || null < 0)
		return;
	for (fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close(null);
	close(parent);
}

/* All that needs more than the loop's privileges, and then the loop. */
static int prepare(struct xc_daemon *d, const struct xc_daemon_options *options)
{
	xc_harden_limits(&d->log, d->config->exchanges);
	if (xc_loop_open(&d->loop) || open_signals(d))
		return EX_OSERR;
	if (xc_control_open(&d->control, d, options->socket))
		return EX_CANTCREAT;
	if (xc_harden_privileges(&d->log, options->user))
		return EX_NOPERM;
	/* First the pairs, so that whoever asks at once is served. */
	if (new_ring(d))
		return EX_OSERR;
	d->upkeep.expired = upkeep;
	if (xc_timer_set(&d->loop, &d->upkeep, UPKEEP))
		return EX_OSERR;
	if (serve(d))
		return EX_UNAVAILABLE;
	return EX_OK;
}

static void end(struct xc_daemon *d)
{
	/* The kernel ends what is under way when its socket is closed: both ends are told. */
	xc_session_drop_all(d);
	xc_upcall_close(&d->upcall);
	if (d->env.ring) {
		xc_keyring_sync(d->env.ring);
		xc_keyring_free(d->env.ring);
	}
	if (d->control.source.fd > 0)
		xc_control_close(&d->control);
	xc_loop_close(&d->loop);
	xc_config_free(d->config);
}

static int work(struct xc_daemon *d)
{
	int err;

	if (xc_harden_calls(&d->log))
		return EX_OSERR;
	d->started = xc_loop_now();
	xc_log(&d->log, LOG_NOTICE, "start event=serving pid=%d", getpid());
	err = xc_loop_run(&d->loop);
	xc_log(&d->log, err ? LOG_ERR : LOG_NOTICE, "end exchanges=%u%s%s", d->sessions.count,
	       err ? " error=" : "", err ? strerror(-err) : "");
	return err ? EX_OSERR : d->status;
}

/* Until it serves the log is stderr: somebody waits for it there. */
static int start(struct xc_daemon *d, const struct xc_daemon_options *options)
{
	int parent = options->foreground ? -1 : background();
	int status;

	if (parent < 0 && !options->foreground)
		return EX_OSERR;
	signal(SIGPIPE, SIG_IGN);
	d->log.level = d->config->log.level;
	status = prepare(d, options);
	if (!options->foreground)
		detach(parent, status);
	set_log(d);
	return status;
}

int xc_daemon_run(const struct xc_daemon_options *options)
{
	struct xc_daemon *d = calloc(1, sizeof(*d));
	int status = EX_CONFIG;

	if (!d)
		return EX_OSERR;
	d->path = options->path;
	d->foreground = options->foreground;
	d->log = (struct xc_log){ .to = XC_LOG_STDERR, .level = LOG_INFO };
	d->config = xc_config_load(d->path, log_message, d);
	if (!d->config)
		goto out;
	d->env.accept = &d->config->suites;
	d->env.random = xc_secret_random;
	openlog("xcryptd", LOG_PID | LOG_NDELAY, LOG_MAIL);
	status = start(d, options);
	if (status == EX_OK)
		status = work(d);
	end(d);
out:
	free(d);
	return status;
}
