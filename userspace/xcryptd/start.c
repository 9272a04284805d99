// SPDX-License-Identifier: GPL-2.0
#include "start.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "answer.h"
#include "service/control.h"
#include "service/harden.h"
#include "service/landlock.h"

#define RUN	"/run/xcryptd"

static int open_pidfile(struct xc_daemon *d, const char *path)
{
	int err = path ? xc_pidfile_open(&d->pidfile, path) : 0;

	if (err)
		xc_log(&d->log, LOG_ERR, "start event=no-pid-file path=%s error=\"%s\" hint=\"%s\"",
		       path, strerror(-err), err == -EEXIST ?
		       "what has this name holds no process number and is left alone; name another with -p" :
		       "start xcryptd as root, or name another with -p");
	return err;
}

/* What waits for others, so that the loop does not: for the log's reader, for the disk. */
static int start_threads(struct xc_daemon *d)
{
	int err = -ENOMEM;

	d->writer = xc_logwriter_start(XC_LOG_SYSLOG_PATH);
	d->stats.log = d->writer;
	d->stats.rate = &d->rate;
	if (d->writer)
		err = xc_saver_open(&d->saver, &d->loop);
	if (err)
		xc_log(&d->log, LOG_ERR, "start event=no-threads error=\"%s\" hint=\"allow it two threads and a MiB of locked memory\"",
		       strerror(-err));
	return err;
}

static char *directory_of(char dst[PATH_MAX], const char *path)
{
	if (!path)
		return NULL;
	snprintf(dst, PATH_MAX, "%s", path);
	return dirname(dst);
}

/* The directory that is ours: a user who may not write there could not tidy up. */
static int give_run_directory(struct xc_daemon *d, const char *socket, const struct xc_user *user)
{
	char dir[PATH_MAX];

	if (!user->change || strcmp(directory_of(dir, socket), RUN) ||
	    !lchown(RUN, user->uid, user->gid))
		return 0;
	xc_log(&d->log, LOG_ERR, "start event=no-directory path=%s error=\"%s\" hint=\"remove it, or name a socket elsewhere with -s\"",
	       RUN, strerror(errno));
	return -errno;
}

/*
 * Where the identity and the known peers are, if it is not there yet. Without it they are in memory
 * alone, which is told of when they are opened.
 */
static void make_state_directory(const struct xc_user *user)
{
	if (mkdir(XC_STATE_DIR, 0700) || !user->change)
		return;
	if (lchown(XC_STATE_DIR, user->uid, user->gid))
		rmdir(XC_STATE_DIR);
}

/* 0 or -errno. */
static int restrict_files(struct xc_daemon *d, const struct xc_daemon_options *options)
{
	char conf[PATH_MAX], socket[PATH_MAX], pidfile[PATH_MAX], identity[PATH_MAX], peers[PATH_MAX];
	const struct xc_landlock_rule rules[] = {
		{ directory_of(conf, options->path), XC_LANDLOCK_READ },
		{ directory_of(socket, options->socket), XC_LANDLOCK_REMOVE },
		{ directory_of(pidfile, options->pidfile), XC_LANDLOCK_REMOVE },
		{ d->config->dir[0] ? d->config->dir : NULL, XC_LANDLOCK_WRITE },
		{ XC_STATE_DIR, XC_LANDLOCK_WRITE },
		{ directory_of(identity, d->config->peers.identity), XC_LANDLOCK_WRITE },
		{ directory_of(peers, d->config->peers.file), XC_LANDLOCK_WRITE },
		/* Tells how old a key pair on disk is, whatever was done to the clock. */
		{ "/proc/sys/kernel/random/boot_id", XC_LANDLOCK_READ },
		/* What the libraries look for when they are first used. */
		{ "/etc/ssl/openssl.cnf", XC_LANDLOCK_READ },
		{ "/etc/localtime", XC_LANDLOCK_READ },
		{ "/usr", XC_LANDLOCK_READ },
	};
	int err = xc_landlock(&d->log, rules, sizeof(rules) / sizeof(rules[0]));

	d->landlocked = !err;
	if (err >= 0 && d->config->dir[0])
		snprintf(d->writable, sizeof(d->writable), "%s", d->config->dir);
	return err < 0 ? err : 0;
}

/* It was read before the privileges were gone; a reload comes after that. */
static void check_reload(const struct xc_daemon *d)
{
	if (eaccess(d->path, R_OK))
		xc_log(&d->log, LOG_WARNING, "start event=no-reload path=%s error=\"%s\" hint=\"let the daemon's user read the configuration, or no reload works\"",
		       d->path, strerror(errno));
}

int xc_start_unprivileged(struct xc_daemon *d, const struct xc_daemon_options *options)
{
	static const cap_value_t caps[] = { CAP_NET_ADMIN };
	struct xc_user user;

	if (xc_harden_user(&d->log, options->user, "xcryptd", &user))
		return EX_NOPERM;
	if (xc_answer_open(d, options->socket) ||
	    open_pidfile(d, options->pidfile) ||
	    give_run_directory(d, options->socket, &user))
		return EX_CANTCREAT;
	make_state_directory(&user);
	if (xc_harden_privileges(&d->log, &user, caps, 1) || restrict_files(d, options))
		return EX_NOPERM;
	check_reload(d);
	return start_threads(d) ? EX_OSERR : EX_OK;
}
