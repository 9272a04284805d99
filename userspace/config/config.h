/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration file: lines of "keyword value ...", "#" begins a comment. The keywords
 * are explained in xcryptd.conf, which states the defaults.
 */
#ifndef XCRYPTD_CONFIG_H
#define XCRYPTD_CONFIG_H

#include <stddef.h>

#include "keys/keyring.h"
#include "common/log.h"
#include "peers/place.h"
#include "policy.h"
#include "agreement/suite.h"

#define XC_PATH_MAX	256

#define XC_STATE_DIR	"/var/lib/xcryptd"	/* where secrets may always be written */

/**
 * struct xc_peers_options - our identity, and those of others
 * @identity:	the file of ours
 * @file:	that of known peers
 * @size:	names in it
 * @forget:	seconds after which what was not met is forgotten
 */
struct xc_peers_options {
	char identity[XC_PLACE_PATH];
	char file[XC_PLACE_PATH];
	unsigned int size;
	unsigned int forget;
};

/**
 * struct xc_config - what the file says
 * @suites:	in use, best first
 * @ring:	key-lifetime, cache, cache-size, cache-share
 * @dir:	behind @ring.dir; XC_STATE_DIR if none is named
 * @peers:	identity, peers, peers-size, peers-forget
 * @time_limit:	seconds for one exchange
 * @exchanges:	at once, at most
 * @exchange_share: of them for one site in one direction
 * @policy:	by destination
 * @padding:	of records: 1, or a power of two
 * @log:	where to, how much
 */
struct xc_config {
	struct xc_suite_list suites;
	struct xc_keyring_options ring;
	char dir[XC_PATH_MAX];
	struct xc_peers_options peers;
	unsigned int time_limit;
	unsigned int exchanges;
	unsigned int exchange_share;
	struct xc_policy policy;
	unsigned int padding;
	struct xc_log log;
};

/* Takes "FILE:LINE: what is wrong and what to write instead", once for each fault. */
typedef void (*xc_config_report)(void *ctx, const char *message);

/*
 * Read a configuration from text, or from a file. NULL if anything is wrong with it, all of
 * which has been reported.
 */
struct xc_config *xc_config_parse(const char *name, const char *text, size_t len,
				  xc_config_report report, void *ctx);
struct xc_config *xc_config_load(const char *path, xc_config_report report, void *ctx);

void xc_config_free(struct xc_config *config);

/*
 * Load path anew. If it is good the old one is freed and *config replaced, 0 returned; else
 * *config stays as it is, -EINVAL.
 */
int xc_config_reload(struct xc_config **config, const char *path, xc_config_report report,
		     void *ctx);

#endif
