/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the daemon share: they know this, and not each other.
 */
#ifndef XCRYPTD_STATE_H
#define XCRYPTD_STATE_H

#include <stdio.h>

#include "config/config.h"
#include "exchange/exchange.h"
#include "common/loop.h"
#include "service/control.h"
#include "known.h"
#include "lograte.h"
#include "service/notify.h"
#include "places.h"
#include "process.h"
#include "recent.h"
#include "saver.h"
#include "shortpath.h"
#include "stats.h"
#include "upcall.h"

struct xc_daemon;
struct xc_session;

#define XC_SESSION_BUCKETS	1024

/* Those under way, by their number, and the places that they have. */
struct xc_sessions {
	struct xc_session *bucket[XC_SESSION_BUCKETS];
	unsigned int count;
	struct xc_places places;
};

/* An answer under way; all zero at first. */
struct xc_answer {
	bool (*part)(FILE *to, struct xc_daemon *d, struct xc_answer *at);
	int kex;		/* of the key ring */
	unsigned int entry;	/* of its cache */
	unsigned long session;	/* sessions told so far */
};

/**
 * struct xc_reload - the last SIGHUP, for xcryptctl status
 * @when:	xc_loop_now(), 0: there was none
 * @refused:	the configuration was bad, and the old one stays in force
 * @why:	if so: the first fault, printable
 */
struct xc_reload {
	uint64_t when;
	bool refused;
	char why[XC_LOG_PEER_MAX + 1];
};

/**
 * struct xc_daemon - all of it
 * @path:	of the configuration
 * @config:	in force
 * @log:	config->log, unless the command line says otherwise
 * @writer:	of @log, from when privileges are given up
 * @foreground:	log to stderr whatever the configuration says
 * @env:	what exchanges share, the key ring among it
 * @known:	our identity and whom we met
 * @signals:	SIGHUP, SIGTERM, SIGINT, SIGQUIT
 * @upkeep:	expiry of key pairs, writing of the cache
 * @landlocked:	files are restricted to those that the start named
 * @writable:	directory where secrets may be written then, empty if none
 * @started:	xc_loop_now() of the start
 * @reload:	the last one
 * @locked:	memory is never swapped
 * @status:	to exit with when the loop ends
 */
struct xc_daemon {
	const char *path;
	struct xc_config *config;
	struct xc_log log;
	struct xc_logwriter *writer;
	bool foreground;
	struct xc_loop loop;
	struct xc_exchange_env env;
	struct xc_suite_list usable;	/* of the configured ones */
	char ciphers[128];		/* that the module has, parted by spaces; empty: not known */
	struct xc_upcall upcall;
	struct xc_sessions sessions;
	struct xc_recent recent;
	struct xc_known known;
	struct xc_shortpath shortpath;
	struct xc_lograte rate;
	struct xc_stats stats;
	struct xc_control control;
	char socket[XC_PATH_MAX];	/* its name */
	struct xc_pidfile pidfile;
	struct xc_notify notify;
	struct xc_saver saver;
	struct xc_source signals;
	struct xc_timer upkeep;
	bool landlocked;
	char writable[XC_PATH_MAX];
	uint64_t started;
	struct xc_reload reload;
	bool locked;
	int status;
};

/* What the command line says; paths are absolute. */
struct xc_daemon_options {
	const char *path;
	const char *socket;	/* for xcryptctl */
	const char *pidfile;	/* or NULL */
	const char *user;	/* to become, or NULL */
	bool foreground;
};

#endif
