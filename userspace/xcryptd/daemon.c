// SPDX-License-Identifier: GPL-2.0
#include "daemon.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"
#include "filter.h"
#include "session.h"
#include "start.h"
#include "service/harden.h"
#include "common/secret.h"

#define UPKEEP		30000	/* milliseconds between two looks at key pairs and disk */
#define SPARE		64	/* descriptors besides the exchanges */
#define LAST_WORDS	1000	/* milliseconds for what is logged at the end to be written */

static void log_message(void *ctx, const char *message)
{
	const struct xc_daemon *d = ctx;

	xc_log(&d->log, LOG_ERR, "%s", message);
}

static void set_log(struct xc_daemon *d)
{
	d->log = d->config->log;
	d->log.writer = d->writer;
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

	xc_keyring_expire(d->env.ring);
	xc_known_upkeep(&d->known);
	xc_saver_save(&d->saver, d->env.ring, &d->known.file, d->known.peers);
	xc_lograte_tell(&d->rate, &d->log);
	xc_timer_set(&d->loop, timer, UPKEEP);
}

static int new_ring(struct xc_daemon *d)
{
	d->env.ring = xc_keyring_new(&d->config->ring, &d->config->suites, &d->log);
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
	xc_saver_wait(&d->saver);
	xc_keyring_drop(d->env.ring, inherited(old, d->config));
	xc_keyring_sync(d->env.ring);
	xc_stats_retire(&d->stats, d->env.ring);
	xc_keyring_free(d->env.ring);
	if (!new_ring(d))
		return;
	xc_log(&d->log, LOG_ERR, "reload event=out-of-memory hint=\"start xcryptd anew\"");
	exit(EX_OSERR);
}

/* --- suites --- */

/* Whether a word is among those of a text, which are parted by single spaces. */
static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	while (text) {
		if (!strncmp(text, word, len) && (!text[len] || text[len] == ' '))
			return true;
		text = strchr(text, ' ');
		if (text)
			text++;
	}
	return false;
}

/* The configured suites, without those whose cipher this kernel's module lacks. */
static void choose_suites(struct xc_daemon *d)
{
	const struct xc_suite_list *all = &d->config->suites;
	struct xc_suite_list lacking = { 0 };
	char names[XC_SUITE_LIST_TEXT];
	int i;

	d->usable = (struct xc_suite_list){ 0 };
	for (i = 0; i < all->n; i++) {
		bool here = !d->ciphers[0] || has_word(d->ciphers, all->suite[i]->cipher);

		xc_suite_list_add(here ? &d->usable : &lacking, all->suite[i]);
	}
	d->env.accept = &d->usable;
	if (!lacking.n)
		return;
	xc_suite_list_format(names, &lacking);
	xc_log(&d->log, LOG_WARNING,
	       "suites event=left-out suites=\"%s\" ciphers=\"%s\" hint=\"this kernel's module has no such cipher; take these suites out of the configuration, or boot another kernel\"",
	       names, d->ciphers);
}

static void learn_ciphers(void *ctx, const char *names)
{
	struct xc_daemon *d = ctx;
	char suites[XC_SUITE_LIST_TEXT];

	snprintf(d->ciphers, sizeof(d->ciphers), "%s", names);
	choose_suites(d);
	xc_suite_list_format(suites, &d->usable);
	xc_upcall_serve(&d->upcall, suites, limit(d));
}

/* --- reload --- */

/* Whoever copies a file for hosts that share an identity tells us so. */
static void reload_known(struct xc_daemon *d)
{
	xc_known_forget_after(&d->known, d->config->peers.forget);
	if (!xc_known_reread(&d->known))
		return;
	d->env.identity = d->known.identity;
	xc_keyring_forget_identity(d->env.ring);
}

static void put_in_force(struct xc_daemon *d, struct xc_config *fresh)
{
	struct xc_config *old = d->config;
	bool keep = same_ring(old, fresh);
	char suites[XC_SUITE_LIST_TEXT];

	d->config = fresh;
	choose_suites(d);
	set_log(d);
	if (!keep)
		replace_ring(d, old);
	reload_known(d);
	xc_config_free(old);
	xc_suite_list_format(suites, &d->usable);
	xc_upcall_serve(&d->upcall, suites, limit(d));
	d->stats.reloads++;
	xc_log(&d->log, LOG_NOTICE, "reload event=done suites=\"%s\" key-pairs=%s", suites,
	       keep ? "kept" : "new");
}

/* Log all that is wrong, and keep the first for xcryptctl status. */
static void reload_fault(void *ctx, const char *message)
{
	struct xc_daemon *d = ctx;

	char *at;

	log_message(d, message);
	if (d->reload.why[0])
		return;
	snprintf(d->reload.why, sizeof(d->reload.why), "%s", message);
	for (at = d->reload.why; *at; at++) {
		if (iscntrl((unsigned char)*at))
			*at = '?';
	}
}

/* Landlock was told at the start where secrets may be written, and lets nobody change it. */
static bool may_write(struct xc_daemon *d, const struct xc_config *fresh)
{
	if (!d->landlocked || fresh->ring.mode != XC_CACHE_DISK ||
	    !strcmp(fresh->dir, XC_STATE_DIR) || !strcmp(fresh->dir, d->writable))
		return true;
	xc_log(&d->log, LOG_ERR, "reload event=other-directory path=%s hint=\"start xcryptd anew to let it write there; without that it may only write to %s%s%s\"",
	       fresh->dir, XC_STATE_DIR, d->writable[0] ? " and " : "", d->writable);
	snprintf(d->reload.why, sizeof(d->reload.why),
		 "another directory for secrets takes a start of xcryptd, not a reload");
	return false;
}

/* The store is read once, and written by a thread that has its file. */
static bool same_files(struct xc_daemon *d, const struct xc_config *fresh)
{
	const struct xc_peers_options *now = &d->config->peers, *then = &fresh->peers;

	if (!strcmp(now->identity, then->identity) && !strcmp(now->file, then->file) &&
	    now->size == then->size)
		return true;
	reload_fault(d, "other \"identity\", \"peers\" or \"peers-size\" take a start of xcryptd, not a reload");
	return false;
}

static struct xc_config *load(struct xc_daemon *d)
{
	struct xc_config *fresh = xc_config_load(d->path, reload_fault, d);

	if (!fresh || (may_write(d, fresh) && same_files(d, fresh)))
		return fresh;
	xc_config_free(fresh);
	return NULL;
}

static void reload(struct xc_daemon *d)
{
	struct xc_config *fresh;

	xc_notify_reloading(&d->notify);
	d->reload = (struct xc_reload){ .when = xc_loop_now() };
	fresh = load(d);
	d->reload.refused = !fresh;
	if (fresh)
		put_in_force(d, fresh);
	else
		xc_log(&d->log, LOG_ERR, "reload event=refused hint=\"the old configuration stays in force; check the new one with xcryptd -t\"");
	xc_notify_ready(&d->notify);
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
	sigaddset(&set, SIGQUIT);
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

static int daemon_serve(struct xc_daemon *d)
{
	const struct xc_upcall_user user = {
		.ctx = d,
		.ciphers = learn_ciphers,
		.request = xc_session_request,
		.cancel = xc_session_cancel,
		.refused = refused,
	};
	char suites[XC_SUITE_LIST_TEXT];

	xc_suite_list_format(suites, &d->usable);
	return xc_upcall_open(&d->upcall, &d->loop, &d->log, &user, suites, limit(d));
}

static int write_pidfile(struct xc_daemon *d)
{
	int err = d->pidfile.fd < 0 ? 0 : xc_pidfile_write(&d->pidfile);

	if (err)
		xc_log(&d->log, LOG_ERR, "start event=no-pid-file path=%s error=\"%s\" hint=\"make room on the disk, or name another with -p\"",
		       d->pidfile.path, strerror(-err));
	return err;
}

/* All up to the first request. */
static int prepare(struct xc_daemon *d, const struct xc_daemon_options *options)
{
	int status;

	xc_harden_limits(&d->log, d->config->exchanges + SPARE);
	d->locked = xc_harden_memory(&d->log);
	if (xc_loop_open(&d->loop) || open_signals(d))
		return EX_OSERR;
	xc_notify_open(&d->notify, &d->loop);
	status = xc_start_unprivileged(d, options);
	if (status)
		return status;
	if (xc_known_open(&d->known, &d->config->peers, &d->log))
		return EX_CONFIG;
	d->env.identity = d->known.identity;
	d->stats.short_paths = &d->shortpath;
	/* First the pairs, so that whoever asks at once is served. */
	if (new_ring(d))
		return EX_OSERR;
	d->upkeep.expired = upkeep;
	if (xc_timer_set(&d->loop, &d->upkeep, UPKEEP))
		return EX_OSERR;
	if (daemon_serve(d))
		return EX_UNAVAILABLE;
	if (write_pidfile(d))
		return EX_CANTCREAT;
	return xc_filter_load(&d->log) ? EX_OSERR : EX_OK;
}

static void end(struct xc_daemon *d)
{
	xc_notify_close(&d->notify);
	/* The kernel ends what is under way when its socket is closed: both ends are told. */
	xc_session_drop_all(d);
	xc_upcall_close(&d->upcall);
	xc_saver_close(&d->saver);
	if (d->env.ring) {
		xc_keyring_sync(d->env.ring);
		xc_keyring_free(d->env.ring);
	}
	xc_known_close(&d->known);
	if (d->control.source.fd > 0)
		xc_answer_close(d);
	xc_pidfile_remove(&d->pidfile);
	xc_loop_close(&d->loop);
	xc_config_free(d->config);
	xc_lograte_tell(&d->rate, &d->log);
	xc_keyhash_free(d->rate.hash);
	/* Whoever does not read the log does not keep us. */
	if (d->writer)
		xc_logwriter_stop(d->writer, LAST_WORDS);
}

static int work(struct xc_daemon *d)
{
	int err;

	d->started = xc_loop_now();
	xc_log(&d->log, LOG_NOTICE, "start event=serving pid=%d", getpid());
	if (!xc_kex_has_mlkem())
		xc_log(&d->log, LOG_INFO, "start event=no-ml-kem hint=\"suites of 3.1 and 2.1 are neither offered nor taken: they need OpenSSL 3.5\"");
	err = xc_loop_run(&d->loop);
	xc_log(&d->log, err ? LOG_ERR : LOG_NOTICE, "end exchanges=%u%s%s", d->sessions.count,
	       err ? " error=" : "", err ? strerror(-err) : "");
	return err ? EX_OSERR : d->status;
}

/* Until it serves the log is stderr: somebody waits for it there. */
static int start(struct xc_daemon *d, const struct xc_daemon_options *options)
{
	struct xc_launch launch = { .parent = -1 };
	int err = options->foreground ? 0 : xc_process_background(&launch);
	int status;

	if (err) {
		xc_log(&d->log, LOG_ERR, "start event=no-background error=\"%s\" hint=\"it needs another process and a few descriptors, or -f\"",
		       strerror(-err));
		return EX_OSERR;
	}
	d->log.level = d->config->log.level;
	status = prepare(d, options);
	xc_process_launched(&launch, status);
	set_log(d);
	if (status == EX_OK)
		xc_notify_ready(&d->notify);
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
	d->pidfile.fd = -1;
	d->notify.fd = -1;
	d->log = (struct xc_log){ .to = XC_LOG_STDERR, .level = LOG_INFO };
	d->config = xc_config_load(d->path, log_message, d);
	if (!d->config)
		goto out;
	choose_suites(d);
	d->env.random = xc_secret_random;
	d->rate.hash = xc_keyhash_new();
	status = start(d, options);
	if (status == EX_OK)
		status = work(d);
	end(d);
out:
	free(d);
	return status;
}
