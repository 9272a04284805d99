/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The daemon: one process, one loop, all exchanges of a network namespace.
 */
#ifndef XCRYPTD_DAEMON_H
#define XCRYPTD_DAEMON_H

#include "config.h"
#include "control.h"
#include "exchange.h"
#include "loop.h"
#include "recent.h"
#include "session.h"
#include "stats.h"
#include "upcall.h"

/**
 * struct xc_daemon - all of it
 * @path:	of the configuration
 * @config:	in force
 * @log:	config->log, unless the command line says otherwise
 * @foreground:	log to stderr whatever the configuration says
 * @env:	what exchanges share, the key ring among it
 * @signals:	SIGHUP, SIGTERM, SIGINT
 * @upkeep:	expiry of key pairs, writing of the cache
 * @started:	xc_loop_now() of the start
 * @status:	to exit with when the loop ends
 */
struct xc_daemon {
	const char *path;
	struct xc_config *config;
	struct xc_log log;
	bool foreground;
	struct xc_loop loop;
	struct xc_exchange_env env;
	struct xc_upcall upcall;
	struct xc_sessions sessions;
	struct xc_recent recent;
	struct xc_stats stats;
	struct xc_control control;
	struct xc_source signals;
	struct xc_timer upkeep;
	uint64_t started;
	int status;
};

/* What the command line says. */
struct xc_daemon_options {
	const char *path;
	const char *socket;	/* for xcryptctl */
	const char *user;	/* to become, or NULL */
	bool foreground;
};

/* Runs until SIGTERM. An exit status of sysexits.h. */
int xc_daemon_run(const struct xc_daemon_options *options);

#endif
